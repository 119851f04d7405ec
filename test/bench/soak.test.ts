import { describe, expect, test } from 'vitest';
import { blockOf, planOf } from '../../bench/soak/plan.ts';
import type { Played } from '../../bench/soak/play-killed.ts';
import { missedPlaces, problemsOf } from '../../bench/soak/verdict.ts';

/** A run with a phase, and two writes of one kind in it. */
const places = [
  'before:spec',
  ...['before-intent', 'after-intent', 'after-call', 'after-record'],
  'after:spec',
]
  .flatMap((name) => (name.includes(':') ? [name] : [`${name}:check-run`, `${name}:check-run`]))
  .concat('before:build', 'after:build');
const names = [...new Set(places)];
const nameOf = (at: string) => at.split('#')[0]!;

describe('the plan of a seed', () => {
  test.for([1, 2, 9])('block %i deals out every place', (block) => {
    const seeds = Array.from({ length: blockOf }, (_, index) => (block - 1) * blockOf + index + 1);
    const planned = new Set(seeds.flatMap((seed) => planOf(seed, places)).map(nameOf));
    expect(names.filter((name) => !planned.has(name))).toEqual([]);
  });

  test('is the same every time, and another for another seed', () => {
    expect(planOf(7, places)).toEqual(planOf(7, places));
    expect(planOf(7, places)).not.toEqual(planOf(8, places));
  });

  test('names only times that a life that goes on from the last kill still comes to', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      let from = 0;
      for (const at of planOf(seed, places).filter((each) => !each.startsWith('any#'))) {
        const [name, nth = '1'] = at.split('#');
        const left = places.flatMap((place, index) => (place === name && index >= from ? [index] : []));
        expect(left.length).toBeGreaterThanOrEqual(Number(nth));
        from = left[Number(nth) - 1]! + 1;
      }
    }
  });
});

const undisturbed: Played = {
  failures: [],
  places,
  kills: [],
  made: { branches: 1, 'pull requests': 1, comments: 1, 'check runs': 2, merges: 1, issues: 0 },
  checksTwice: 0,
  tree: 'c0ffee',
  wallMs: 1,
};
const kill = {
  at: 'after:spec',
  livedMs: 1,
  listeningMs: 1,
  progressMs: 2,
  nothingLeft: false,
  paidTwice: 1,
};

describe('the verdict', () => {
  test.for<[string, Partial<Played>, string[]]>([
    ['nothing', { kills: [kill] }, []],
    ['a lost run', { failures: ['lost'], tree: 'beef' }, ['lost', 'Merged was beef, not c0ffee.']],
    ['a twin', { made: { ...undisturbed.made, merges: 2 } }, ['2 merges were made instead of 1.']],
    ['a check twice', { checksTwice: 1 }, ['1 check runs have the commit and name of another.']],
    [
      'what takes long and costs much',
      { kills: [{ ...kill, at: undefined, progressMs: 10_001, paidTwice: 2 }] },
      [
        'Killed at a random moment, it took 10001 ms to go on.',
        'Killed at a random moment, 2 turns of the model were paid twice.',
      ],
    ],
  ])('finds %s', ([, over, problems]) => {
    expect(problemsOf(undisturbed, { ...undisturbed, ...over })).toEqual(problems);
  });

  test('knows at which places nobody was killed', () => {
    expect(missedPlaces(names, [{ played: { ...undisturbed, kills: [kill] } }])).toEqual(
      names.filter((name) => name !== 'after:spec'),
    );
  });
});
