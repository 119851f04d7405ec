import { readFile } from 'node:fs/promises';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../../run/user-error.ts';

/** One thing wrong in a YAML file: where, and what is allowed instead. Lines and columns count from 1. */
export interface YamlProblem {
  file: string;
  line: number;
  column: number;
  /** e.g. `steps[2].label.by`; empty for the file as a whole. */
  field: string;
  message: string;
}

/** A YAML file that does not have the form it should; its message lists every problem, one a line. */
export class YamlError extends UserError {
  readonly problems: readonly YamlProblem[];

  constructor(file: string, problems: readonly YamlProblem[], next: string) {
    const lines = problems.map(({ line, column, field, message }) =>
      field === ''
        ? `${file}:${line}:${column} ${message}`
        : `${file}:${line}:${column} ${field}: ${message}`,
    );
    super(lines.join('\n'), { next });
    this.problems = problems;
  }
}

/** A value that fits its schema, and the way back to where each of its fields stands in the file. */
export interface YamlFile<T> {
  value: T;
  /** For what a schema cannot say, e.g. that a login is unknown. */
  problemAt(path: readonly PropertyKey[], message: string): YamlProblem;
}

/**
 * Reads a YAML file that must fit a schema. `next` tells the reader of an error what to do.
 * Throws YamlError naming file, line, column and field for everything that is wrong, not only the first;
 * UserError when the file cannot be read.
 */
export async function readYamlFile<T>(
  file: string,
  schema: z.ZodType<T>,
  next: string,
): Promise<YamlFile<T>> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (cause) {
    throw new UserError(`Cannot read ${file}: ${(cause as Error).message}`, { next, cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { file, line, column: col, field: '', message: `not YAML: ${error.message}` };
    });
    throw new YamlError(file, problems, next);
  }
  const problemAt = (path: readonly PropertyKey[], message: string): YamlProblem => {
    const { line, col } = lines.linePos(offsetOf(document, path));
    return { file, line, column: col, field: fieldName(path), message };
  };
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { value: parsed.data, problemAt };
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => problemAt([...issue.path, key], 'there is no such field'))
      : [problemAt(issue.path, wordsOf(issue))],
  );
  throw new YamlError(file, problems, next);
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    const received = /received (\w+)$/.exec(issue.message)?.[1];
    if (received === 'undefined') return `is missing; expected ${issue.expected}`;
    return `must be ${issue.expected}${received ? `, but is ${received}` : ''}`;
  }
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => wordsOf(inner as z.core.$ZodIssue)).join('; ');
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid')) {
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  }
  if (issue.code === 'invalid_format' && issue.format === 'regex') {
    return issue.message.startsWith('Invalid string') ? 'has the wrong form' : `must be ${issue.message}`;
  }
  return issue.message;
}

/** Where a field stands: its key if there is one, else the deepest thing around it that exists. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const last = path[depth - 1];
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last));
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, depth), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      const key = String(part);
      return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    })
    .join('')
    .replace(/^\./, '');
}
