import { z } from 'zod';
import { type Budgets, defaultBudgets } from '../run/facts.ts';

/** What `.github/auto-build.yml` may say, one entry per setting: editors, documentation and errors come from here. */

export const repoConfigFile = '.github/auto-build.yml';

/** Budgets that a repository may lower; what the file calls them, and what the facts do. */
export const budgetNames = {
  usd: 'usd',
  usd_per_day: 'usdPerDay',
  minutes: 'activeMs',
  spec_rounds: 'specRounds',
  repairs: 'repairs',
  rejections: 'rejections',
  base_moves: 'baseMoves',
} as const satisfies Record<string, keyof Budgets>;
export type BudgetName = keyof typeof budgetNames;

const msPerMinute = 60_000;
/** A number of the file in the unit of the facts, and back. */
export const toBudget = (name: BudgetName, value: number): number =>
  name === 'minutes' ? value * msPerMinute : value;
export const fromBudget = (name: BudgetName, value: number): number =>
  name === 'minutes' ? value / msPerMinute : value;

/** How deep a run goes, as limits that are lower than the defaults; the code path is one and the same. */
export const profiles = {
  quick: { usd: 3, activeMs: 30 * msPerMinute, specRounds: 2, repairs: 3 },
  standard: {},
  thorough: { strongerFromCandidate: 1 },
} as const satisfies Record<string, Partial<Budgets>>;

/** What holds where neither the repository nor its organisation says anything. */
export const defaultSettings = {
  label: 'auto-build',
  profile: 'standard',
  push: 'now',
  merge: 'score',
  approve_spec: false,
  two_person_approval: false,
  dry_run: false,
  human_review_hours: 4,
  reviewers: [] as string[],
  required_checks: [] as string[],
  protected_paths: [] as string[],
} as const;

const yesOrNo = () => z.boolean('true or false');
const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(
    values,
    values.length === 2 ? values.join(' or ') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`,
  );
const list = (what: string, item: z.ZodString, max = 100) =>
  z.array(item, `a list, each item ${what}`).max(max, `at most ${max} items`);
const named = (what: string, max = 200) => z.string(what).trim().min(1, what).max(max, what);
const atMost = (max: number) => {
  const range = `a whole number from 0 to ${max} (budgets can be lowered only)`;
  return z.int(range).min(0, range).max(max, range);
};
const dollars = (max: number) => {
  const range = `a number above 0 and up to ${max} (budgets can be lowered only)`;
  return z.number(range).gt(0, range).max(max, range);
};
const minutes = () => {
  const max = defaultBudgets.activeMs / msPerMinute;
  const range = `a whole number from 1 to ${max} (budgets can be lowered only)`;
  return z.int(range).min(1, range).max(max, range);
};
const hours = 'a number of hours from 0.25 to 720';
const reviewer = 'the login of a person, or organisation/team, without @';

/** Limits of one run: all of them can be lowered, none can be raised. */
const BudgetSettings = z.strictObject(
  {
    usd: dollars(defaultBudgets.usd)
      .optional()
      .meta({ description: 'US dollars at the model service, for one run.', default: defaultBudgets.usd }),
    usd_per_day: dollars(defaultBudgets.usdPerDay).optional().meta({
      description: 'US dollars at the model service, for all runs of the repository in one day (UTC).',
      default: defaultBudgets.usdPerDay,
    }),
    minutes: minutes()
      .optional()
      .meta({
        description: 'Minutes of active work for one run; waiting does not count.',
        default: defaultBudgets.activeMs / msPerMinute,
      }),
    spec_rounds: atMost(defaultBudgets.specRounds).optional().meta({
      description: 'How often the spec is written before people are asked for a better issue.',
      default: defaultBudgets.specRounds,
    }),
    repairs: atMost(defaultBudgets.repairs).optional().meta({
      description: 'How often a candidate is repaired before what exists is handed over.',
      default: defaultBudgets.repairs,
    }),
    rejections: atMost(defaultBudgets.rejections).optional().meta({
      description: 'How often people may say no before the work is theirs.',
      default: defaultBudgets.rejections,
    }),
    base_moves: atMost(defaultBudgets.baseMoves).optional().meta({
      description: 'How often the work is replayed because the base branch moved.',
      default: defaultBudgets.baseMoves,
    }),
  },
  'budgets by name, e.g. usd: 5',
);

export const RepoSettings = z.strictObject({
  label: named('a label name', 50)
    .optional()
    .meta({ description: 'The label that starts a run.', default: defaultSettings.label }),
  profile: oneOf('quick', 'standard', 'thorough').optional().meta({
    description:
      'How deep a run goes: quick lowers budgets (3 dollars, 30 minutes, 2 spec rounds, 3 repairs); thorough builds with the stronger model from the first candidate on.',
    default: defaultSettings.profile,
  }),
  push: oneOf('now', 'after-approval').optional().meta({
    description:
      'Whether the branch is pushed as soon as the score allows it, or only after `/approve repo.push`.',
    default: defaultSettings.push,
  }),
  merge: oneOf('score', 'approval').optional().meta({
    description:
      'Whether a score of .90 and more merges, or every merge waits for `/approve` (or an approving review).',
    default: defaultSettings.merge,
  }),
  approve_spec: yesOrNo().optional().meta({
    description: 'Wait for `/approve spec` before tests and code are written.',
    default: defaultSettings.approve_spec,
  }),
  two_person_approval: yesOrNo().optional().meta({
    description: 'An approval counts only from somebody else than the person who started the run.',
    default: defaultSettings.two_person_approval,
  }),
  dry_run: yesOrNo().optional().meta({
    description: 'Comment and patch only: nothing is pushed, no pull request is opened.',
    default: defaultSettings.dry_run,
  }),
  human_review_hours: z.number(hours).min(0.25, hours).max(720, hours).optional().meta({
    description: 'Hours that a pull request waits for a review before more people are asked.',
    default: defaultSettings.human_review_hours,
  }),
  reviewers: list(
    reviewer,
    z.string(reviewer).regex(/^[a-z\d](?:-?[a-z\d]){0,38}(?:\/[\w-]{1,100})?$/i, reviewer),
    20,
  )
    .optional()
    .meta({
      description:
        'People, as login, and teams, as organisation/team, whose review is requested when a pull request is delivered for review or waits for an approval, and again when none was given in time. Whom GitHub refuses (people without access; teams, unless the app may read members) is mentioned in a comment instead. Code owners are asked by GitHub itself.',
      default: [],
      examples: [['octocat', 'acme/platform']],
    }),
  required_checks: list(
    'the name of a check, as GitHub shows it',
    named('the name of a check, as GitHub shows it'),
  )
    .optional()
    .meta({
      description: 'Checks that must be green before a merge, besides those of the branch’s rules.',
      default: [],
      examples: [['ci / test']],
    }),
  protected_paths: list('a path pattern, e.g. infra/**', named('a path pattern, e.g. infra/**'))
    .optional()
    .meta({
      description: 'Paths of which a touch always needs people, besides those that always do.',
      default: [],
      examples: [['infra/**', '*.tf']],
    }),
  budgets: BudgetSettings.optional().meta({
    description: 'Limits; they can be lowered only, and the tightest of all that are set wins.',
    default: {},
  }),
  $schema: z
    .string('an address')
    .max(500, 'at most 500 characters')
    .optional()
    .meta({ description: 'Address of this schema, for editors; it changes nothing.' }),
});
export type RepoSettings = z.infer<typeof RepoSettings>;

/** Names of all settings that mean something, in the order in which they are shown; budgets as `budgets.<name>`. */
export const settingNames: readonly string[] = Object.keys(RepoSettings.shape)
  .filter((name) => name !== '$schema' && name !== 'budgets')
  .concat(Object.keys(BudgetSettings.shape).map((name) => `budgets.${name}`));

export const knownKeys = {
  top: Object.keys(RepoSettings.shape).filter((name) => name !== '$schema'),
  budgets: Object.keys(BudgetSettings.shape),
};

/** The schema of one setting, by its dotted name. */
export function settingSchema(name: string): z.ZodType {
  const [first, second] = name.split('.', 2);
  const shape: Record<string, z.ZodType> = second === undefined ? RepoSettings.shape : BudgetSettings.shape;
  const schema = shape[second ?? first ?? ''];
  if (!schema) throw new Error(`there is no setting ${name}`);
  return schema;
}
