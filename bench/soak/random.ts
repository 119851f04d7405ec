/** Whole numbers from 0, below what is asked for; the same seed gives the same ones on every machine (mulberry32). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A new list with the same items in an order of the random source (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const deck = [...items];
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const at = random(last + 1);
    [deck[last], deck[at]] = [deck[at]!, deck[last]!];
  }
  return deck;
}
