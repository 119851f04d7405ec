import { setTimeout as wait } from 'node:timers/promises';

export interface Task {
  /** For the log, when it fails. */
  name: string;
  everyMs: number;
  run(signal: AbortSignal): Promise<unknown>;
}

/**
 * Runs each task now and then, never twice at the same time: the wait begins when the last one has ended. What fails
 * is logged and tried again at the next turn.
 */
export function startPeriodic(
  tasks: readonly Task[],
  log: { warn(fields: object, words: string): void },
): { close(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loops = tasks.map(async ({ name, everyMs, run }) => {
    while (!signal.aborted) {
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, `${name} failed; it is tried again`);
      }
      await wait(everyMs, undefined, { signal, ref: false }).catch(() => {});
    }
  });
  return {
    async close() {
      stopping.abort(new Error('the server stops'));
      await Promise.all(loops);
    },
  };
}
