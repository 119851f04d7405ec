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
  /** At level `trace`: a named place at which it could be killed. */
  place: z.string().optional(),
});

export interface AppOptions {
  /** Program and arguments that start the app. */
  command: readonly string[];
  env: Record<string, string>;
  /** Environment variable and value with which it kills itself at a named place, one per life. */
  crashes: { variable: string; at: readonly string[] };
  /** What becomes of its lives; they are numbered from 0. */
  onLife(told: LifeEvent): void;
  onProgress(event: ProgressEvent): void;
  /** It listens: at first, and again after each crash. */
  onListening(url: string): void;
  /** It logged an error: a defect, or an outage that the scenario did not ask for. */
  onError(words: string): void;
}

export type LifeEvent =
  | { what: 'begun' | 'listening'; life: number }
  /** `at` is the named place; undefined when it was shot. */
  | { what: 'killed'; life: number; at: string | undefined }
  | { what: 'stopped'; life: number; at: string }
  /** It came to a named place; told only when it logs at level `trace`. */
  | { what: 'reached'; life: number; place: string };

/** The app as a process of its own, so that it can be killed like one. */
export interface AppProcess {
  /** Resolves when the app died that many times and is up again. */
  restarted(times: number): Promise<void>;
  /** Rejects when the app ended by itself; never resolves. */
  readonly broken: Promise<never>;
  /** Its clock goes forward by so much; after a crash too. Resolves when it was told. */
  advanceClock(ms: number): Promise<void>;
  /** Sends it a signal; after SIGKILL it is started again. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** From now on it may end by itself. Resolves to its last words when it has. */
  mayEnd(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the app and resolves when it listens. Throws UserError with its last words when it does not come up. */
export async function startApp(options: AppOptions): Promise<AppProcess> {
  let stopping = false;
  const mayEnd = Promise.withResolvers<string>();
  let isExpected = false;
  let lives = 0;
  let advancedMs = 0;
  let child: ChildProcess | undefined;
  let shot: ChildProcess | undefined;
  let killedAt: string | undefined;
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
    options.onLife({ what: 'begun', life: lives });
    return new Promise((resolve, reject) => {
      const { stdout, stderr } = started;
      if (!stdout || !stderr) throw new Error('the app was started without its output');
      if (advancedMs > 0) started.send({ advanceMs: advancedMs });
      createInterface({ input: stdout }).on('line', (line) => {
        const said = parseLine(line);
        if (said?.progress) options.onProgress(said.progress);
        if (said?.listening) {
          options.onListening(said.listening);
          options.onLife({ what: 'listening', life: lives });
          resolve();
        }
        if ((said?.level ?? 0) >= 50 && !isExpected)
          options.onError(`${said?.msg}: ${said?.err?.stack ?? ''}`);
        if (said?.place !== undefined) options.onLife({ what: 'reached', life: lives, place: said.place });
        else if (!said?.progress) keep(line);
      });
      createInterface({ input: stderr }).on('line', (line) => {
        const [, how, place] = /^(Killed|Stopped) at (\S+)$/.exec(line) ?? [];
        if (how === 'Killed') killedAt = place;
        if (how === 'Stopped') options.onLife({ what: 'stopped', life: lives, at: place ?? '' });
        keep(line);
      });
      started.once('error', reject);
      started.once('close', (code, signal) => {
        if (stopping) return;
        const meant = signal === 'SIGKILL' && (crash !== undefined || started === shot);
        const broke = (error: Error) => {
          reject(error);
          fail(error);
        };
        if (meant) return void revive().then(resolve, broke);
        if (isExpected) return mayEnd.resolve(tail.join('\n'));
        const words = `The app ended with ${signal ?? `exit code ${code}`}. Its last words:\n${tail.join('\n')}`;
        broke(new UserError(words));
      });
    });
  }

  async function revive(): Promise<void> {
    options.onLife({ what: 'killed', life: lives, at: killedAt });
    killedAt = undefined;
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
    signal(name) {
      if (name === 'SIGKILL') shot = child;
      child?.kill(name);
    },
    mayEnd() {
      isExpected = true;
      return mayEnd.promise;
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
