import { type Budgets, defaultBudgets, type Policy } from '../run/facts.ts';
import type { ConfigError } from './config-error.ts';
import { type ConfigFile, parseRepoConfig } from './repo-config.ts';
import {
  type BudgetName,
  budgetNames,
  defaultSettings,
  fromBudget,
  profiles,
  type RepoSettings,
  repoConfigFile,
  settingNames,
  toBudget,
} from './repo-settings.ts';

/** Whatever has a say in how a repository is worked on. */
export interface ConfigSources {
  /** The repository's own file; undefined when it has none. */
  repository: string | undefined;
  /** The file of the owner's `.github` repository, and how people know it. */
  organisation: { text: string; name: string } | undefined;
  operator: OperatorLimits;
}

/** What the operator allows at most, whatever a repository says. */
export interface OperatorLimits {
  budgets: Partial<Budgets>;
  /** Nothing is pushed anywhere. */
  dryRun: boolean;
}
export const noLimits: OperatorLimits = { budgets: {}, dryRun: false };

/** One setting as it holds, and why. */
export interface Effective {
  /** Dotted: `budgets.usd`. */
  name: string;
  value: string | number | boolean | readonly string[];
  /** Where the value comes from: `default`, `profile quick`, an environment variable, or `file:line`; lists: all of them. */
  from: string[];
}

export interface EffectiveConfig {
  settings: Effective[];
  /** What a run is bound to. */
  policy(baseBranch: string): Policy;
}

/**
 * Puts defaults, organisation, repository and operator together. The repository's word goes before the organisation's;
 * lists of checks and paths add up, because both only ever protect; of budgets the tightest wins; what the operator
 * forbids stays forbidden. Never throws: mistakes of both files come back at once.
 */
export function effectiveConfig(sources: ConfigSources): EffectiveConfig | { errors: ConfigError[] } {
  const { repository, organisation, operator } = sources;
  const read = [
    ...(organisation ? [parseRepoConfig(organisation.text, organisation.name)] : []),
    ...(repository === undefined ? [] : [parseRepoConfig(repository, repoConfigFile)]),
  ];
  const errors = read.flatMap((each) => ('errors' in each ? each.errors : []));
  if (errors.length > 0) return { errors };
  const files = read.flatMap((each) => ('file' in each ? [each.file] : []));
  const settings = settingNames.map((name) => effectiveSetting(name, files, operator));
  return { settings, policy: (baseBranch) => toPolicy(settings, files, baseBranch) };
}

/** The strictest reading, for as long as a mistake in a file waits to be told by preflight. */
export function strictestPolicy(baseBranch: string, operator: OperatorLimits): Policy {
  const config = effectiveConfig({ repository: undefined, organisation: undefined, operator });
  if ('errors' in config) throw new Error('the defaults of the repository file are not valid');
  return { ...config.policy(baseBranch), merge: 'approval', approveSpec: true, push: 'after-approval' };
}

function effectiveSetting(name: string, files: readonly ConfigFile[], operator: OperatorLimits): Effective {
  const [section, budget] = name.split('.', 2);
  if (section === 'budgets') return effectiveBudget(budget as BudgetName, files, operator);
  const setting = name as keyof typeof defaultSettings;
  const said = files.flatMap((file) => {
    const value = file.settings[setting];
    return value === undefined ? [] : [{ value, from: `${file.name}:${file.lineOf(name)}` }];
  });
  if (setting === 'dry_run' && operator.dryRun) return { name, value: true, from: ['DRY_RUN'] };
  if (setting === 'required_checks' || setting === 'protected_paths') {
    const value = [...new Set(said.flatMap((each) => each.value as string[]))];
    return { name, value, from: said.length === 0 ? ['default'] : said.map(({ from }) => from) };
  }
  const last = said.at(-1);
  return last
    ? { name, value: last.value, from: [last.from] }
    : { name, value: defaultSettings[setting], from: ['default'] };
}

function effectiveBudget(
  name: BudgetName,
  files: readonly ConfigFile[],
  operator: OperatorLimits,
): Effective {
  const ours = budgetNames[name];
  const profile = profileOf(files);
  const preset: Partial<Budgets> = profiles[profile];
  const limits = [
    { value: defaultBudgets[ours], from: 'default' },
    { value: preset[ours], from: `profile ${profile}` },
    { value: operator.budgets[ours], from: operatorVariable[name] ?? 'operator' },
    ...files.map((file) => {
      const value = file.settings.budgets?.[name];
      const from = `${file.name}:${file.lineOf(`budgets.${name}`)}`;
      return { value: value === undefined ? undefined : toBudget(name, value), from };
    }),
  ].flatMap(({ value, from }) => (value === undefined ? [] : [{ value, from }]));
  const tightest = limits.reduce((best, next) => (next.value < best.value ? next : best));
  return { name: `budgets.${name}`, value: fromBudget(name, tightest.value), from: [tightest.from] };
}

/** Which environment variable an operator's limit comes from. */
const operatorVariable: Partial<Record<BudgetName, string>> = {
  usd: 'AUTO_BUILD_USD_PER_RUN',
  minutes: 'AUTO_BUILD_MINUTES_PER_RUN',
};

function profileOf(files: readonly ConfigFile[]): keyof typeof profiles {
  return files.findLast((file) => file.settings.profile)?.settings.profile ?? defaultSettings.profile;
}

function toPolicy(settings: readonly Effective[], files: readonly ConfigFile[], baseBranch: string): Policy {
  const value = <Name extends keyof RepoSettings>(name: Name) =>
    settings.find((each) => each.name === name)!.value as NonNullable<RepoSettings[Name]>;
  const budgets: Budgets = { ...defaultBudgets, ...profiles[profileOf(files)] };
  for (const [name, ours] of Object.entries(budgetNames) as [BudgetName, keyof Budgets][]) {
    const { value } = settings.find((each) => each.name === `budgets.${name}`)!;
    budgets[ours] = toBudget(name, value as number);
  }
  return {
    baseBranch,
    label: value('label'),
    merge: value('merge'),
    push: value('push'),
    approveSpec: value('approve_spec'),
    twoPersonApproval: value('two_person_approval'),
    dryRun: value('dry_run'),
    humanReviewMs: value('human_review_hours') * 60 * 60_000,
    reviewers: [...value('reviewers')],
    requiredChecks: [...value('required_checks')],
    protectedPaths: [...value('protected_paths')],
    budgets,
  };
}
