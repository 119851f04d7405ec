import { seededRandom, shuffled } from './random.ts';

/** So many seeds, one after the other, deal out every named place once. */
export const blockOf = 20;
/** Places of a seed's own choice, beside the two or three that it was dealt. */
const extra = 1;
/** Of so many lives one dies again soon after it was started. */
const oneInDiesAgain = 3;
const soon = 5;

/**
 * Where the lives of a seed die, in their order, for AUTO_BUILD_CRASH_AT. Every block of twenty seeds deals out all
 * names, so that none is left to luck; which of its occurrences is meant, and what else happens, is the seed's choice.
 * @param places named places in the order in which an undisturbed run comes to them, repetitions and all
 */
export function planOf(seed: number, places: readonly string[]): string[] {
  const random = seededRandom(seed);
  const chosen = new Set<number>();
  for (const name of dealtTo(seed, [...new Set(places)].sort())) {
    const at = places.flatMap((place, index) => (place === name ? [index] : []));
    chosen.add(at[random(at.length)]!);
  }
  for (let more = 0; more < extra; more += 1) chosen.add(random(places.length));

  const plan: string[] = [];
  let before = -1;
  for (const at of [...chosen].sort((a, b) => a - b)) {
    const name = places[at]!;
    // Counted from where the life before it died. A life begins a phase anew, so it may come there sooner, never later.
    const nth = places.slice(before + 1, at + 1).filter((place) => place === name).length;
    plan.push(nth === 1 ? name : `${name}#${nth}`);
    if (random(oneInDiesAgain) === 0) plan.push(`any#${1 + random(soon)}`);
    before = at;
  }
  return plan;
}

function dealtTo(seed: number, names: string[]): string[] {
  const block = Math.floor((seed - 1) / blockOf);
  return shuffled(names, seededRandom(block)).filter((_, index) => index % blockOf === (seed - 1) % blockOf);
}
