import { type Document, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type ConfigError, errorAt, locate, locateKey } from './config-error.ts';
import { nearest } from './nearest.ts';
import { knownKeys, RepoSettings, repoConfigFile } from './repo-settings.ts';

/** Larger than any honest configuration; aliases are refused, so it cannot grow when it is read. */
const maxLength = 64 * 1024;

/** One `auto-build.yml` as it was read: what it says, and in which line it says so. */
export interface ConfigFile {
  /** How people know it. */
  name: string;
  settings: RepoSettings;
  /** Line of a setting by its dotted name, from 1. */
  lineOf(setting: string): number;
}

/**
 * Reads `.github/auto-build.yml`. Never throws; all mistakes are told at once, with their place and what is allowed.
 * @param name how errors call the file
 */
export function parseRepoConfig(
  text: string,
  name: string = repoConfigFile,
): { file: ConfigFile } | { errors: ConfigError[] } {
  if (text.length > maxLength) {
    return { errors: [errorAt(name, start, '', `the file is larger than ${maxLength} characters`)] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return {
      errors: faults.map((fault) => {
        const { line, col } = lines.linePos(fault.pos[0]);
        return errorAt(name, { line, column: col }, '', `this is not valid YAML: ${fault.message}`);
      }),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return { errors: [errorAt(name, start, '', 'aliases (*name) are not allowed here')] };
  }
  const parsed = RepoSettings.safeParse(value);
  if (!parsed.success) {
    const errors = parsed.error.issues.flatMap((issue) => toErrors(issue, { name, document, lines }));
    return { errors: errors.sort(byPlace) };
  }
  const lineOf = (setting: string) => locate(document, lines, setting.split('.')).line;
  return { file: { name, settings: parsed.data, lineOf } };
}

const start = { line: 1, column: 1 };

interface Read {
  name: string;
  document: Document;
  lines: LineCounter;
}

function toErrors(issue: z.core.$ZodIssue, { name, document, lines }: Read): ConfigError[] {
  const path = issue.path as (string | number)[];
  if (issue.code !== 'unrecognized_keys') {
    const words =
      path.length === 0 ? 'the file must be a list of settings, name: value' : `must be ${issue.message}`;
    return [errorAt(name, locate(document, lines, path), path.join('.'), words)];
  }
  const known = path[0] === 'budgets' ? knownKeys.budgets : knownKeys.top;
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const hint = near ? `did you mean ${near}?` : `known are ${known.join(', ')}`;
    const place = locateKey(document, lines, path, key);
    return errorAt(name, place, [...path, key].join('.'), `is not a setting; ${hint}`);
  });
}

function byPlace(a: ConfigError, b: ConfigError): number {
  return a.line - b.line || a.column - b.column;
}
