import { UserError } from '../run/user-error.ts';
import { type BareRepository, GitCommandError } from './command.ts';
import { requireObjectId } from './objects.ts';
import { requireRemoteUrl } from './remote.ts';
import type { PushRequest, PushResult } from './types.ts';
import { isRefused, isUnanswered } from './unanswered.ts';

/** The ref is not where the lease says: somebody else wrote it. Nothing was overwritten. */
export class LeaseError extends UserError {
  readonly ref: string;
  readonly lease: string | null;

  constructor(ref: string, lease: string | null, cause: unknown) {
    super(
      `The branch ${ref.replace('refs/heads/', '')} was changed by somebody else; nothing was overwritten.`,
      {
        next: 'Look at what is on the branch, then start again from there.',
        cause,
      },
    );
    this.ref = ref;
    this.lease = lease;
  }
}

/** The server refused the push; `reason` is its own word (a hook, a ruleset, a missing permission). */
export class PushRefusedError extends UserError {
  readonly ref: string;
  readonly reason: string;

  constructor(ref: string, reason: string, cause: unknown) {
    super(`The push to ${ref.replace('refs/heads/', '')} was refused: ${reason}.`, {
      next: 'Check the permissions of the app and the rules for its branches.',
      cause,
    });
    this.ref = ref;
    this.reason = reason;
  }
}

/** The connection broke or the server failed: whether the push was carried out is not known. */
export class PushLostError extends UserError {
  constructor(ref: string, reason: string, cause: unknown) {
    super(`The push to ${ref.replace('refs/heads/', '')} was not answered: ${reason}.`, {
      next: 'It is tried again; if that keeps happening, look whether GitHub is up.',
      cause,
    });
  }
}

/**
 * Pushes one commit to one of our branches with a lease, which the server itself compares.
 * Doing it again after success says `up-to-date`.
 * @throws LeaseError, PushRefusedError, PushLostError
 */
export async function push(
  repository: BareRepository,
  request: PushRequest,
  protocols: readonly string[],
  signal?: AbortSignal,
): Promise<PushResult> {
  const { url, ref, sha, lease } = request;
  requireRemoteUrl(url, protocols);
  requireObjectId(sha);
  if (lease !== null) requireObjectId(lease);
  if (!/^refs\/heads\/auto-build\/[A-Za-z0-9][\w./-]*$/.test(ref))
    throw new Error(`refusing to push to ${ref}`);
  const auth = await request.auth?.();
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    `--force-with-lease=${ref}:${lease ?? ''}`,
    url,
    `${sha}:${ref}`,
  ];
  const client = repository.client({ url, auth, signal });
  try {
    const report = await client.raw(args);
    return { status: statusLine(report, ref)?.flag === '=' ? 'up-to-date' : 'pushed' };
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof GitCommandError)) throw cause;
    // Where the ref is now tells a broken lease from a refusal, whatever words the server has for either.
    const answer = await client.raw(['ls-remote', url, ref]).catch(() => undefined);
    const isLost = isLostOn(ref, cause);
    if (answer === undefined) {
      const Failure = isLost ? PushLostError : PushRefusedError;
      throw new Failure(ref, reasonOf(cause, ref), cause);
    }
    const line = answer.split('\n').find((text) => text.endsWith(`\t${ref}`));
    const now = line?.split('\t')[0] ?? null;
    if (now === sha) return { status: 'pushed' };
    if (now !== lease) throw new LeaseError(ref, lease, cause);
    const Failure = isLost ? PushLostError : PushRefusedError;
    throw new Failure(ref, reasonOf(cause, ref), cause);
  }
}

function reasonOf({ stdout, stderr }: GitCommandError, ref: string): string {
  const summary = statusLine(stdout, ref)?.summary.replace(/^\[remote rejected\] \((.*)\)$/, '$1');
  const lines = stderr.split('\n');
  const remarks = lines.filter((line) => line.startsWith('remote: ')).map((line) => line.slice(8).trim());
  const said = [summary ?? lines.findLast((line) => line !== '') ?? 'no reason given', ...remarks].join(': ');
  return said.replace(/\p{Cc}/gu, visible);
}

/** The connection or the server failed before the ref had an answer. */
function isLostOn(ref: string, { stdout, stderr }: GitCommandError): boolean {
  const summary = statusLine(stdout, ref)?.summary;
  if (summary === undefined) return isUnanswered(stderr);
  return summary.startsWith('[remote failure]') && !isRefused(stderr);
}

/** What a server says goes into logs and terminals: no escape sequences. */
function visible(control: string): string {
  return `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** Porcelain: `<flag>\t<from>:<to>\t<summary> (<reason>)`. */
function statusLine(report: string, ref: string): { flag: string; summary: string } | undefined {
  for (const line of report.split('\n')) {
    const [flag = '', refs = '', summary = ''] = line.split('\t');
    if (refs.endsWith(`:${ref}`)) return { flag, summary };
  }
  return undefined;
}
