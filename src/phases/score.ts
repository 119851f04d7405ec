import type { AcceptanceReport } from '../gate/proof.ts';
import { route } from '../gate/route.ts';
import { type Signals, score } from '../gate/score.ts';
import type { SuiteReport } from '../gate/suite.ts';
import type { ReviewVerdict } from '../run/artifacts.ts';
import { type Phase, phase } from './phase.ts';

type Reads = 'acceptance' | 'suite' | 'review';

/** From evidence to a number and a route, by arithmetic alone. */
export const scorePhase: Phase<Reads> = phase<Reads>({
  name: 'score',
  reads: ['acceptance', 'suite', 'review'],
  async run(context) {
    const acceptance = await context.read('acceptance');
    const suite = await context.read('suite');
    const review = await context.read('review');
    const voided = (context.asked.round.tests ?? 1) - 1;
    const signals = signalsOf(acceptance.body, suite.body, review.body, voided);
    const points = score(signals);
    const way = route(points.points);
    context.progress({ kind: 'scored', signals, score: points, route: way });
    return {
      made: [
        {
          kind: 'symptoms',
          body: { cause: 'score-middling', seen: points.caps.map((cap) => cap.because), silent: 0 },
          result: { pass: true },
        },
        {
          kind: 'score',
          body: { signals, score: points, route: way },
          result: { pass: true, points: points.points, route: way },
        },
      ],
    };
  },
});

/** Counts and yes/no out of the reports; no word of them is read. */
function signalsOf(
  acceptance: AcceptanceReport,
  suite: SuiteReport,
  review: ReviewVerdict,
  voidedTests: number,
): Signals {
  const { scans, tests, checks } = suite;
  const severity = (level: string) => review.findings.filter((finding) => finding.severity === level).length;
  const notWorse = (name: 'lint' | 'types' | 'build') => {
    const check = checks.find((each) => each.name === name);
    return check ? check.state !== 'newly-red' : null;
  };
  return {
    contracts: {
      proven: acceptance.proven,
      total: acceptance.total,
      inProcess: acceptance.contracts.filter((contract) => contract.proven && contract.mode === 'in-process')
        .length,
    },
    review: {
      approved: review.approved,
      blockers: severity('blocker'),
      majors: severity('major'),
      minors: severity('minor'),
      security: review.findings.filter(
        (finding) => finding.category === 'security' && finding.severity !== 'minor',
      ).length,
    },
    suite: tests && { regressions: tests.regressions.length, ok: tests.ok },
    lint: notWorse('lint'),
    types: notWorse('types'),
    build: notWorse('build'),
    mutation: acceptance.mutation && { killed: acceptance.mutation.killed, total: acceptance.mutation.total },
    tampering: acceptance.tampering.length > 0 || suite.tamper.length > 0,
    securityFindings: scans.security.length,
    stubs: scans.stubs.length,
    // A new dependency is not installed in the images that the evidence comes from.
    dependenciesVerified: scans.dependencies.length === 0,
    newDependencies: scans.dependencies.length,
    protectedPaths: scans.protectedPaths.length,
    voidedTests,
  };
}
