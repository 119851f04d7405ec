import type { Played } from './play-killed.ts';
import { madeNames } from './world-of.ts';

/** Longest time from a restart to progress, ms. */
export const mostProgressMs = 10_000;
/** Most turns of the model that one kill may have answered, and paid, once more. */
export const mostPaidTwice = 1;

/** A run that was killed, and the same one that was not. */
export interface Compared {
  undisturbed: Played;
  played: Played;
}

/** Holds a run that was killed against the one that nobody disturbed; sentences, none when every promise was kept. */
export function problemsOf(undisturbed: Played, played: Played): string[] {
  const problems = [...played.failures];
  if (played.tree !== undisturbed.tree) problems.push(`Merged was ${played.tree}, not ${undisturbed.tree}.`);
  for (const name of madeNames) {
    const [is, was] = [played.made[name], undisturbed.made[name]];
    if (is !== was) problems.push(`${is} ${name} were made instead of ${was}.`);
  }
  if (played.checksTwice > 0)
    problems.push(`${played.checksTwice} check runs have the commit and name of another.`);
  for (const { at = 'a random moment', progressMs = 0, paidTwice } of played.kills) {
    if (progressMs > mostProgressMs) problems.push(`Killed at ${at}, it took ${progressMs} ms to go on.`);
    if (paidTwice > mostPaidTwice)
      problems.push(`Killed at ${at}, ${paidTwice} turns of the model were paid twice.`);
  }
  return problems;
}

/** Those of the places at which nobody was killed. */
export function missedPlaces(places: readonly string[], all: readonly Pick<Compared, 'played'>[]): string[] {
  const hit = new Set(all.flatMap(({ played }) => played.kills.map(({ at }) => at)));
  return places.filter((place) => !hit.has(place));
}
