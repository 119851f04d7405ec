import { GitHubError } from './github-error.ts';
import type { Pace } from './pace.ts';
import { type Turn, turns } from './writes.ts';

/** What GitHub allows one installation, kept: its writes one at a time, the most urgent first. */
export interface Limits {
  /** Resolves when a request may be sent. @throws GitHubError `rate-limited` when that is too far away to wait for */
  open(signal?: AbortSignal): Promise<void>;
  /** Does one write when its turn has come. A signal takes it out of the queue, and has no say once it has begun. */
  write<T>(turn: Turn, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Resolves when there is room for an edit that nobody would miss; which one it is can be chosen then. */
  roomForEdit(signal?: AbortSignal): Promise<void>;
  /** GitHub said that a limit is reached: nothing is sent before it is over. */
  reached(limit: GitHubError): void;
}

interface Waiting {
  turn: Turn;
  start(): Promise<void>;
  reject(error: unknown): void;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** What GitHub asks for where it names no time. */
const unnamedWaitMs = minuteMs;

/**
 * Times are performance.now(): a clock of the machine that is put back would stop all writes for as long.
 *
 * Not p-queue: which write comes next is chosen when it may be sent, not when it was queued, so that nothing urgent
 * waits behind an edit that itself only waits for the hour to go by.
 */
export function createLimits(pace: Pace): Limits {
  const waiting: Waiting[] = [];
  /** When the writes of the last hour began, oldest first. */
  const begun: number[] = [];
  let writing = false;
  let timer: NodeJS.Timeout | undefined;
  let held: { until: number; limit: GitHubError } | undefined;
  let nextEdit = Number.NEGATIVE_INFINITY;

  function readyAt(): number {
    const after = (count: number, ms: number) => {
      const before = begun.at(-count);
      return before === undefined ? 0 : before + ms;
    };
    return Math.max(
      held?.until ?? 0,
      after(1, pace.spacingMs),
      Number.isFinite(pace.perMinute) ? after(pace.perMinute, minuteMs) : 0,
      Number.isFinite(pace.perHour) ? after(pace.perHour, hourMs) : 0,
    );
  }

  function pump(): void {
    clearTimeout(timer);
    if (writing || waiting.length === 0) return;
    const left = readyAt() - performance.now();
    if (left > 0) {
      timer = setTimeout(pump, left);
      return;
    }
    const turn = turns.find((each) => waiting.some((one) => one.turn === each));
    const [next] = waiting.splice(
      waiting.findIndex((one) => one.turn === turn),
      1,
    );
    begun.push(performance.now());
    while (begun[0]! + hourMs < performance.now()) begun.shift();
    writing = true;
    void next!.start().finally(() => {
      writing = false;
      pump();
    });
  }

  function tooLong(): GitHubError | undefined {
    const left = (held?.until ?? 0) - performance.now();
    if (!held || left <= pace.limitMs) return undefined;
    const { status, words, cause } = held.limit;
    return new GitHubError({ kind: 'rate-limited', status, words, retryAfterMs: Math.ceil(left), cause });
  }

  return {
    async open(signal) {
      for (;;) {
        const left = (held?.until ?? 0) - performance.now();
        if (left <= 0) return;
        const error = tooLong();
        if (error) throw error;
        await pause(left, signal);
      }
    },

    write: (turn, work, signal) =>
      new Promise((resolve, reject) => {
        const error = tooLong() ?? (signal?.aborted ? signal.reason : undefined);
        if (error !== undefined) return reject(error);
        const leave = () => {
          const at = waiting.indexOf(entry);
          if (at < 0) return;
          waiting.splice(at, 1);
          reject(signal?.reason);
        };
        const entry: Waiting = {
          turn,
          reject,
          async start() {
            signal?.removeEventListener('abort', leave);
            await work().then(resolve, reject);
          },
        };
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(entry);
        pump();
      }),

    async roomForEdit(signal) {
      const { burst, everyMs } = pace.edits;
      const now = performance.now();
      const at = Math.max(nextEdit, now - burst * everyMs);
      nextEdit = at + everyMs;
      if (at > now) await pause(at - now, signal);
    },

    reached(limit) {
      const until = performance.now() + (limit.retryAfterMs ?? unnamedWaitMs);
      if (until > (held?.until ?? 0)) held = { until, limit };
      const error = tooLong();
      if (error) for (const one of waiting.splice(0)) one.reject(error);
    },
  };
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, ms);
    signal?.addEventListener('abort', leave, { once: true });
  });
}
