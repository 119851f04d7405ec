/** How fast the door writes and how patient it is. Counts are per installation, times are milliseconds. */
export interface Pace {
  /** From the beginning of one write to the beginning of the next. */
  spacingMs: number;
  perMinute: number;
  perHour: number;
  /** Edits that nobody misses: so many at once, then one each so often, so that the hour is left to all else. */
  edits: { burst: number; everyMs: number };
  /** One request, its answer included. */
  requestMs: number;
  /** Between the tries of what may be sent again after an answer that was lost; one try more than waits. */
  waitsMs: readonly number[];
  /** How long something that was just written may stay out of lists: a look before each wait, and one after. */
  lagMs: readonly number[];
  /** A limit that ends later than this is told to the caller instead of waited for. */
  limitMs: number;
}

/** GitHub's published limits for what creates content, and the second between two writes that it asks for. */
export const gitHubPace: Pace = {
  spacingMs: 1_000,
  perMinute: 80,
  perHour: 500,
  edits: { burst: 40, everyMs: 15_000 },
  // GitHub itself gives up after 10 s.
  requestMs: 15_000,
  waitsMs: [500, 2_000, 5_000],
  lagMs: [1_000, 2_000, 4_000],
  limitMs: 60_000,
};

/** For a GitHub on this machine, which has no such limits: nothing is held back. */
export const localPace: Pace = {
  spacingMs: 0,
  perMinute: Number.POSITIVE_INFINITY,
  perHour: Number.POSITIVE_INFINITY,
  edits: { burst: 1, everyMs: 0 },
  requestMs: 15_000,
  waitsMs: [50, 200, 1_000],
  lagMs: [20, 100],
  limitMs: 2_000,
};
