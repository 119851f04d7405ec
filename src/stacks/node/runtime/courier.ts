/**
 * A thread of the test's process that owns the process of the code under test, so that a test may wait for a
 * synchronous answer. It carries lines and knows nothing of values; what it gets from the code is text until `decode`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Answer, Request } from './driver.ts';

export interface CourierData {
  answers: MessagePort;
  settlements: MessagePort;
  flag: Int32Array;
  argv: string[];
  cwd: string;
  env: Record<string, string>;
  user: { uid: number; gid: number } | null;
}
export type Reply = Answer | { id: number; is: 'gone'; why: string } | { id: 0; is: 'pid'; pid: number };

const data = workerData as CourierData;
let code: { child: ChildProcess; pipe: Socket; pending: Set<number>; promised: Set<number> } | undefined;
/** The code ended while nobody waited; the next caller hears of it. */
let unheard: string | undefined;

function answer(reply: Reply): void {
  data.answers.postMessage(reply);
  Atomics.store(data.flag, 0, 1);
  Atomics.notify(data.flag, 0);
}

function start(): NonNullable<typeof code> {
  const [file, ...args] = data.argv as [string, ...string[]];
  const child = spawn(file, args, {
    cwd: data.cwd,
    env: data.env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    ...data.user,
  });
  const pipe = child.stdio[3] as Socket;
  const started = { child, pipe, pending: new Set<number>(), promised: new Set<number>() };
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-2_000);
  });
  child.stderr?.on('error', () => {});
  pipe.on('error', () => {});
  let ended = false;
  const end = (how: string) => {
    if (ended) return;
    ended = true;
    if (code === started) code = undefined;
    const why = `the code under test ended (${how})${stderr ? `: ${stderr.trim().split('\n').at(-1)}` : ''}`;
    if (started.pending.size + started.promised.size === 0) unheard = why;
    for (const id of started.promised) data.settlements.postMessage({ id, is: 'gone', why } satisfies Reply);
    for (const id of started.pending) answer({ id, is: 'gone', why });
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (exitCode, signal) => {
    // An answer may still be on its way through the pipe: it came before the end.
    const how = signal ?? `exit code ${exitCode}`;
    if (pipe.destroyed) end(how);
    else {
      pipe.once('close', () => end(how));
      setTimeout(end, 500, how).unref();
    }
  });
  createInterface({ input: pipe }).on('line', (line) => {
    let message: Answer & { settles?: boolean };
    try {
      message = JSON.parse(line);
    } catch {
      return; // Noise that the code wrote into the channel; whoever waits runs into its time limit.
    }
    if (message === null || typeof message !== 'object') return;
    if (message.settles === true && started.promised.delete(message.id))
      data.settlements.postMessage(message);
    else if (started.pending.delete(message.id)) {
      if (message.is === 'promise') started.promised.add(message.id);
      answer(message);
    }
  });
  if (child.pid !== undefined) answer({ id: 0, is: 'pid', pid: child.pid });
  return started;
}

/** Without CAP_KILL even root may not signal another user, so the signal comes from that user itself. */
function kill(child: ChildProcess): void {
  const pid = child.pid;
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    if (!data.user) return;
    spawn(process.execPath, ['-e', `process.kill(${pid},'SIGKILL')`], {
      ...data.user,
      stdio: 'ignore',
      env: {},
    });
  }
}

parentPort?.on('message', (message: Request | { stop: true }) => {
  if ('stop' in message) {
    const stopped = code;
    code = undefined;
    if (stopped) {
      stopped.pending.clear();
      kill(stopped.child);
    }
    return;
  }
  if (unheard !== undefined) {
    answer({ id: message.id, is: 'gone', why: unheard });
    unheard = undefined;
    return;
  }
  code ??= start();
  code.pending.add(message.id);
  code.pipe.write(`${JSON.stringify(message)}\n`);
});
