import { isAbsolute, relative } from 'node:path/posix';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import type { CheckResult, TestReport, TestResult } from '../gate/test-report.ts';
import type { RunOutput } from './stack.ts';

/** What our reporters write. Beside hostile code it may be hostile, so every size has an end. */
const Report = z.object({
  complete: z.literal(true),
  tests: z
    .array(
      z.object({
        file: z.string().max(4_096),
        path: z.array(z.string()).min(1).max(50),
        status: z.enum(['passed', 'failed', 'skipped']),
        durationMs: z.number().min(0).catch(0),
        failure: z
          .object({
            errorClass: z.string(),
            message: z.string(),
            stack: z.string(),
            expected: z.string().optional(),
            received: z.string().optional(),
          })
          .optional(),
      }),
    )
    .max(50_000),
});

const tailBytes = 4_000;
const messageBytes = 2_000;

/** Text of a program for people: no escape sequences, no control bytes but newline and tab. */
export function readable(text: string): string {
  return stripVTControlCharacters(text).replace(
    /[\0-\x08\x0b-\x1f\x7f-\x9f]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Reads a check, which has nothing but an exit code and its last words. */
export function checkReader(name: CheckResult['name'], command: string): (out: RunOutput) => CheckResult {
  return (out) => ({
    name,
    command,
    exitCode: out.exitCode,
    timedOut: out.timedOut,
    tail: tailOf(out),
    durationMs: Math.round(out.durationMs),
  });
}

/** The last lines of both outputs. */
export function tailOf(out: RunOutput): string {
  return readable(`${out.stdout}${out.stderr}`.slice(-tailBytes)).trim();
}

/**
 * Frames `path:line:column` of a stack that lie in the tree under test, nearest first, dependencies left out.
 * `work` is where that tree was.
 */
function framesOf(stack: string, work: string): string[] {
  const frames: string[] = [];
  for (const [, found] of stack.matchAll(/(?:file:\/\/)?(\/[^\s()]+:\d+:\d+)/g)) {
    if (!found?.startsWith(`${work}/`) || /\/(?:node_modules|site-packages)\//.test(found)) continue;
    frames.push(found.slice(work.length + 1));
    if (frames.length === 10) break;
  }
  return frames;
}

/**
 * Reads a report of one of our reporters. `rename` turns what ran into what was meant (sealed tests run under random
 * names); the default keeps `<file> > <suite> > <name>`. Never throws.
 */
export function readReport(
  out: RunOutput,
  work: string,
  rename?: (path: string[]) => { id: string; name: string; file: string } | undefined,
): Omit<TestReport, 'tree' | 'image'> {
  const base = {
    exitCode: out.exitCode,
    timedOut: out.timedOut,
    outOfMemory: out.outOfMemory,
    tail: tailOf(out),
    durationMs: Math.round(out.durationMs),
  };
  if (out.report === undefined || out.report === '') return { ...base, report: 'missing', tests: [] };
  let parsed: z.infer<typeof Report>;
  try {
    parsed = Report.parse(JSON.parse(out.report));
  } catch {
    return { ...base, report: 'malformed', tests: [] };
  }
  const seen = new Map<string, number>();
  const tests = parsed.tests.map((test): TestResult => {
    const file = isAbsolute(test.file) ? relative(work, test.file) : test.file;
    const plain = { id: [file, ...test.path].map(readable).join(' > '), name: test.path.at(-1)!, file };
    const known = rename?.(test.path) ?? plain;
    // Two tests of one name (test.each without a placeholder) are two results.
    const times = (seen.get(known.id) ?? 0) + 1;
    seen.set(known.id, times);
    const { failure } = test;
    return {
      id: times === 1 ? known.id : `${known.id} (${times})`,
      name: readable(known.name),
      file: readable(known.file),
      status: test.status,
      durationMs: Math.round(test.durationMs),
      ...(test.status === 'failed'
        ? {
            failure: {
              errorClass: readable(failure?.errorClass ?? 'Error').slice(0, 200),
              message: readable(failure?.message ?? 'no message').slice(0, messageBytes),
              ...(failure?.expected === undefined
                ? {}
                : { expected: readable(failure.expected).slice(0, messageBytes) }),
              ...(failure?.received === undefined
                ? {}
                : { received: readable(failure.received).slice(0, messageBytes) }),
              frames: framesOf(failure?.stack ?? '', work),
            },
          }
        : {}),
    };
  });
  return { ...base, report: 'ok', tests };
}
