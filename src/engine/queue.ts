import PQueue from 'p-queue';

/** The three verbs that the engine needs of a queue. Jobs of one key never overlap. */
export interface RunQueue {
  /** Runs the job for this key soon, or again after the one that is running. `delayMs` is the least wait. */
  enqueue(key: string, delayMs?: number): void;
  /** Forgets what is queued for the key; a job that is running goes on. */
  cancel(key: string): void;
  /** Resolves when nothing is queued or running; delayed jobs are not waited for. */
  idle(): Promise<void>;
  /** Begins nothing new and resolves when what is running has ended. */
  close(): Promise<void>;
}

/**
 * p-queue with one chain per key.
 * @param job must not throw
 * @param concurrency runs at work at the same time
 */
export function createQueue(job: (key: string) => Promise<void>, concurrency: number): RunQueue {
  const queue = new PQueue({ concurrency });
  const waiting = new Set<string>();
  const running = new Set<string>();
  const again = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();
  let closed = false;

  function push(key: string): void {
    timers.delete(key);
    if (closed || waiting.has(key)) return;
    if (running.has(key)) {
      again.add(key);
      return;
    }
    waiting.add(key);
    void queue.add(async () => {
      if (!waiting.delete(key) || closed) return;
      running.add(key);
      try {
        await job(key);
      } finally {
        running.delete(key);
        if (again.delete(key)) push(key);
      }
    });
  }

  return {
    enqueue(key, delayMs = 0) {
      clearTimeout(timers.get(key));
      if (delayMs <= 0) return push(key);
      // Beyond this Node fires at once; who wakes too early looks at the clock and waits on.
      const wait = Math.min(delayMs, 2 ** 31 - 1);
      timers.set(key, setTimeout(() => push(key), wait).unref());
    },
    cancel(key) {
      clearTimeout(timers.get(key));
      timers.delete(key);
      waiting.delete(key);
      again.delete(key);
    },
    idle: () => queue.onIdle(),
    async close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      await queue.onIdle();
    },
  };
}
