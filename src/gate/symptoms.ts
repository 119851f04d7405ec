import type { SealedTests, Symptoms } from '../run/artifacts.ts';
import type { SuiteReport } from './suite.ts';
import type { TestReport, TestResult } from './test-report.ts';

const most = 20;
const valueLength = 400;

/** Errors of ours or of the runner: their words hold nothing of a test. */
const ours = ['NotImplementedError', 'TimeLimitError', 'CodeEndedError', 'CannotCross', 'ChannelError'];

/**
 * What a builder may know of a red acceptance run: of visible tests the error class, received and expected value and
 * the frames in its own files; of silent tests their number. Never a test's name, source or message.
 */
export function acceptanceSymptoms(given: { sealed: SealedTests; runs: readonly TestReport[] }): Symptoms {
  const { sealed, runs } = given;
  const broken = runs.find((run) => run.report !== 'ok' || run.timedOut || run.outOfMemory);
  const failing = sealed.tests.flatMap((test) => {
    const results = runs.map((run) => run.tests.find((result) => result.id === test.id));
    const red = results.find((result) => result?.status === 'failed') ?? results.find((result) => result);
    return results.every((result) => result?.status === 'passed') ? [] : [{ test, result: red }];
  });
  const seen = failing
    .filter(({ test, result }) => test.visibility === 'visible' && result?.failure)
    .map(({ result }) => observation(result!));
  if (broken) seen.unshift(endOf(broken));
  return {
    cause: 'acceptance-red',
    seen: [...new Set(seen)].slice(0, most),
    silent: failing.filter(({ test }) => test.visibility === 'silent').length,
  };
}

/** Regressions of the repository's own tests; those are in the base, so the builder may know all of them. */
export function suiteSymptoms(report: SuiteReport): Symptoms {
  const tests = report.tests?.regressions.map(
    ({ id, now, message }) => `${id}: ${now}${message ? `: ${message}` : ''}`,
  );
  const checks = report.checks.filter((check) => check.state === 'newly-red');
  const findings = [...report.tamper, ...report.scans.security, ...report.scans.stubs];
  return {
    cause: (tests?.length ?? 0) > 0 || checks.length > 0 ? 'regression' : 'scan-finding',
    seen: [
      ...(report.tests?.trouble ? [report.tests.trouble] : []),
      ...(tests ?? []),
      ...checks.map((check) => `${check.name} is newly red (${check.command}):\n${check.tail}`),
      ...findings.map(({ path, line, words }) => `${path}${line === null ? '' : `:${line}`}: ${words}`),
    ].slice(0, most),
    silent: 0,
  };
}

function observation({ failure }: TestResult): string {
  const { errorClass, message, expected, received, frames } = failure!;
  const parts = [errorClass];
  // A message may quote the test; one that came out of the code itself, or from us, does not.
  if (ours.includes(errorClass) || (errorClass !== 'AssertionError' && frames.length > 0))
    parts.push(cut(message));
  if (received !== undefined) parts.push(`received ${cut(received)}`);
  if (expected !== undefined) parts.push(`expected ${cut(expected)}`);
  if (frames.length > 0) parts.push(`at ${frames.slice(0, 5).join(', ')}`);
  return parts.join('; ');
}

function endOf(run: TestReport): string {
  if (run.timedOut) return 'the run did not end in its time';
  if (run.outOfMemory) return 'the run ran out of memory';
  return `the run ended without a report (exit code ${run.exitCode})`;
}

const cut = (text: string) => (text.length > valueLength ? `${text.slice(0, valueLength)}…` : text);
