import { parseDiff } from '../gate/diff.ts';
import { scanPatch } from '../gate/scans.ts';
import { compareChecks, compareSuites, type SuiteReport, suiteReport } from '../gate/suite.ts';
import { suiteSymptoms } from '../gate/symptoms.ts';
import { scanTampering, type TamperFinding } from '../gate/tamper.ts';
import type { CheckResult, TestReport } from '../gate/test-report.ts';
import type { Cause } from '../run/facts.ts';
import { checkNames, openWorkplace, runCheck, runTests, treeOwner } from './container-run.ts';
import { type Known, type Phase, type PhaseContext, type PhaseOutcome, phase } from './phase.ts';
import { scoredTree } from './scored-tree.ts';
import type { Source } from './source.ts';

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
    const { tree: baseTree } = await source.mirror.commitInfo(source.commit);
    const [base, candidate, baseChecks, checks] = await Promise.all([
      runSuite(context, source, baseTree, 'base', []),
      runSuite(context, source, tree, 'candidate', [patch, tests]),
      runChecks(context, source, baseTree, 'base', []),
      // Without the sealed tests: the builder cannot mend what it may not see.
      runChecks(context, source, patch.body.tree, 'candidate', [patch]),
    ]);
    const files = parseDiff(patch.body.diff);
    const manifest = async (commit: string) =>
      (await source.mirror.readFile(commit, 'package.json', manifestBytes))?.toString('utf8');
    const report = suiteReport({
      tests: base && candidate ? compareSuites(base, candidate, tests.body.file) : null,
      checks: compareChecks(baseChecks, checks),
      tamper: [...scanTampering(files, source.stack.roleOf), ...controlBroken(base, candidate)],
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

/** In a gate, where a runner that can be kept apart from the code it runs is another user. */
async function runSuite(
  context: PhaseContext<Reads>,
  source: Source,
  tree: string,
  label: string,
  contents: readonly Known[],
): Promise<TestReport | null> {
  await using workplace = await openWorkplace(context, source, tree, 'gate', `suite ${label}`, contents);
  const { places } = workplace;
  // Tests of a repository write into its tree, unlike code behind a proxy.
  const run = source.stack.suite({ ...places, codeUser: places.codeUser && treeOwner });
  // Awaited here: the container is left when this function returns.
  return run && (await runTests(context, workplace, run, { tree, image: context.image }));
}

/** Not where the suite ran: it leaves files behind, ours among them. */
async function runChecks(
  context: PhaseContext<Reads>,
  source: Source,
  tree: string,
  label: string,
  contents: readonly Known[],
): Promise<CheckResult[]> {
  if (checkNames(source).length === 0) return [];
  await using workplace = await openWorkplace(context, source, tree, 'work', `checks ${label}`, contents);
  const checks: CheckResult[] = [];
  for (const check of source.stack.checks(workplace.places)) {
    checks.push(await runCheck(context, workplace, check));
  }
  return checks;
}

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
