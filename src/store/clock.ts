/** Time and order. Positions rise within a process even when the clock of the machine steps back. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Unique and rising: microseconds since the epoch, or one more than the last. */
  position(): number;
}

export function createClock(now: () => number = Date.now): Clock {
  let last = 0;
  return {
    now,
    position() {
      last = Math.max(last + 1, now() * 1000);
      return last;
    },
  };
}
