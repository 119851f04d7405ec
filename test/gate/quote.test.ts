import { expect, test } from 'vitest';
import { quoteFrom } from '../../src/gate/quote.ts';

const budget = { usd: 10, activeMs: 2 * 60 * 60_000 };
const run = (usd: number, minutes: number) => ({ usd, ms: minutes * 60_000 });

test('without history it is a guess, and says so', () => {
  expect(quoteFrom([], budget)).toMatchObject({ runs: 0 });
  expect(quoteFrom([run(1, 5), run(2, 6)], budget)).toMatchObject({ runs: 0 });
});

test('the middle half of what runs of the repository took', () => {
  const runs = [run(0.1, 1.2), run(0.4, 4.5), run(0.5, 5), run(0.612, 7.2), run(9, 90)];
  expect(quoteFrom(runs, budget)).toEqual({
    usd: { low: 0.4, high: 0.61 },
    minutes: { low: 4, high: 8 },
    runs: 5,
  });
});

test('never more than the budget allows', () => {
  const quote = quoteFrom([], { usd: 1, activeMs: 10 * 60_000 });
  expect(quote.usd.high).toBe(1);
  expect(quote.minutes.high).toBe(10);
});
