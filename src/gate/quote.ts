/** What earlier runs of the same repository took. */
export interface FinishedRun {
  usd: number;
  /** Milliseconds of active work. */
  ms: number;
}

export interface Quote {
  usd: { low: number; high: number };
  minutes: { low: number; high: number };
  /** Runs of this repository that it rests on; 0: a guess from what such runs take elsewhere. */
  runs: number;
}

/** With fewer, one odd run would be the whole history. */
const enoughRuns = 3;
const guess: Quote = { usd: { low: 0.3, high: 3 }, minutes: { low: 4, high: 30 }, runs: 0 };

/**
 * What a run is expected to take: the middle half of what runs of this repository took, never more than the budget.
 * @param finished runs that came to a pull request or further, newest first
 */
export function quoteFrom(
  finished: readonly FinishedRun[],
  budget: { usd: number; activeMs: number },
): Quote {
  const quote = finished.length < enoughRuns ? guess : fromHistory(finished);
  const cap = (range: { low: number; high: number }, most: number) => ({
    low: Math.min(range.low, most),
    high: Math.min(range.high, most),
  });
  return {
    usd: cap(quote.usd, budget.usd),
    minutes: cap(quote.minutes, Math.round(budget.activeMs / 60_000)),
    runs: quote.runs,
  };
}

function fromHistory(finished: readonly FinishedRun[]): Quote {
  const usd = quartiles(finished.map((run) => run.usd));
  const minutes = quartiles(finished.map((run) => run.ms / 60_000));
  return {
    usd: { low: Math.round(usd.low * 100) / 100, high: Math.round(usd.high * 100) / 100 },
    minutes: { low: Math.max(1, Math.floor(minutes.low)), high: Math.max(1, Math.ceil(minutes.high)) },
    runs: finished.length,
  };
}

function quartiles(values: readonly number[]): { low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return { low: at(0.25), high: at(0.75) };
}
