import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { route } from '../../src/gate/route.ts';
import { type Signals, score } from '../../src/gate/score.ts';
import { perfect } from './signals.ts';

const count = fc.nat({ max: 5 });
const check = fc.constantFrom(true, false, null);
const anySignals: fc.Arbitrary<Signals> = fc.record({
  contracts: fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 20 }), fc.nat({ max: 20 }))
    .map(([total, proven, inProcess]) => ({ total, proven: Math.min(proven, total), inProcess })),
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
  mutation: fc.option(
    fc
      .tuple(fc.integer({ min: 1, max: 30 }), fc.nat({ max: 30 }))
      .map(([total, killed]) => ({ total, killed: Math.min(killed, total) })),
  ),
  tampering: fc.boolean(),
  securityFindings: count,
  stubs: count,
  dependenciesVerified: fc.boolean(),
  newDependencies: count,
  protectedPaths: count,
  voidedTests: count,
});

/** Each makes exactly one signal worse, where it can still get worse. */
const worse: Record<string, (s: Signals) => Signals> = {
  'a contract less proven': (s) => ({
    ...s,
    contracts: { ...s.contracts, proven: Math.max(0, s.contracts.proven - 1) },
  }),
  'a contract only in-process': (s) => ({
    ...s,
    contracts: { ...s.contracts, inProcess: s.contracts.inProcess + 1 },
  }),
  'not approved': (s) => ({ ...s, review: { ...s.review, approved: false } }),
  'a blocker': (s) => ({ ...s, review: { ...s.review, blockers: s.review.blockers + 1 } }),
  'a major': (s) => ({ ...s, review: { ...s.review, majors: s.review.majors + 1 } }),
  'a minor': (s) => ({ ...s, review: { ...s.review, minors: s.review.minors + 1 } }),
  'a security finding by the reviewer': (s) => ({
    ...s,
    review: { ...s.review, security: s.review.security + 1 },
  }),
  'a regression': (s) => ({ ...s, suite: s.suite && { ...s.suite, regressions: s.suite.regressions + 1 } }),
  'an unreadable suite': (s) => ({ ...s, suite: s.suite && { ...s.suite, ok: false } }),
  'lint red': (s) => ({ ...s, lint: s.lint === null ? null : false }),
  'types red': (s) => ({ ...s, types: s.types === null ? null : false }),
  'build red': (s) => ({ ...s, build: s.build === null ? null : false }),
  'a mutant survives': (s) => ({
    ...s,
    mutation: s.mutation && { ...s.mutation, killed: Math.max(0, s.mutation.killed - 1) },
  }),
  tampering: (s) => ({ ...s, tampering: true }),
  'a security finding': (s) => ({ ...s, securityFindings: s.securityFindings + 1 }),
  'a stub': (s) => ({ ...s, stubs: s.stubs + 1 }),
  'dependencies unverified': (s) => ({ ...s, dependenciesVerified: false }),
  'a new dependency': (s) => ({ ...s, newDependencies: s.newDependencies + 1 }),
  'a protected path': (s) => ({ ...s, protectedPaths: s.protectedPaths + 1 }),
  'a voided test': (s) => ({ ...s, voidedTests: s.voidedTests + 1 }),
};

describe('score', () => {
  test('perfect evidence is 1.0, and merges', () => {
    expect(score(perfect)).toEqual({
      points: 10_000,
      acceptance: 10_000,
      review: 10_000,
      verification: 10_000,
      uncapped: 10_000,
      caps: [],
    });
  });

  test('the worked example of the documentation', () => {
    const signals: Signals = {
      ...perfect,
      lint: null,
      types: null,
      build: null,
      review: { ...perfect.review, minors: 2 },
      mutation: { killed: 8, total: 10 },
    };
    // verification: (50·1 + 30·0.8) / 80 = 0.925; 0.4·1 + 0.3·0.9 + 0.3·0.925 = 0.9475
    expect(score(signals)).toMatchObject({ review: 9_000, verification: 9_250, points: 9_475, caps: [] });
  });

  test.each(Object.entries(worse))('monotone: %s never raises it', (_name, change) => {
    fc.assert(
      fc.property(anySignals, (signals) => {
        expect(score(change(signals)).points).toBeLessThanOrEqual(score(signals).points);
      }),
    );
  });

  test('never above its lowest cap, always within 0 and 1, a function of the signals', () => {
    fc.assert(
      fc.property(anySignals, (signals) => {
        const result = score(signals);
        for (const cap of result.caps) expect(result.points).toBeLessThanOrEqual(cap.at);
        expect(result.points).toBeGreaterThanOrEqual(0);
        expect(result.points).toBeLessThanOrEqual(10_000);
        expect(score(structuredClone(signals))).toEqual(result);
      }),
    );
  });

  test.each([
    ['tampering', 4_900],
    ['a security finding', 4_900],
    ['a regression', 7_400],
    ['not approved', 7_400],
    ['types red', 7_400],
    ['build red', 7_400],
    ['a stub', 7_400],
    ['dependencies unverified', 7_400],
    ['a contract less proven', 7_400],
    ['a major', 8_900],
    ['lint red', 8_900],
    ['a new dependency', 8_900],
    ['a protected path', 8_900],
    ['a voided test', 8_900],
    ['a contract only in-process', 8_900],
  ])('%s caps perfect evidence at %i', (name, at) => {
    const result = score(worse[name]!(perfect));
    expect(result.caps.map((cap) => cap.at)).toContain(at);
    expect(result.points).toBeLessThanOrEqual(at);
  });

  test('a repository without tests of its own, and a low kill rate, need people', () => {
    expect(score({ ...perfect, suite: null }).points).toBe(8_900);
    expect(score({ ...perfect, mutation: { killed: 59, total: 100 } }).caps[0]!.at).toBe(8_900);
    expect(score({ ...perfect, mutation: { killed: 60, total: 100 } }).caps).toEqual([]);
  });
});

test.each([
  [10_000, 'merge'],
  [9_000, 'merge'],
  [8_999, 'review'],
  [7_500, 'review'],
  [7_499, 'needs-work'],
  [5_000, 'needs-work'],
  [4_999, 'reject'],
  [0, 'reject'],
])('%i basis points route to %s', (points, expected) => {
  expect(route(points)).toBe(expected);
});
