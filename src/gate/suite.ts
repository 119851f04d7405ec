import { z } from 'zod';
import { ScanReport } from './scans.ts';
import { TamperFinding } from './tamper.ts';
import type { CheckResult, TestReport } from './test-report.ts';

const Regression = z.object({
  id: z.string(),
  now: z.enum(['failed', 'skipped', 'gone']),
  message: z.string().nullable(),
});

export const SuiteComparison = z.object({
  /** Nothing that passed on the base does anything else now, and the run itself is sound. */
  ok: z.boolean(),
  regressions: z.array(Regression),
  /** Failed on the base and fail now: not ours. */
  preexisting: z.array(z.string()),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** Tests that the base does not have. */
  added: z.int(),
  /** Why the run cannot be trusted; null when it can. */
  trouble: z.string().nullable(),
});
export type SuiteComparison = z.infer<typeof SuiteComparison>;

export const CheckComparison = z.object({
  name: z.enum(['lint', 'types', 'build']),
  command: z.string(),
  state: z.enum(['green', 'still-red', 'newly-red']),
  tail: z.string(),
});
export type CheckComparison = z.infer<typeof CheckComparison>;

/** What the repository's own means say about a candidate, compared with the base. */
export const SuiteReport = z.object({
  /** null: the repository has no tests of its own. */
  tests: SuiteComparison.nullable(),
  checks: z.array(CheckComparison),
  tamper: z.array(TamperFinding),
  scans: ScanReport,
  words: z.string(),
});
export type SuiteReport = z.infer<typeof SuiteReport>;

/**
 * Compares a candidate's suite with the base's own results.
 * @param sealed file of the sealed tests, which acceptance has judged already: red there is red once
 */
export function compareSuites(base: TestReport, candidate: TestReport, sealed?: string): SuiteComparison {
  const now = new Map(candidate.tests.map((test) => [test.id, test]));
  const before = new Map(base.tests.map((test) => [test.id, test]));
  const regressions = base.tests
    .filter((test) => test.status === 'passed' && now.get(test.id)?.status !== 'passed')
    .map(({ id }) => {
      const result = now.get(id);
      const { status, failure } = result ?? {};
      return {
        id,
        now: status === 'failed' || status === 'skipped' ? status : ('gone' as const),
        message: failure ? `${failure.errorClass}: ${failure.message}`.slice(0, 1_000) : null,
      };
    });
  const fresh = candidate.tests.filter((test) => !before.has(test.id));
  // A new test that fails, or a file that no longer loads, has no counterpart on the base.
  for (const { id, file, status, failure } of fresh) {
    if (status !== 'failed' || file === sealed) continue;
    const message = failure ? `${failure.errorClass}: ${failure.message}`.slice(0, 1_000) : null;
    regressions.push({ id, now: 'failed', message });
  }
  const trouble = troubleOf(base, candidate);
  const count = (status: string) => candidate.tests.filter((test) => test.status === status).length;
  return {
    ok: trouble === null && regressions.length === 0,
    regressions,
    preexisting: base.tests
      .filter((test) => test.status === 'failed' && now.get(test.id)?.status === 'failed')
      .map((test) => test.id),
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    added: fresh.length,
    trouble,
  };
}

function troubleOf(base: TestReport, candidate: TestReport): string | null {
  if (candidate.timedOut) return 'the suite did not end in its time';
  if (candidate.outOfMemory) return 'the suite ran out of memory';
  if (candidate.report !== 'ok')
    return `the suite's report is ${candidate.report} (exit code ${candidate.exitCode})`;
  // On the base nobody has a reason to forge: where they do not hold there, the repository's set-up is the reason.
  if (base.control === 'held' && candidate.control !== 'held')
    return 'the suite’s report is not what the suite did: a test of ours that always fails is not in it as failed';
  const failed = candidate.tests.some((test) => test.status === 'failed');
  if (candidate.exitCode === 0 && failed) return 'exit code 0 although tests failed';
  // A suite that is red for reasons beyond its tests was so before, or is so because of the candidate.
  if (candidate.exitCode !== 0 && !failed && base.exitCode === 0) {
    return `exit code ${candidate.exitCode} although no test failed`;
  }
  if (base.report !== 'ok' && candidate.exitCode !== 0) {
    return 'the suite could not be read on the base and is not green now';
  }
  return null;
}

/** Compares lint, types or build: what was red on the base already is not the candidate's. */
export function compareChecks(
  base: readonly CheckResult[],
  candidate: readonly CheckResult[],
): CheckComparison[] {
  const green = (check: CheckResult | undefined) => check?.exitCode === 0 && !check.timedOut;
  return candidate.map((check) => {
    const before = base.find((other) => other.name === check.name);
    const state = green(check) ? 'green' : before && !green(before) ? 'still-red' : 'newly-red';
    return { name: check.name, command: check.command, state, tail: check.tail };
  });
}

/** The whole report, with a sentence for people. */
export function suiteReport(parts: Omit<SuiteReport, 'words'>): SuiteReport {
  const { tests, checks, tamper, scans } = parts;
  const words: string[] = [];
  if (tests === null) words.push('no tests of its own');
  else if (tests.trouble) words.push(tests.trouble);
  else if (tests.regressions.length > 0) words.push(`${tests.regressions.length} regressions`);
  else words.push(`${tests.passed} tests pass as on the base`);
  if (tests && tests.preexisting.length > 0)
    words.push(`${tests.preexisting.length} were red on the base already`);
  words.push(...checks.map((check) => `${check.name} ${check.state.replace('-', ' ')}`));
  if (tamper.length > 0) words.push(`${tamper.length} signs of tampering`);
  if (scans.security.length > 0) words.push(`${scans.security.length} security findings`);
  if (scans.stubs.length > 0) words.push(`${scans.stubs.length} stubs or placeholders`);
  if (scans.dependencies.length > 0) words.push(`new dependencies: ${scans.dependencies.join(', ')}`);
  if (scans.protectedPaths.length > 0) words.push(`${scans.protectedPaths.length} protected paths touched`);
  return { ...parts, words: words.join(', ') };
}
