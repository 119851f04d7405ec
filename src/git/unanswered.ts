import { UserError } from '../run/user-error.ts';

/** Words of git and of curl for a connection that broke and for a server that failed. */
const unanswered =
  /RPC failed|returned error: (?:5\d\d|429)|hung up|early EOF|Connection (?:reset|refused|timed out)|Could not resolve|Failed to connect|Empty reply|Recv failure|timed out/i;

/** A status that refuses, whatever the connection does afterwards. */
const refused = /HTTP 4(?!29)\d\d|returned error: 4(?!29)\d\d/;

export function isRefused(stderr: string): boolean {
  return refused.test(stderr);
}

/** Whether what git wrote on stderr says that the server gave no answer: the same may be answered later. */
export function isUnanswered(stderr: string): boolean {
  return !isRefused(stderr) && unanswered.test(stderr);
}

/** The connection broke or the server failed before everything had come: nothing is wrong with what was asked for. */
export class FetchLostError extends UserError {
  constructor(repo: string, stderr: string, cause: unknown) {
    const why = stderr.split('\n').find((line) => unanswered.test(line));
    const reason = why?.replace(/^(fatal|error): /, '').trim() ?? 'no answer';
    super(`The repository ${repo} could not be fetched: ${reason}.`, {
      next: 'It is tried again; if that keeps happening, look whether GitHub is up.',
      cause,
    });
  }
}
