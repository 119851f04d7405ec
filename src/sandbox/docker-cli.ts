import type { Readable } from 'node:stream';
import { UserError } from '../run/user-error.ts';
import { type BoundedResult, runBounded } from './bounded-command.ts';

export interface DockerCall {
  stdin?: Buffer | string | Readable;
  /** ms; default one minute: the engine's own work, never the code under test's. */
  timeoutMs?: number;
  outputBytes?: number;
  signal?: AbortSignal;
}

/** Calls the docker CLI and resolves however it ends. Rejects when there is no CLI or the signal aborts. */
export async function tryDocker(args: readonly string[], call: DockerCall = {}): Promise<BoundedResult> {
  const result = await runBounded(
    {
      file: 'docker',
      args,
      stdin: call.stdin,
      timeoutMs: call.timeoutMs ?? 60_000,
      outputBytes: call.outputBytes ?? 1024 * 1024,
    },
    call.signal,
  );
  if (result.stopped === 'abort') throw call.signal?.reason;
  return result;
}

/** Calls the docker CLI for its stdout, trimmed. Rejects with the engine's words when it does not succeed. */
export async function docker(args: readonly string[], call: DockerCall = {}): Promise<string> {
  const result = await tryDocker(args, call);
  if (result.exitCode !== 0) throw new Error(`docker ${args[0]} failed: ${failureOf(result)}`);
  return result.stdout.toString().trim();
}

/** One line on why a docker call did not succeed. */
export function failureOf(result: BoundedResult): string {
  if (result.stopped) return `stopped by us (${result.stopped}) after ${result.durationMs} ms`;
  const words = result.stderr.toString().trim() || result.stdout.toString().trim();
  return words.slice(-2000) || `exit code ${result.exitCode}`;
}

/** Version of a reachable Linux engine. Rejects with a `UserError` that says why there is none. */
export async function engineVersion(signal?: AbortSignal): Promise<string> {
  const format = '{{.Server.Version}} {{.Server.Os}}';
  let result: BoundedResult;
  try {
    result = await tryDocker(['version', '--format', format], { timeoutMs: 5_000, signal });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new UserError('there is no `docker` command on this machine', {
      next: 'Install Docker, or choose the sandbox `process` for the demo.',
      cause,
    });
  }
  const [version, os] = result.stdout.toString().trim().split(' ');
  if (result.exitCode !== 0 || !version) throw unreachable(failureOf(result));
  if (os !== 'linux') {
    throw new UserError(`the Docker engine runs ${os} containers, and Linux ones are needed`, {
      next: 'Switch the engine to Linux containers.',
    });
  }
  return version;
}

function unreachable(words: string): UserError {
  if (/permission denied/i.test(words)) {
    return new UserError('this user may not talk to the Docker engine', {
      next: 'Add the user to the group `docker` and log in again.',
      cause: words,
    });
  }
  return new UserError('the Docker engine does not answer', {
    next: 'Start it (`systemctl start docker`, or `dockerd`), or set DOCKER_HOST.',
    cause: words,
  });
}
