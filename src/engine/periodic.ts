import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './clock.ts';

export interface Task {
  /** For the log, when it fails. */
  name: string;
  everyMs: number;
  run(signal: AbortSignal): Promise<unknown>;
}

export interface Periodic {
  /** The clock was put forward: what has become due is done now. */
  wake(): void;
  close(): Promise<void>;
}

/**
 * Runs each task at once and then now and then, never twice at the same time: the wait begins when the last one has
 * ended. What fails is logged and tried again at the next turn.
 */
export function startPeriodic(
  tasks: readonly Task[],
  { log, clock }: { log: { warn(fields: object, words: string): void }; clock: Clock },
): Periodic {
  const stopping = new AbortController();
  const { signal } = stopping;
  let waking = new AbortController();

  async function until(due: number): Promise<void> {
    while (!signal.aborted && clock.now() < due) {
      const either = AbortSignal.any([signal, waking.signal]);
      await wait(due - clock.now(), undefined, { signal: either, ref: false }).catch(() => {});
    }
  }

  const loops = tasks.map(async ({ name, everyMs, run }) => {
    while (!signal.aborted) {
      const [startedAt, before] = [clock.now(), waking];
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, `${name} failed; it is tried again`);
      }
      // Put forward meanwhile: what happened in that time, this turn may have missed.
      await until((waking === before ? clock.now() : startedAt) + everyMs);
    }
  });
  return {
    wake() {
      const woken = waking;
      waking = new AbortController();
      woken.abort();
    },
    async close() {
      stopping.abort(new Error('the server stops'));
      await Promise.all(loops);
    },
  };
}
