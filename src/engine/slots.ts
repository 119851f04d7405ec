/** Places for runs that need a model or a container; looking at an issue needs none. First come, first served. */
export interface Slots {
  /** Resolves to the way to give the place back. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

/** @param count places */
export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];

  function give(): void {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }

  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) free--;
      else {
        await new Promise<void>((resolve, reject) => {
          const begin = () => {
            signal.removeEventListener('abort', leave);
            resolve();
          };
          const leave = () => {
            waiting.splice(waiting.indexOf(begin), 1);
            reject(signal.reason);
          };
          signal.addEventListener('abort', leave, { once: true });
          waiting.push(begin);
        });
      }
      let given = false;
      return () => {
        if (!given) give();
        given = true;
      };
    },
  };
}
