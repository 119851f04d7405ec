import { type CheckComparison, type SuiteComparison, SuiteReport } from '../gate/suite.ts';
import { counted } from './markdown.ts';
import type { FindingView, SuiteView } from './view.ts';

/**
 * What the repository's own means and the scans said about the candidate.
 * @param testCommand what a person types to run the tests
 */
export function suiteView(body: unknown, testCommand: string): SuiteView {
  const { tests, checks, tamper, scans } = SuiteReport.parse(body);
  const findings: FindingView[] = [
    ...tamper.map(({ kind, path, line, words }) => ({
      rule: `tampering, ${kind}`,
      path,
      line,
      words,
      level: 'failure' as const,
    })),
    ...scans.security.map((finding) => ({ ...finding, level: 'failure' as const })),
    ...scans.stubs.map((finding) => ({ ...finding, level: 'warning' as const })),
    ...scans.protectedPaths.map(({ path, because }) => ({
      rule: 'protected path',
      path,
      line: null,
      words: because,
      level: 'warning' as const,
    })),
  ];
  return {
    checks: [testsRow(tests, testCommand), ...checks.map(checkRow)],
    regressions:
      tests?.regressions.map(({ id, now, message }) => ({ id, now, message: message ?? '' })) ?? [],
    findings,
    newDependencies: scans.dependencies,
  };
}

function testsRow(tests: SuiteComparison | null, command: string): SuiteView['checks'][number] {
  if (!tests) return { name: 'tests', command, ok: null, words: 'the repository has none of its own' };
  const parts = [
    `${tests.passed} passed`,
    tests.added > 0 && `${tests.added} of them new`,
    tests.regressions.length > 0 && counted(tests.regressions.length, 'regression'),
    tests.preexisting.length > 0 && `${tests.preexisting.length} red on the base already`,
    tests.trouble,
  ];
  return { name: 'tests', command, ok: tests.ok, words: parts.filter((part) => part).join(', ') };
}

const stateWords = { green: 'green', 'still-red': 'red, as on the base', 'newly-red': 'newly red' };

function checkRow({ name, command, state }: CheckComparison): SuiteView['checks'][number] {
  return {
    name,
    command,
    ok: state === 'newly-red' ? false : state === 'green' ? true : null,
    words: stateWords[state],
  };
}
