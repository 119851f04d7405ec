import { randomBytes } from 'node:crypto';
import type { TestReport } from '../../gate/test-report.ts';
import { readReport } from '../report.ts';
import type { RunOutput } from '../stack.ts';
import type { Layout } from './layout.ts';

type Read = Omit<TestReport, 'tree' | 'image'>;

/**
 * Two tests of ours among the repository's own, under names that nobody knows before the run: one always fails, one
 * always passes. A report that was made up from the names of the base has neither, and a suite with a failing test
 * does not end with exit code 0.
 */
export interface SuiteControl {
  /** Relative to the root: where the suite finds it, beside the repository's own tests. */
  path: string;
  content: string;
  /** How the line of the report begins on standard output. */
  mark: string;
  /** Reads what the suite printed; the control is taken out of the results and of the exit code. */
  read(out: RunOutput, work: string): Read;
}

export function suiteControl(layout: Layout): SuiteControl {
  const [name, passes, fails, mark] = Array.from({ length: 4 }, () => `x${randomBytes(12).toString('hex')}`);
  const path = `${layout.testFolder === '' ? '' : `${layout.testFolder}/`}${name}${layout.testEnding}`;
  return {
    path,
    content: contentOf(layout, passes!, fails!),
    mark: mark!,
    read: (out, work) =>
      withoutControl(readPrinted(out, work, mark!), path, { passes: passes!, fails: fails! }),
  };
}

function contentOf({ suite }: Layout, passes: string, fails: string): string {
  const tests = (test: string, assertion = '') =>
    `${test}('${passes}', () => {${assertion}});\n${test}('${fails}', () => { throw new Error('control'); });\n`;
  // A configuration may ask for an assertion in every test.
  if (suite === 'vitest')
    return `import { expect, test } from 'vitest';\n${tests('test', ' expect(1).toBe(1); ')}`;
  // `import` as a function is there in CommonJS too.
  if (suite === 'node:test') return `import('node:test').then(({ test }) => {\n${tests('test')}});\n`;
  return tests('it');
}

/** A second line with the mark was written by somebody else: which one is true cannot be told. */
function readPrinted(out: RunOutput, work: string, mark: string): Read {
  const lines = out.stdout.split('\n');
  const reports = lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  const stdout = lines.filter((line) => !line.startsWith(mark)).join('\n');
  const report = reports.length > 1 ? 'several' : reports[0];
  return readReport({ ...out, stdout, report: report ?? out.report }, work);
}

function withoutControl(read: Read, path: string, names: { passes: string; fails: string }): Read {
  if (read.report !== 'ok') return read;
  const ours = read.tests.filter(({ file }) => file === path);
  const tests = read.tests.filter(({ file }) => file !== path);
  const all = (name: string, status: string) => {
    const found = ours.filter((test) => test.name === name);
    return found.length > 0 && found.every((test) => test.status === status);
  };
  const held = all(names.passes, 'passed') && all(names.fails, 'failed') && read.exitCode !== 0;
  const control = held ? 'held' : ours.length === 0 ? 'missing' : 'broken';
  const onlyOurs = held && read.exitCode === 1 && tests.every(({ status }) => status !== 'failed');
  return { ...read, tests, control, exitCode: onlyOurs ? 0 : read.exitCode };
}
