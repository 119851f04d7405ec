import { z } from 'zod';

/**
 * What the score is made of: measured by programs, in counts and yes/no, never in prose.
 * A signal that the repository does not have is null and its weight is shared out; one that should be there and
 * could not be read arrives here as the worst value, because only an explicit pass passes.
 */
export const Signals = z.object({
  contracts: z.object({ proven: z.int().min(0), total: z.int().min(1), inProcess: z.int().min(0) }),
  review: z.object({
    approved: z.boolean(),
    blockers: z.int().min(0),
    majors: z.int().min(0),
    minors: z.int().min(0),
    security: z.int().min(0),
  }),
  /** null: the repository has no tests of its own. */
  suite: z.object({ regressions: z.int().min(0), ok: z.boolean() }).nullable(),
  /** true: green, or red on the base in the same way; false: newly red; null: the repository has none. */
  lint: z.boolean().nullable(),
  types: z.boolean().nullable(),
  build: z.boolean().nullable(),
  /** null: no changed line can be mutated. */
  mutation: z.object({ killed: z.int().min(0), total: z.int().min(1) }).nullable(),
  tampering: z.boolean(),
  securityFindings: z.int().min(0),
  stubs: z.int().min(0),
  dependenciesVerified: z.boolean(),
  newDependencies: z.int().min(0),
  protectedPaths: z.int().min(0),
  voidedTests: z.int().min(0),
});
export type Signals = z.infer<typeof Signals>;

export const Cap = z.object({ at: z.int(), because: z.string() });
export type Cap = z.infer<typeof Cap>;

/** All in basis points (10,000 = 1.0), so that anybody recomputes it to the last digit. */
export const Score = z.object({
  points: z.int().min(0).max(10_000),
  acceptance: z.int(),
  review: z.int(),
  verification: z.int(),
  uncapped: z.int(),
  caps: z.array(Cap),
});
export type Score = z.infer<typeof Score>;

/** The artifact: what was measured, and what follows from it. */
export const ScoreReport = z.object({
  signals: Signals,
  score: Score,
  route: z.enum(['merge', 'review', 'needs-work', 'reject']),
});
export type ScoreReport = z.infer<typeof ScoreReport>;

const whole = 10_000;
const ratio = (part: number, all: number) => Math.floor((Math.min(part, all) * whole) / all);

/** The score of a candidate from its signals alone. */
export function score(signals: Signals): Score {
  const acceptance = ratio(signals.contracts.proven, signals.contracts.total);
  const review = reviewPoints(signals.review);
  const verification = verificationPoints(signals);
  const uncapped = Math.floor((40 * acceptance + 30 * review + 30 * verification) / 100);
  const caps = capsFor(signals);
  const points = caps.reduce((lowest, cap) => Math.min(lowest, cap.at), uncapped);
  return { points, acceptance, review, verification, uncapped, caps };
}

function reviewPoints({ approved, blockers, majors, minors }: Signals['review']): number {
  if (!approved || blockers > 0) return 0;
  return Math.max(0, whole - 2_500 * majors - 500 * minors);
}

/** 0.5 suite + 0.2 (lint, types, build) + 0.3 kill rate; what is not there shares its weight out. */
function verificationPoints(signals: Signals): number {
  const checks = [signals.lint, signals.types, signals.build].filter((check) => check !== null);
  const parts: { weight: number; points: number }[] = [];
  if (signals.suite) {
    parts.push({ weight: 50, points: signals.suite.ok && signals.suite.regressions === 0 ? whole : 0 });
  }
  if (checks.length > 0) {
    parts.push({ weight: 20, points: ratio(checks.filter(Boolean).length, checks.length) });
  }
  if (signals.mutation) {
    parts.push({ weight: 30, points: ratio(signals.mutation.killed, signals.mutation.total) });
  }
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  if (weight === 0) return 0;
  return Math.floor(parts.reduce((sum, part) => sum + part.weight * part.points, 0) / weight);
}

function capsFor(signals: Signals): Cap[] {
  const { contracts, review, suite, mutation } = signals;
  const caps: (Cap & { applies: boolean })[] = [
    { at: 4_900, because: 'a security finding', applies: signals.securityFindings + review.security > 0 },
    { at: 4_900, because: 'tampering with tests or their configuration', applies: signals.tampering },
    {
      at: 7_400,
      because: `${contracts.total - contracts.proven} of ${contracts.total} contracts unproven`,
      applies: contracts.proven < contracts.total,
    },
    {
      at: 7_400,
      because: 'a regression in the test suite',
      applies: suite !== null && (suite.regressions > 0 || !suite.ok),
    },
    { at: 7_400, because: 'not approved by the reviewer', applies: !review.approved || review.blockers > 0 },
    { at: 7_400, because: 'types newly red', applies: signals.types === false },
    { at: 7_400, because: 'build newly red', applies: signals.build === false },
    { at: 7_400, because: 'a stub or placeholder', applies: signals.stubs > 0 },
    { at: 7_400, because: 'dependencies unverified', applies: !signals.dependenciesVerified },
    { at: 8_900, because: 'an open major finding', applies: review.majors > 0 },
    { at: 8_900, because: 'lint newly red', applies: signals.lint === false },
    { at: 8_900, because: 'a protected path is touched', applies: signals.protectedPaths > 0 },
    { at: 8_900, because: 'a new dependency', applies: signals.newDependencies > 0 },
    { at: 8_900, because: 'a sealed test was voided', applies: signals.voidedTests > 0 },
    {
      at: 8_900,
      because: 'a contract is proven only in the same process as the code',
      applies: contracts.inProcess > 0,
    },
    { at: 8_900, because: 'the repository has no tests of its own', applies: suite === null },
    {
      at: 8_900,
      because: mutation ? `kill rate ${mutation.killed} of ${mutation.total}, below .60` : '',
      applies: mutation !== null && mutation.killed * 100 < mutation.total * 60,
    },
  ];
  return caps.filter((cap) => cap.applies).map(({ at, because }) => ({ at, because }));
}
