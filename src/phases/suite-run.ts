import type { CheckResult, TestReport } from '../gate/test-report.ts';
import type { ArtifactKind } from '../run/facts.ts';
import { checkNames, openWorkplace, runCheck, runTests, treeOwner } from './container-run.ts';
import type { Known, PhaseContext } from './phase.ts';
import type { Source } from './source.ts';

type Context = PhaseContext<ArtifactKind>;

/** What the repository's own commands say of one tree. */
export interface SuiteRun {
  /** null: the repository has no suite. */
  tests: TestReport | null;
  checks: CheckResult[];
}

/** Of the base, once for each source: every candidate of a run is compared with the same one. */
const bases = new WeakMap<Source, Promise<SuiteRun>>();

/** What is red before anything was changed. It needs nothing of the candidate. */
export function baseSuite(context: Context, source: Source): Promise<SuiteRun> {
  const known = bases.get(source);
  if (known) return known;
  const running = source.mirror.commitInfo(source.commit).then(async ({ tree }) => {
    const [tests, checks] = await Promise.all([
      runSuite(context, source, tree, 'base', []),
      runChecks(context, source, tree, 'base', []),
    ]);
    return { tests, checks };
  });
  bases.set(source, running);
  // A failure is told to whoever waits for it; the next one tries again.
  running.catch(() => bases.get(source) === running && bases.delete(source));
  return running;
}

/** Runs it while a model writes. Nothing goes on behind a phase that has ended or was stopped: its end waits for it. */
export function baseSuiteAhead(context: Context, source: Source): AsyncDisposable {
  const running = baseSuite(context, source);
  return {
    [Symbol.asyncDispose]: () =>
      running.then(
        () => undefined,
        // Told where it is compared with.
        () => undefined,
      ),
  };
}

/**
 * In a gate, where a runner that can be kept apart from the code it runs is another user.
 * @param contents the artifacts of which the tree was made
 */
export async function runSuite(
  context: Context,
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
export async function runChecks(
  context: Context,
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
