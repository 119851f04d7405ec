/** A reporter for vitest (1 to 5) that writes `report.json` beside itself as one JSON document (see report.ts). */
import { writeFileSync } from 'node:fs';

interface Failure {
  name?: string;
  message?: string;
  stack?: string;
  expected?: unknown;
  actual?: unknown;
}
interface NewTest {
  type: string;
  name: string;
  parent?: NewTest;
  result(): { state: string; errors?: Failure[] };
  diagnostic(): { duration: number } | undefined;
}
interface NewModule {
  moduleId: string;
  errors(): Failure[];
  children: { allTests(): Iterable<NewTest> };
}
/** The shape of vitest 1 and 2. */
interface OldTask {
  type: string;
  name: string;
  mode: string;
  filepath?: string;
  tasks?: OldTask[];
  result?: { state: string; duration?: number; errors?: Failure[] };
}

const failureOf = (error: Failure | undefined) => ({
  errorClass: String(error?.name ?? 'Error'),
  message: String(error?.message ?? ''),
  stack: String(error?.stack ?? ''),
  ...(error?.expected !== undefined || error?.actual !== undefined
    ? { expected: String(error?.expected), received: String(error?.actual) }
    : {}),
});
const statusOf = (state: string | undefined) =>
  state === 'passed' || state === 'pass'
    ? 'passed'
    : state === 'failed' || state === 'fail'
      ? 'failed'
      : 'skipped';

export default class JsonReporter {
  onTestRunEnd(modules: NewModule[], unhandled: Failure[]): void {
    const tests: unknown[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const path = [test.name];
        for (let at = test.parent; at && at.type === 'suite'; at = at.parent) path.unshift(at.name);
        const { state, errors } = test.result();
        this.#add(tests, module.moduleId, path, statusOf(state), test.diagnostic()?.duration, errors?.[0]);
      }
      for (const error of module.errors()) this.#add(tests, module.moduleId, ['(file)'], 'failed', 0, error);
    }
    this.#write(tests, unhandled);
  }

  onFinished(files: OldTask[] = [], unhandled: Failure[] = []): void {
    const tests: unknown[] = [];
    const walk = (task: OldTask, file: string, path: string[]): void => {
      const failed = task.result?.state === 'fail';
      if (task.type === 'test' || task.type === 'custom') {
        const status = task.mode === 'run' ? statusOf(task.result?.state) : 'skipped';
        this.#add(tests, file, path, status, task.result?.duration, task.result?.errors?.[0]);
      } else if (failed && task.result?.errors?.[0]) {
        this.#add(tests, file, [...path, '(file)'], 'failed', 0, task.result.errors[0]);
      }
      for (const inner of task.tasks ?? []) walk(inner, file, [...path, inner.name]);
    };
    for (const file of files) walk(file, file.filepath ?? file.name, []);
    this.#write(tests, unhandled);
  }

  #add(
    to: unknown[],
    file: string,
    path: string[],
    status: string,
    durationMs?: number,
    error?: Failure,
  ): void {
    to.push({
      file,
      path,
      status,
      durationMs: durationMs ?? 0,
      ...(status === 'failed' ? { failure: failureOf(error) } : {}),
    });
  }

  #write(tests: unknown[], unhandled: readonly Failure[]): void {
    for (const error of unhandled) this.#add(tests, '', ['(run)'], 'failed', 0, error);
    this.write(JSON.stringify({ complete: true, tests }));
  }

  write(text: string): void {
    writeFileSync(new URL('./report.json', import.meta.url), text);
  }
}
