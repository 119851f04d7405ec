import { parseDiff } from '../gate/diff.ts';
import { scanPatch } from '../gate/scans.ts';
import { compareChecks, compareSuites, type SuiteReport, suiteReport } from '../gate/suite.ts';
import { suiteSymptoms } from '../gate/symptoms.ts';
import { scanTampering } from '../gate/tamper.ts';
import type { CheckResult, TestReport } from '../gate/test-report.ts';
import type { Cause } from '../run/facts.ts';
import { checkNames, openWorkplace, runCheck, runTests } from './container-run.ts';
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
    const [base, candidate, checks] = await Promise.all([
      measure(context, source, { tree: baseTree, label: 'base', contents: [], tests: true, checks: true }),
      measure(context, source, {
        tree,
        label: 'candidate',
        contents: [patch, tests],
        tests: true,
        checks: false,
      }),
      // Without the sealed tests: the builder cannot mend what it may not see.
      measure(context, source, {
        tree: patch.body.tree,
        label: 'checks',
        contents: [patch],
        tests: false,
        checks: true,
      }),
    ]);
    const files = parseDiff(patch.body.diff);
    const manifest = async (commit: string) =>
      (await source.mirror.readFile(commit, 'package.json', manifestBytes))?.toString('utf8');
    const report = suiteReport({
      tests:
        base.tests && candidate.tests ? compareSuites(base.tests, candidate.tests, tests.body.file) : null,
      checks: compareChecks(base.checks, checks.checks),
      tamper: scanTampering(files, source.stack.roleOf),
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

async function measure(
  context: PhaseContext<Reads>,
  source: Source,
  what: { tree: string; label: string; contents: readonly Known[]; tests: boolean; checks: boolean },
): Promise<{ tests: TestReport | null; checks: CheckResult[] }> {
  const { tree, label, contents } = what;
  if (!what.tests && checkNames(source).length === 0) return { tests: null, checks: [] };
  await using workplace = await openWorkplace(context, source, tree, 'work', `suite ${label}`, contents);
  const run = what.tests ? source.stack.suite(workplace.places) : null;
  const tests = run && (await runTests(context, workplace, run, { tree, image: context.image }));
  const checks: CheckResult[] = [];
  for (const check of what.checks ? source.stack.checks(workplace.places) : []) {
    checks.push(await runCheck(context, workplace, check));
  }
  return { tests, checks };
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
