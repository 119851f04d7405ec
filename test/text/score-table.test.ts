import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Signals, score } from '../../src/gate/score.ts';
import { renderScoreTable, scoreTable } from '../../src/text/score-table.ts';

const count = fc.integer({ min: 0, max: 20 });
const check = fc.option(fc.boolean());
const part = fc.tuple(count, fc.integer({ min: 1, max: 20 })).map(([a, b]) => [Math.min(a, b), b] as const);
const signals: fc.Arbitrary<Signals> = fc.record({
  contracts: part.map(([proven, total]) => ({ proven, total, inProcess: 0 })),
  review: fc.record({
    approved: fc.boolean(),
    blockers: count,
    majors: count,
    minors: count,
    security: count,
  }),
  suite: fc.option(fc.record({ regressions: count, ok: fc.boolean() })),
  lint: check,
  types: check,
  build: check,
  mutation: fc.option(part.map(([killed, total]) => ({ killed, total }))),
  tampering: fc.boolean(),
  securityFindings: count,
  stubs: count,
  dependenciesVerified: fc.boolean(),
  newDependencies: count,
  protectedPaths: count,
  voidedTests: count,
});

test('what the signals brought adds up to the score before its caps', () => {
  fc.assert(
    fc.property(signals, (measured) => {
      const scored = score(measured);
      const shown = scoreTable(measured, scored);
      const sum = shown.signals.reduce((all, { weight, value }) => all + (weight * (value ?? 0)) / 10_000, 0);
      // The score is rounded down at each step, the weights of what is shared out to a whole point.
      expect(Math.abs(sum - scored.uncapped)).toBeLessThanOrEqual(4);
      expect(shown.score).toBe(scored.points);
      expect(shown.caps).toHaveLength(scored.caps.length);
    }),
  );
});

test('names the cap that decides, and what the repository does not have', () => {
  const measured: Signals = {
    contracts: { proven: 2, total: 2, inProcess: 1 },
    review: { approved: true, blockers: 0, majors: 0, minors: 0, security: 0 },
    suite: null,
    lint: null,
    types: null,
    build: null,
    mutation: { killed: 1, total: 1 },
    tampering: false,
    securityFindings: 0,
    stubs: 0,
    dependenciesVerified: true,
    newDependencies: 0,
    protectedPaths: 0,
    voidedTests: 0,
  };
  expect(renderScoreTable(scoreTable(measured, score(measured)))).toMatchInlineSnapshot(`
    "**Score 0.89** → a review by people

    | Signal | Weight | Brought | Why |
    | --- | --: | --: | --- |
    | Acceptance | 0.40 | 0.40 | 2 of 2 contracts proven |
    | Review | 0.30 | 0.30 | approved, no findings |
    | Test suite | – | – | the repository has none |
    | Lint, types, build | – | – | the repository has none |
    | Mutants killed | 0.30 | 0.30 | 1 of 1 |
    | **Sum** |  | **1.00** |  |

    Caps that apply:
    - at most 0.89: a contract is proven only in the same process as the code (this one decides)
    - at most 0.89: the repository has no tests of its own (this one decides)"
  `);
});
