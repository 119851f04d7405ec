import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { assessFeasibility, type FeasibilityInput, feasibleAbove } from '../../src/gate/feasibility.ts';
import { loadScenario } from '../../src/offline/scenario/load.ts';

const small: FeasibilityInput['repository'] = {
  paths: ['src/mean.js', 'src/median.js', 'test/mean.test.js', 'package.json', 'README.md'],
  stack: 'Node.js with npm',
  hasTests: true,
};
const assess = (title: string, body = '', over: Partial<FeasibilityInput> = {}) =>
  assessFeasibility({ title, body, repository: small, earlier: [], ...over });

const clear = ['mean() divides by one too few', '`mean([2, 4, 6])` returns 6 and should return 4.'] as const;

describe('feasible', () => {
  test.for([
    [...clear],
    ['Add a --json flag to the list command', ''],
    ["Fix typo in README: 'recieve'", ''],
    ['Crash on empty input', '`parse("")` throws a TypeError, I expected an empty list.'],
    ['median() is missing', 'Please add `median(values)`: the middle value, e.g. `median([3, 1, 2])` is 2.'],
    ['mean of an empty list', 'mean([]) should throw a RangeError'],
    ['Support pagination', 'When there are more than 100 items the list should be split into pages.'],
  ])('%s', ([title = '', body = '']) => {
    expect(assess(title, body)).toMatchObject({ feasible: true });
  });

  test('the issue of every shipped scenario that is built', async () => {
    const folder = path.resolve(import.meta.dirname, '../../fixtures/scenarios');
    for (const name of await readdir(folder)) {
      const { issue, expect: expected } = await loadScenario(path.join(folder, name));
      if (expected.outcome === 'infeasible') continue;
      expect([name, assess(issue.title, issue.body).score > feasibleAbove]).toEqual([name, true]);
    }
  });
});

describe('not feasible', () => {
  test.for([
    ['make it better', ''],
    ['Make it better', 'The app should be better and faster, please improve everything.'],
    ['Improve performance', ''],
    ['Add dark mode', ''],
    ['Fix the bug', 'it does not work'],
    ['Refactor code', 'Clean up the code so it follows best practices.'],
    ['Rewrite the whole app in Rust', 'We should rewrite everything from scratch, because it is faster.'],
    ['Users report problems', 'Sometimes things are slow and stuff breaks. Maybe look at caching?'],
    ['How do I install this?', 'I cannot find how to install it. Can somebody help?'],
    ['', ''],
  ])('%s: %s', ([title = '', body = '']) => {
    const { score, feasible, raise } = assess(title, body);
    expect([feasible, score]).toEqual([false, expect.any(Number)]);
    expect(raise).not.toEqual([]);
  });

  test('whatever it asks, in a repository that cannot be built and tested', () => {
    expect(assess(...clear, { repository: { ...small, stack: null } })).toMatchObject({ feasible: false });
  });
});

test('the words say what it rests on and what would raise it', () => {
  expect(assess('make it better')).toMatchInlineSnapshot(`
    {
      "factors": [
        {
          "name": "complexity",
          "score": 95,
          "words": "Complexity: nothing in the text is known to be hard.",
        },
        {
          "name": "scope",
          "score": 95,
          "words": "Scope: a repository of 5 files, no file named.",
        },
        {
          "name": "stack",
          "score": 100,
          "words": "Stack: Node.js with npm, with tests of its own.",
        },
        {
          "name": "clarity",
          "score": 0,
          "words": "Clarity: it lacks what must hold, the place, an example; “better” can mean anything.",
        },
      ],
      "feasible": false,
      "raise": [
        "Say what must be so afterwards, and what is wrong now.",
        "Give an example: an input, and exactly what must come out.",
        "Name the function, command or file that it is about.",
        "List what has to hold for it to be done, one point a line.",
      ],
      "reasons": [
        "Clarity: it lacks what must hold, the place, an example; “better” can mean anything.",
        "Complexity: nothing in the text is known to be hard.",
        "Scope: a repository of 5 files, no file named.",
        "Stack: Node.js with npm, with tests of its own.",
      ],
      "score": 40,
    }
  `);
});

describe('outcomes of similar issues', () => {
  const earlier = (...succeeded: boolean[]) => ({
    earlier: succeeded.map((each, at) => ({ issue: at + 1, succeeded: each })),
  });
  const usual = assess(...clear).score;

  test('failures lower it a little, successes raise it less', () => {
    expect(assess(...clear, earlier(false)).score).toBe(usual - 5);
    expect(assess(...clear, earlier(true)).score).toBe(usual + 2);
    expect(assess(...clear, earlier(false, true)).reasons.at(-1)).toBe(
      'Earlier: similar issues ended as #1 not merged, #2 merged (-3).',
    );
  });

  test('never decide alone', () => {
    const bad = Array.from({ length: 50 }, () => false);
    const good = Array.from({ length: 50 }, () => true);
    expect(assess(...clear, earlier(...bad)).score).toBe(usual - 15);
    expect(assess('make it better', '', earlier(...good))).toMatchObject({ feasible: false });
  });
});

test('each factor counts: hard words, wide scope, no tests, a huge repository', () => {
  const [title, body] = clear;
  const usual = assess(title, body).score;
  const huge = { ...small, paths: Array.from({ length: 30_000 }, (_, at) => `src/${at}.js`) };
  expect(assess(title, `${body} It is a race condition.`).score).toBeLessThan(usual);
  expect(assess(title, `${body} Do it across the codebase.`).score).toBeLessThan(usual);
  expect(assess(title, body, { repository: { ...small, hasTests: false } }).score).toBeLessThan(usual);
  expect(assess(title, body, { repository: huge }).score).toBeLessThan(usual);
});

test('is quick on the largest text that GitHub takes', () => {
  const startedAt = performance.now();
  assess('x'.repeat(256), '`a (b '.repeat(10_900));
  assess('"'.repeat(256), '- [ ] “'.repeat(9_300));
  assess('a_'.repeat(128), 'aA'.repeat(32_000));
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
