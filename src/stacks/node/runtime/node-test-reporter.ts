/** A reporter for node:test that writes what happened as one JSON document (see report.ts). */
import { resolve } from 'node:path';
import { inspect } from 'node:util';

interface Event {
  type: string;
  data: {
    name: string;
    nesting: number;
    file?: string;
    skip?: unknown;
    todo?: unknown;
    message?: string;
    details?: { duration_ms?: number; type?: string; error?: Error & { cause?: unknown } };
  };
}

const show = (value: unknown) =>
  (typeof value === 'string' ? value : inspect(value, { depth: 6 })).slice(0, 4_000);

function describeFailure(error: unknown) {
  const outer = error as { cause?: unknown; message?: string } | undefined;
  const cause = (outer?.cause ?? outer) as Record<string, unknown> | string | undefined;
  if (cause === null || typeof cause !== 'object') {
    return { errorClass: 'Error', message: String(outer?.message ?? cause), stack: '' };
  }
  return {
    errorClass: String(cause.name ?? 'Error'),
    message: String(cause.message ?? ''),
    stack: String(cause.stack ?? ''),
    ...('expected' in cause && 'actual' in cause
      ? { expected: show(cause.expected), received: show(cause.actual) }
      : {}),
  };
}

export default async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  const tests: unknown[] = [];
  const stderr = new Map<string, string>();
  const open: string[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') open[data.nesting] = data.name;
    if (type === 'test:stderr' && data.file) {
      stderr.set(resolve(data.file), `${stderr.get(resolve(data.file)) ?? ''}${data.message}`.slice(-20_000));
    }
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') continue;
    const file = data.file ?? '';
    const wholeFile = data.nesting === 0 && resolve(data.name) === file;
    const failed = type === 'test:fail';
    const failure = failed ? describeFailure(data.details?.error) : undefined;
    // A file that could not be loaded says why on stderr only.
    const said = wholeFile ? /^(\w*Error)(?: \[\w+\])?: (.*)$/m.exec(stderr.get(file) ?? '') : null;
    tests.push({
      file,
      path: wholeFile ? ['(file)'] : [...open.slice(0, data.nesting), data.name],
      status: data.skip !== undefined || data.todo !== undefined ? 'skipped' : failed ? 'failed' : 'passed',
      durationMs: data.details?.duration_ms ?? 0,
      failure: failure && said ? { errorClass: said[1], message: said[2], stack: stderr.get(file) } : failure,
    });
  }
  yield JSON.stringify({ complete: true, tests });
}
