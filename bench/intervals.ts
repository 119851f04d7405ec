/** A stretch of time: milliseconds since the epoch. */
export interface Interval {
  from: number;
  to: number;
}

/** Stretches that overlap or touch become one. */
export function union(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const { from, to } of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** Milliseconds of `within` that the intervals cover, each counted once. */
export function covered(intervals: readonly Interval[], within: Interval): number {
  return union(intervals)
    .map(({ from, to }) => Math.min(to, within.to) - Math.max(from, within.from))
    .reduce((sum, ms) => sum + Math.max(0, ms), 0);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
