import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { UserError } from '../../run/user-error.ts';
import type { ProgressEvent } from '../../text/progress.ts';

/** What the app says on its standard output, one JSON object a line; of other lines only the last are kept. */
const Line = z.object({
  /** pino's: 50 is error, 60 fatal. */
  level: z.number().optional(),
  msg: z.string().optional(),
  err: z.object({ stack: z.string().optional() }).optional(),
  listening: z.string().optional(),
  progress: z.custom<ProgressEvent>((value) => typeof value === 'object' && value !== null).optional(),
});

export interface AppOptions {
  /** Program and arguments that start the app. */
  command: readonly string[];
  env: Record<string, string>;
  /** Environment variable and value with which it kills itself at a named place, one per life. */
  crashes: { variable: string; at: readonly string[] };
  onProgress(event: ProgressEvent): void;
  /** It listens: at first, and again after each crash. */
  onListening(url: string): void;
  /** It logged an error: a defect, or an outage that the scenario did not ask for. */
  onError(words: string): void;
}

/** The app as a process of its own, so that it can be killed like one. */
export interface AppProcess {
  /** Resolves when the app died that many times and is up again. */
  restarted(times: number): Promise<void>;
  /** Rejects when the app ended by itself; never resolves. */
  readonly broken: Promise<never>;
  /** Its clock goes forward by so much; after a crash too. Resolves when it was told. */
  advanceClock(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the app and resolves when it listens. Throws UserError with its last words when it does not come up. */
export async function startApp(options: AppOptions): Promise<AppProcess> {
  let stopping = false;
  let lives = 0;
  let advancedMs = 0;
  let child: ChildProcess | undefined;
  const tail: string[] = [];
  const waiting: { times: number; resolve(): void }[] = [];
  let fail: (error: Error) => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  broken.catch(() => {});

  function keep(line: string): void {
    tail.push(line);
    if (tail.length > 20) tail.shift();
  }

  function live(): Promise<void> {
    const { variable, at } = options.crashes;
    const crash = at[lives];
    const [program = '', ...args] = options.command;
    const env = { ...options.env, ...(crash !== undefined && { [variable]: crash }) };
    const started = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    child = started;
    return new Promise((resolve, reject) => {
      const { stdout, stderr } = started;
      if (!stdout || !stderr) throw new Error('the app was started without its output');
      if (advancedMs > 0) started.send({ advanceMs: advancedMs });
      createInterface({ input: stdout }).on('line', (line) => {
        const said = parseLine(line);
        if (said?.progress) options.onProgress(said.progress);
        if (said?.listening) {
          options.onListening(said.listening);
          resolve();
        }
        if ((said?.level ?? 0) >= 50) options.onError(`${said?.msg}: ${said?.err?.stack ?? ''}`);
        if (!said?.progress) keep(line);
      });
      createInterface({ input: stderr }).on('line', keep);
      started.once('error', reject);
      started.once('close', (code, signal) => {
        if (stopping) return;
        if (signal === 'SIGKILL' && crash !== undefined) return void revive().catch(fail);
        const words = `The app ended with ${signal ?? `exit code ${code}`}. Its last words:\n${tail.join('\n')}`;
        const error = new UserError(words);
        reject(error);
        fail(error);
      });
    });
  }

  async function revive(): Promise<void> {
    lives += 1;
    await live();
    for (const each of waiting) if (each.times <= lives) each.resolve();
  }

  await live();
  return {
    restarted: (times) =>
      times <= lives ? Promise.resolve() : new Promise((resolve) => waiting.push({ times, resolve })),
    broken,
    advanceClock(ms) {
      advancedMs += ms;
      return new Promise((resolve, reject) => {
        child?.send({ advanceMs: ms }, (error) => (error ? reject(error) : resolve()));
      });
    },
    async stop() {
      stopping = true;
      const running = child;
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      const closed = new Promise((resolve) => running.once('close', resolve));
      running.kill('SIGTERM');
      const late = setTimeout(() => running.kill('SIGKILL'), 10_000);
      await closed;
      clearTimeout(late);
    },
  };
}

function parseLine(line: string): z.infer<typeof Line> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return Line.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
