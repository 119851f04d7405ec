import { z } from 'zod';
import type { Contracts, SealedTests } from '../run/artifacts.ts';
import type { TestReport, TestResult } from './test-report.ts';

/** That the sealed tests are red where they must be, on the base, before any candidate exists. */
export const RedProof = z.object({
  red: z.boolean(),
  /** What the test-writer must mend. */
  problems: z.array(z.string()),
  tests: z.array(
    z.object({
      id: z.string(),
      contract: z.string(),
      kind: z.enum(['new', 'keep']),
      status: z.enum(['passed', 'failed', 'skipped', 'missing']),
      errorClass: z.string().nullable(),
    }),
  ),
  run: z.object({ exitCode: z.int().nullable(), tree: z.string(), image: z.string() }).optional(),
});
export type RedProof = z.infer<typeof RedProof>;

/** Judges the run of the sealed tests on the base: each `new` test fails by itself, each `keep` test passes. */
export function judgeRed(given: { sealed: SealedTests; contracts: Contracts; report: TestReport }): RedProof {
  const { sealed, contracts, report } = given;
  const kinds = new Map(contracts.contracts.map((contract) => [contract.id, contract.kind]));
  const results = new Map(report.tests.map((test) => [test.id, test]));
  const tests: RedProof['tests'] = [];
  const problems = [...coverageProblems(sealed, contracts), ...runProblems(sealed, report)];
  for (const { id, contract } of sealed.tests) {
    const kind = kinds.get(contract);
    if (!kind) {
      problems.push(`${id}: there is no contract ${contract}`);
      continue;
    }
    const result = results.get(id);
    const status = result?.status ?? 'missing';
    tests.push({ id, contract, kind, status, errorClass: result?.failure?.errorClass ?? null });
    // Without a readable run every test would only say the same again.
    if (report.report !== 'ok' || report.timedOut || !result) continue;
    const problem = kind === 'new' ? problemOfNew(id, result) : problemOfKeep(id, result);
    if (problem) problems.push(problem);
  }
  const { exitCode, tree, image } = report;
  return { red: problems.length === 0, problems, tests, run: { exitCode, tree, image } };
}

function coverageProblems(sealed: SealedTests, contracts: Contracts): string[] {
  return contracts.contracts.flatMap(({ id }) =>
    (['visible', 'silent'] as const)
      .filter((sight) => !sealed.tests.some((test) => test.contract === id && test.visibility === sight))
      .map(
        (sight) =>
          `${id} has no ${sight} test; every contract needs at least one visible and one silent test`,
      ),
  );
}

function runProblems(sealed: SealedTests, report: TestReport): string[] {
  if (report.timedOut) return ['the tests did not end in their time on the base'];
  if (report.outOfMemory) return ['the tests ran out of memory on the base'];
  if (report.report !== 'ok')
    return [`the runner left no readable report on the base: ${lastLine(report.tail)}`];
  const ids = new Set(sealed.tests.map((test) => test.id));
  const strangers = report.tests.filter((test) => !ids.has(test.id));
  const together = strangers.find((test) => test.failure);
  if (together?.failure) {
    const { errorClass, message } = together.failure;
    return [`the file does not load, so no test could fail by itself: ${errorClass}: ${firstLine(message)}`];
  }
  const missing = sealed.tests.filter((test) => !report.tests.some((result) => result.id === test.id));
  return [
    ...strangers.map((test) => `"${test.name}" ran and is not declared`),
    ...missing.map((test) => `${test.id} did not run`),
  ];
}

function problemOfNew(id: string, { status, failure }: TestResult): string | undefined {
  if (status === 'skipped') return `${id} is skipped`;
  if (status === 'passed') return `${id} passes on the base already, so it does not test what is new`;
  const { errorClass, message, frames } = failure!;
  if (errorClass === 'CannotCross') return `${id}: ${firstLine(message)}`;
  if ((errorClass === 'ReferenceError' || errorClass === 'NameError') && frames.length === 0) {
    return `${id} fails for a reason of its own: ${errorClass}: ${firstLine(message)}`;
  }
  return undefined;
}

function problemOfKeep(id: string, { status, failure }: TestResult): string | undefined {
  if (status === 'passed') return undefined;
  if (status === 'skipped') return `${id} is skipped`;
  const { errorClass, message } = failure!;
  return `${id} says that something stays as it is, but fails on the base: ${errorClass}: ${firstLine(message)}`;
}

const firstLine = (text: string) => text.trim().split('\n')[0]!.slice(0, 500);
const lastLine = (text: string) => text.trim().split('\n').at(-1)!.slice(0, 500);
