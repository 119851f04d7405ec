import { parseDiff } from '../gate/diff.ts';
import { scanPatch } from '../gate/scans.ts';
import { compareChecks, compareSuites, type SuiteReport, suiteReport } from '../gate/suite.ts';
import { suiteSymptoms } from '../gate/symptoms.ts';
import { scanTampering, type TamperFinding } from '../gate/tamper.ts';
import type { TestReport } from '../gate/test-report.ts';
import type { Cause } from '../run/facts.ts';
import { type Phase, type PhaseOutcome, phase } from './phase.ts';
import { scoredTree } from './scored-tree.ts';
import { baseSuite, runChecks, runSuite } from './suite-run.ts';

type Reads = 'patch' | 'tests';

const manifestBytes = 1024 * 1024;

/**
 * The repository's own tests, lint, types and build on the tree that would be delivered, compared with the base; and
 * what a look at the patch finds. No model.
 */
export const suite: Phase<Reads> = phase<Reads>({
  name: 'suite',
  reads: ['patch', 'tests'],
  async run(context) {
    const patch = await context.read('patch');
    const tests = await context.read('tests');
    const source = await context.source();
    const tree = await scoredTree(source.mirror, patch.body, tests.body);
    const [base, candidate, checks] = await Promise.all([
      baseSuite(context, source),
      runSuite(context, source, tree, 'candidate', [patch, tests]),
      // Without the sealed tests: the builder cannot mend what it may not see.
      runChecks(context, source, patch.body.tree, 'candidate', [patch]),
    ]);
    const files = parseDiff(patch.body.diff);
    const manifest = async (commit: string) =>
      (await source.mirror.readFile(commit, 'package.json', manifestBytes))?.toString('utf8');
    const report = suiteReport({
      tests: base.tests && candidate ? compareSuites(base.tests, candidate, tests.body.file) : null,
      checks: compareChecks(base.checks, checks),
      tamper: [...scanTampering(files, source.stack.roleOf), ...controlBroken(base.tests, candidate)],
      scans: scanPatch(
        files,
        source.stack.roleOf,
        { base: await manifest(source.commit), candidate: await manifest(tree) },
        context.policy.protectedPaths,
      ),
    });
    return outcome(report);
  },
});

/** A test of ours that always fails, and does on the base, was reported as passed: somebody answers for the runner. */
function controlBroken(base: TestReport | null, candidate: TestReport | null): TamperFinding[] {
  if (base?.control !== 'held' || candidate?.control !== 'broken') return [];
  const words = 'a test that always fails was not reported as failed';
  return [{ kind: 'detection', path: 'the test suite', line: null, words }];
}

function outcome(report: SuiteReport): PhaseOutcome {
  const { tests, checks, tamper, scans } = report;
  const regressed = (tests !== null && !tests.ok) || checks.some((check) => check.state === 'newly-red');
  const found = tamper.length > 0 || scans.security.length > 0 || scans.stubs.length > 0;
  if (!regressed && !found)
    return { made: [{ kind: 'suite', body: report, result: { pass: true } }], words: report.words };
  const cause: Cause = regressed ? 'regression' : 'scan-finding';
  return {
    made: [
      { kind: 'symptoms', body: suiteSymptoms(report), result: { pass: true } },
      { kind: 'suite', body: report, result: { pass: false, cause, words: report.words } },
    ],
  };
}
