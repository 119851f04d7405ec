/** A reporter for mocha (8 to 11) that writes `report.json` beside itself as one JSON document (see report.ts). */
import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';

interface Runnable {
  file?: string;
  duration?: number;
  type: string;
  titlePath(): string[];
}
interface Failure {
  name?: string;
  message?: string;
  stack?: string;
  expected?: unknown;
  actual?: unknown;
}
interface Runner {
  on(event: string, listener: (test: Runnable, error: Failure) => void): void;
}

const show = (value: unknown) =>
  (typeof value === 'string' ? value : inspect(value, { depth: 6 })).slice(0, 4_000);

function JsonReporter(runner: Runner): void {
  const tests: unknown[] = [];
  const add = (test: Runnable, status: string, failure?: object) =>
    tests.push({
      file: test.file ?? '',
      path: test.titlePath(),
      status,
      durationMs: test.duration ?? 0,
      ...(failure && { failure }),
    });
  runner.on('pass', (test) => add(test, 'passed'));
  runner.on('pending', (test) => add(test, 'skipped'));
  runner.on('fail', (test, error) => {
    add(test, 'failed', {
      errorClass: String(error?.name ?? 'Error'),
      message: String(error?.message ?? error),
      stack: String(error?.stack ?? ''),
      ...(error && ('expected' in error || 'actual' in error)
        ? { expected: show(error.expected), received: show(error.actual) }
        : {}),
    });
  });
  runner.on('end', () => {
    writeFileSync(new URL('./report.json', import.meta.url), JSON.stringify({ complete: true, tests }));
  });
}

// What mocha's `require` of this module gives.
export { JsonReporter as 'module.exports' };
