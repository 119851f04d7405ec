import { z } from 'zod';
import { phaseNames } from '../../run/facts.ts';
import { issueName, StepInYaml } from './steps.ts';
import { conclusions, filePath, login, outcomes, roleNames, routes, runStates, text } from './words.ts';

/**
 * The format of `scenario.yaml`; docs/scenarios.md describes it for people.
 * Every object is strict: a misspelt field is an error, never something left out in silence.
 */

const Repo = z.union(
  [
    z.strictObject({ folder: text.describe('a folder whose files become the first commit') }),
    z.strictObject({
      git: text.describe('a git repository (work tree or bare) or a git bundle'),
      ref: text.describe('branch, tag or commit to start from').default('HEAD'),
    }),
  ],
  {
    error:
      'either {folder: <folder of files>} or {git: <repository or bundle>, ref: <branch, tag or commit>}',
  },
);

const Person = z.strictObject({
  login,
  role: z.enum(roleNames),
});

const Issue = z
  .strictObject({
    title: text.max(256),
    body: z.string().max(65_536).optional(),
    bodyFile: text.describe('Markdown file, relative to the scenario folder').optional(),
    author: login,
    labels: z.array(text).describe('put on as it is opened, as an issue form does').optional(),
  })
  .refine((issue) => (issue.body === undefined) !== (issue.bodyFile === undefined), {
    error: 'needs exactly one of body and bodyFile',
  });

const count = z.int().min(0);
const containsLacks = { contains: z.array(text).optional(), lacks: z.array(text).optional() };
const Comments = z.strictObject({
  /** How many are by the app. */
  byApp: count.optional(),
  ...containsLacks,
});

const expectations = {
  run: z.literal('none').describe('no run was started').optional(),
  outcome: z.enum(outcomes).optional(),
  state: z.enum(runStates).optional(),
  route: z.enum(routes).optional(),
  score: z
    .strictObject({ min: z.number().min(0).max(1).default(0), max: z.number().min(0).max(1).default(1) })
    .refine((score) => score.min <= score.max, { error: 'min is above max' })
    .optional(),
  issue: z
    .strictObject({
      state: z.enum(['open', 'closed']).optional(),
      labels: z.strictObject(containsLacks).optional(),
      reactions: z.strictObject(containsLacks).optional(),
    })
    .optional(),
  pullRequest: z
    .union([
      z.literal('none'),
      z.strictObject({
        state: z.enum(['open', 'closed']).optional(),
        merged: z.boolean().optional(),
        draft: z.boolean().optional(),
        title: z.strictObject(containsLacks).optional(),
        body: z.strictObject(containsLacks).optional(),
        files: z.strictObject(containsLacks).describe('paths that the pull request changes').optional(),
        reviewers: z.strictObject(containsLacks).describe('whose review is asked for').optional(),
        comments: Comments.optional(),
      }),
    ])
    .describe("the run's pull request, or the only one there is; or “none”")
    .optional(),
  comments: Comments.describe('on the issue').optional(),
  commands: z
    .array(z.strictObject({ body: text, reactions: z.strictObject(containsLacks) }))
    .describe('comments by people, in order, that begin with this text, and how the app reacted')
    .optional(),
  checks: z.array(z.strictObject({ name: text, conclusion: z.enum(conclusions) })).optional(),
  effects: z.record(text, count).describe('how often each kind of effect was carried out').optional(),
  modelCalls: z.record(text, count).describe('model calls by role').optional(),
  attempts: z.partialRecord(z.enum(phaseNames), count).describe('attempts by phase').optional(),
};
const noRunAlone = {
  error: 'with `run: none` there is nothing to expect of a run',
};
const hasNoRun = (expected: {
  run?: 'none' | undefined;
  outcome?: unknown;
  state?: unknown;
  route?: unknown;
  score?: unknown;
}) =>
  expected.run === undefined ||
  [expected.outcome, expected.state, expected.route, expected.score].every((value) => value === undefined);

/** What must be so at the end. What is not named is not looked at. */
export const ExpectOfIssue = z.strictObject(expectations).refine(hasNoRun, noRunAlone);
export type ExpectOfIssue = z.infer<typeof ExpectOfIssue>;

export const Expect = z
  .strictObject({
    ...expectations,
    files: z
      .record(
        filePath,
        z.union([z.literal('absent'), z.strictObject({ equals: z.string().optional(), ...containsLacks })]),
      )
      .describe('files on the default branch')
      .optional(),
    branches: z.strictObject(containsLacks).optional(),
    issues: z.record(issueName, ExpectOfIssue).describe('the same for the issues of `new-issue`').optional(),
  })
  .refine(hasNoRun, noRunAlone);
export type Expect = z.infer<typeof Expect>;

export const ScenarioFile = z.strictObject({
  name: z.string().regex(/^[a-z\d]+(?:-[a-z\d]+)*$/, 'kebab-case, e.g. slugify-feature'),
  description: z.string().default(''),
  repo: Repo,
  people: z.array(Person).min(1),
  issue: Issue,
  config: z
    .string()
    .describe('text of .github/auto-build.yml, committed on top of the repository')
    .optional(),
  model: text
    .describe(
      "folder of the model's scripts that this scenario shares; a role in its own `model` folder comes first",
    )
    .optional(),
  steps: z.array(StepInYaml).min(1),
  expect: Expect,
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;
