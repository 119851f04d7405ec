/** A reporter for jest (27 to 30) that writes `report.json` beside itself as one JSON document (see report.ts). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Detail {
  name?: string;
  message?: string;
  stack?: string;
  expected?: unknown;
  actual?: unknown;
  matcherResult?: { expected?: unknown; actual?: unknown };
}
interface FileResult {
  testFilePath: string;
  testExecError?: Detail | null;
  failureMessage?: string | null;
  testResults: {
    ancestorTitles: string[];
    title: string;
    status: string;
    duration?: number | null;
    failureMessages?: string[];
    failureDetails?: Detail[];
  }[];
}

const show = (value: unknown) => {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
};

function failureOf(detail: Detail | undefined, words = '') {
  const stack = String(detail?.stack ?? words);
  const compared = detail?.matcherResult ?? detail;
  const hasPair = compared !== undefined && ('expected' in compared || 'actual' in compared);
  const name = detail?.matcherResult ? 'AssertionError' : (detail?.name ?? /^(\w*Error)\b/.exec(stack)?.[1]);
  return {
    errorClass: String(name ?? 'Error'),
    message: String(detail?.message ?? words.split('\n')[0] ?? ''),
    stack,
    ...(hasPair ? { expected: show(compared.expected), received: show(compared.actual) } : {}),
  };
}

export default class JsonReporter {
  onRunComplete(_contexts: unknown, results: { testResults: FileResult[] }): void {
    const tests: unknown[] = [];
    for (const { testFilePath: file, testResults, testExecError, failureMessage } of results.testResults) {
      for (const test of testResults) {
        const known = test.status === 'passed' || test.status === 'failed';
        const failure = failureOf(test.failureDetails?.[0], test.failureMessages?.[0]);
        tests.push({
          file,
          path: [...test.ancestorTitles, test.title],
          status: known ? test.status : 'skipped',
          durationMs: test.duration ?? 0,
          ...(test.status === 'failed' ? { failure } : {}),
        });
      }
      if (!testExecError) continue;
      const failure = failureOf(testExecError, failureMessage ?? '');
      tests.push({ file, path: ['(file)'], status: 'failed', durationMs: 0, failure });
    }
    const report = fileURLToPath(new URL('./report.json', import.meta.url));
    writeFileSync(report, JSON.stringify({ complete: true, tests }));
  }
}
