/** What time it is. Facts and timers use this and nothing else, so that a rehearsal can let hours pass at once. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The machine's clock, which can be put forward: by whoever rehearses on the offline bench, and by nobody else. */
export interface AdjustableClock extends Clock {
  advance(ms: number): void;
}

export function createClock(): AdjustableClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(ms) {
      if (ms > 0) ahead += ms;
    },
  };
}
