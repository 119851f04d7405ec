import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Budgets, defaultBudgets, type Policy } from '../run/facts.ts';
import { defaultPolicy } from '../run/history.ts';
import { type ConfigError, errorAt, locate, locateKey } from './config-error.ts';
import { nearest } from './nearest.ts';

export const repoConfigFile = '.github/auto-build.yml';

/** Budgets that a repository may lower; what the file calls them, and what the facts do. */
const budgetNames = {
  usd: 'usd',
  spec_rounds: 'specRounds',
  repairs: 'repairs',
  rejections: 'rejections',
  base_moves: 'baseMoves',
} as const satisfies Record<string, keyof Budgets>;
const defaultMinutes = defaultBudgets.activeMs / 60_000;

const atMost = (max: number, unit = '') => {
  const range = `a whole number from 0 to ${max}${unit} (budgets can be lowered only)`;
  return z.int(range).min(0, range).max(max, range);
};
const usdRange = `a number above 0 and up to ${defaultBudgets.usd} (budgets can be lowered only)`;
const minutesRange = `a whole number from 1 to ${defaultMinutes} (budgets can be lowered only)`;
const yesOrNo = z.boolean('true or false');
const list = (what: string) =>
  z
    .array(z.string(what).trim().min(1, what).max(200, what), `a list, each item ${what}`)
    .max(100, 'at most 100 items');

const RepoConfigFile = z.strictObject({
  label: z
    .string('a label name')
    .trim()
    .min(1, 'a label name')
    .max(50, 'at most 50 characters')
    .default('auto-build'),
  merge: z.enum(['score', 'approval'], 'score or approval').default('score'),
  approve_spec: yesOrNo.default(false),
  budgets: z
    .strictObject(
      {
        usd: z.number(usdRange).gt(0, usdRange).max(defaultBudgets.usd, usdRange).optional(),
        minutes: z.int(minutesRange).min(1, minutesRange).max(defaultMinutes, minutesRange).optional(),
        spec_rounds: atMost(defaultBudgets.specRounds).optional(),
        repairs: atMost(defaultBudgets.repairs).optional(),
        rejections: atMost(defaultBudgets.rejections).optional(),
        base_moves: atMost(defaultBudgets.baseMoves).optional(),
      },
      'budgets by name, e.g. usd: 5',
    )
    .default({}),
  protected_paths: list('a path pattern, e.g. infra/**').default([]),
  required_checks: list('the name of a check, as GitHub shows it').default([]),
});

/** What a repository says about how it is worked on. */
export interface RepoConfig {
  /** The label that starts a run. */
  label: string;
  merge: Policy['merge'];
  approveSpec: boolean;
  /** Only what the repository lowers. */
  budgets: Partial<Budgets>;
  /** Patterns, in addition to those that are always protected. */
  protectedPaths: string[];
  /** Checks that must be green before a merge, in addition to those of the branch's rules. */
  requiredChecks: string[];
}

/** Larger than any honest configuration; aliases are refused, so it cannot grow when it is read. */
const maxLength = 64 * 1024;

/**
 * Reads `.github/auto-build.yml`. Never throws; all mistakes are told at once, with their place and what is allowed.
 * @param text undefined when the repository has none: the defaults
 * @param file how errors call it
 */
export function parseRepoConfig(
  text: string | undefined,
  file: string = repoConfigFile,
): { config: RepoConfig } | { errors: ConfigError[] } {
  if (text === undefined) return { config: toConfig(RepoConfigFile.parse({})) };
  if (text.length > maxLength) {
    return {
      errors: [errorAt(file, { line: 1, column: 1 }, '', `the file is larger than ${maxLength} characters`)],
    };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return {
      errors: faults.map((fault) => {
        const { line, col } = lines.linePos(fault.pos[0]);
        return errorAt(file, { line, column: col }, '', `this is not valid YAML: ${fault.message}`);
      }),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return { errors: [errorAt(file, { line: 1, column: 1 }, '', 'aliases (*name) are not allowed here')] };
  }
  const parsed = RepoConfigFile.safeParse(value);
  if (parsed.success) return { config: toConfig(parsed.data) };
  return { errors: parsed.error.issues.flatMap((issue) => toErrors(issue)).sort(byPlace) };

  function toErrors(issue: z.core.$ZodIssue): ConfigError[] {
    const path = issue.path as (string | number)[];
    if (issue.code !== 'unrecognized_keys') {
      const words =
        path.length === 0 ? 'the file must be a list of settings, name: value' : `must be ${issue.message}`;
      return [errorAt(file, locate(document, lines, path), path.join('.'), words)];
    }
    const known = Object.keys(path[0] === 'budgets' ? { ...budgetNames, minutes: 0 } : RepoConfigFile.shape);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const hint = near ? `did you mean ${near}?` : `known are ${known.join(', ')}`;
      return errorAt(
        file,
        locateKey(document, lines, path, key),
        [...path, key].join('.'),
        `is not a setting; ${hint}`,
      );
    });
  }
}

/**
 * What a run is bound to. The tightest of the defaults, the operator's limits and the repository's wins.
 * @param baseBranch the branch that the run starts from and is merged into
 * @param operator limits of the operator, from the environment
 */
export function toPolicy(config: RepoConfig, baseBranch: string, operator: Partial<Budgets> = {}): Policy {
  const budgets = { ...defaultBudgets };
  for (const limits of [operator, config.budgets]) {
    for (const name of Object.keys(budgets) as (keyof Budgets)[]) {
      budgets[name] = Math.min(budgets[name], limits[name] ?? Number.POSITIVE_INFINITY);
    }
  }
  const { label, merge, approveSpec, requiredChecks, protectedPaths } = config;
  return { ...defaultPolicy, baseBranch, label, merge, approveSpec, requiredChecks, protectedPaths, budgets };
}

function toConfig(file: z.infer<typeof RepoConfigFile>): RepoConfig {
  const budgets: Partial<Budgets> = {};
  for (const [name, ours] of Object.entries(budgetNames)) {
    const value = file.budgets[name as keyof typeof budgetNames];
    if (value !== undefined) budgets[ours] = value;
  }
  if (file.budgets.minutes !== undefined) budgets.activeMs = file.budgets.minutes * 60_000;
  return {
    label: file.label,
    merge: file.merge,
    approveSpec: file.approve_spec,
    budgets,
    protectedPaths: file.protected_paths,
    requiredChecks: file.required_checks,
  };
}

function byPlace(a: ConfigError, b: ConfigError): number {
  return a.line - b.line || a.column - b.column;
}
