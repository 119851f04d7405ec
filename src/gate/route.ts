import type { Route } from '../run/facts.ts';

/** Where a score leads. Bounds are inclusive below. */
export function route(points: number): Route {
  if (points >= 9_000) return 'merge';
  if (points >= 7_500) return 'review';
  if (points >= 5_000) return 'needs-work';
  return 'reject';
}
