import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { execa } from 'execa';

export interface BoundedCommand {
  file: string;
  args: readonly string[];
  cwd?: string;
  /** The whole environment of the command; without it ours is inherited (only for the docker CLI). */
  env?: Record<string, string>;
  stdin?: Buffer | string | Readable;
  /** ms */
  timeoutMs: number;
  /** Most bytes kept of each of stdout and stderr. */
  outputBytes: number;
  /** Lead a process group of its own, so that `killGroup` reaches its children. */
  ownGroup?: boolean;
}

export interface BoundedResult {
  /** 128 + n for a signal; null when stopped by us. */
  exitCode: number | null;
  /** Why we stopped it, if we did. The first cause wins. */
  stopped: 'timeout' | 'output' | 'abort' | undefined;
  stdout: Buffer;
  stderr: Buffer;
  durationMs: number;
}

/**
 * Runs a command with hard bounds on time and output. Bytes beyond the cap never reach memory. Rejects
 * only when the program cannot be started at all.
 */
export async function runBounded(command: BoundedCommand, signal?: AbortSignal): Promise<BoundedResult> {
  const started = performance.now();
  const child = execa(command.file, command.args, {
    cwd: command.cwd,
    ...(command.env && { env: command.env, extendEnv: false }),
    ...(command.stdin === undefined ? { stdin: 'ignore' as const } : { input: command.stdin }),
    detached: command.ownGroup ?? false,
    buffer: false,
    reject: false,
  });
  const kill = () => {
    if (command.ownGroup) killGroup(child.pid);
    else child.kill('SIGKILL');
  };
  let stopped: BoundedResult['stopped'];
  const stop = (cause: NonNullable<BoundedResult['stopped']>) => {
    stopped ??= cause;
    kill();
  };

  const onAbort = () => stop('abort');
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop('timeout'), command.timeoutMs);
  // What it left running may hold the pipes open for ever; its own end is the end.
  if (command.ownGroup) child.nodeChildProcess.once('exit', kill);
  const stdout = keep(child.stdout, command.outputBytes, () => stop('output'));
  const stderr = keep(child.stderr, command.outputBytes, () => stop('output'));

  const result = await child;
  clearTimeout(timer);
  signal?.removeEventListener('abort', onAbort);
  if (result.exitCode === undefined && result.signal === undefined) {
    throw new Error(`${command.file} could not be started`, { cause: result });
  }
  return {
    exitCode: stopped ? null : (result.exitCode ?? 128 + constants.signals[result.signal!]),
    stopped,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr),
    durationMs: Math.round(performance.now() - started),
  };
}

/** SIGKILL to a process group led by `pid`; a group that is already gone is fine. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function keep(stream: Readable, limit: number, onOverflow: () => void): Buffer[] {
  const chunks: Buffer[] = [];
  let room = limit;
  stream.on('data', (chunk: Buffer) => {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
    if (room < 0) onOverflow();
  });
  return chunks;
}
