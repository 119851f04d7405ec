import { z } from 'zod';
import { phaseNames } from '../../run/facts.ts';

/**
 * The format of `scenario.yaml`; docs/scenarios.md describes it for people.
 * Every object is strict: a misspelt field is an error, never something left out in silence.
 */

const text = z.string().min(1);
const login = z
  .string()
  .regex(
    /^[a-z\d](?:-?[a-z\d]){0,38}$/i,
    'a GitHub login: letters, digits and single hyphens, 39 characters',
  );
const filePath = z
  .string()
  .regex(
    /^(?!\/)(?!.*(?:^|\/)(?:\.\.?|\.git)(?:\/|$))[^\\\0]+$/,
    'a path inside the repository, with forward slashes',
  );
const seconds = z.number().positive().max(3600);

export const roleNames = ['admin', 'maintain', 'write', 'triage', 'read'] as const;
export const runStates = [
  'created',
  'running',
  'waiting_approval',
  'waiting_external',
  'succeeded',
  'failed',
  'canceled',
] as const;
export const outcomes = [
  'merged',
  'handed_over',
  'rejected',
  'infeasible',
  'duplicate',
  'closed',
  'canceled',
] as const;
export const routes = ['merge', 'review', 'needs-work', 'reject'] as const;
const conclusions = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
] as const;

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
  })
  .refine((issue) => (issue.body === undefined) !== (issue.bodyFile === undefined), {
    error: 'needs exactly one of body and bodyFile',
  });

/** Puts a label on the issue. */
const Label = z.strictObject({ name: text.default('auto-build'), by: login });
/** Writes a comment: on the issue, or in the conversation of the pull request. */
const Comment = z.strictObject({
  body: text,
  by: login,
  on: z.enum(['issue', 'pull-request']).default('issue'),
});
const EditIssue = z
  .strictObject({ by: login, title: text.max(256).optional(), body: z.string().max(65_536).optional() })
  .refine((edit) => edit.title !== undefined || edit.body !== undefined, {
    error: 'needs a new title, a new body, or both',
  });
/** Pushes one commit to a branch; `null` deletes a file. */
const Push = z.strictObject({
  by: login,
  branch: text.describe('default: the default branch').optional(),
  message: text,
  files: z
    .record(filePath, z.string().nullable())
    .refine((files) => Object.keys(files).length > 0, { error: 'needs at least one file' }),
});
/** Waits until all that it names is so at the same time. */
const WaitFor = z
  .strictObject({
    run: z.enum(runStates).optional(),
    outcome: z.enum(outcomes).optional(),
    pullRequest: z.enum(['open', 'merged', 'closed']).optional(),
    comment: text.describe('text in any comment on the issue or the pull request').optional(),
    check: z.strictObject({ name: text, conclusion: z.enum(conclusions) }).optional(),
    timeout: seconds.describe('seconds').default(120),
  })
  .refine(({ timeout: _, ...conditions }) => Object.values(conditions).some((value) => value !== undefined), {
    error: 'needs at least one of run, outcome, pullRequest, comment and check',
  });

const kinds = ['before', 'after'] as const;
export const crashPoints = phaseNames.flatMap((phase) => kinds.map((kind) => `${kind}:${phase}` as const));
/** Where the app can be killed: before a phase begins, or after its facts were stored. */
export type CrashPoint = (typeof crashPoints)[number];
const Kill = z.strictObject({
  at: z.enum(crashPoints, {
    error: `before:<phase> or after:<phase>, with a phase of ${phaseNames.join(', ')}`,
  }),
});

const stepSchemas = {
  label: Label,
  comment: Comment,
  'edit-issue': EditIssue,
  push: Push,
  'wait-for': WaitFor,
  kill: Kill,
} as const;
export const stepNames = Object.keys(stepSchemas) as (keyof typeof stepSchemas)[];

/** One thing that people or the world do, e.g. `{do: 'label', name: 'auto-build', by: 'mona'}`. */
export type Step = {
  [K in keyof typeof stepSchemas]: { do: K } & z.infer<(typeof stepSchemas)[K]>;
}[keyof typeof stepSchemas];

/** In YAML a step is a map with one key, its name; in the program a union told apart by `do`. */
const StepInYaml = z.record(z.string(), z.unknown()).transform((step, context): Step => {
  const [name, ...more] = Object.keys(step);
  if (name === undefined || more.length > 0) {
    context.addIssue({
      code: 'custom',
      message: `a step has exactly one key, its name: one of ${stepNames.join(', ')}`,
    });
    return z.NEVER;
  }
  if (!(name in stepSchemas)) {
    context.addIssue({
      code: 'custom',
      path: [name],
      message: `there is no step “${name}”; steps are ${stepNames.join(', ')}`,
    });
    return z.NEVER;
  }
  const parsed = stepSchemas[name as keyof typeof stepSchemas].safeParse(step[name] ?? {});
  if (parsed.success) return { do: name, ...parsed.data } as Step;
  for (const issue of parsed.error.issues)
    context.addIssue({ ...issue, path: [name, ...issue.path] } as never);
  return z.NEVER;
});

const count = z.int().min(0);
const containsLacks = { contains: z.array(text).optional(), lacks: z.array(text).optional() };

/** What must be so at the end. What is not named is not looked at. */
export const Expect = z.strictObject({
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
      reactions: z.strictObject({ contains: z.array(text) }).optional(),
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
      }),
    ])
    .describe('the only pull request there is; a second one is a failure; or "none"')
    .optional(),
  comments: z
    .strictObject({
      /** Comments on the issue by the app. */
      byApp: count.optional(),
      ...containsLacks,
    })
    .optional(),
  checks: z.array(z.strictObject({ name: text, conclusion: z.enum(conclusions) })).optional(),
  files: z
    .record(
      filePath,
      z.union([z.literal('absent'), z.strictObject({ equals: z.string().optional(), ...containsLacks })]),
    )
    .describe('files on the default branch')
    .optional(),
  effects: z.record(text, count).describe('how often each kind of effect was carried out').optional(),
  modelCalls: z.record(text, count).describe('model calls by role').optional(),
  attempts: z.partialRecord(z.enum(phaseNames), count).describe('attempts by phase').optional(),
});
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
  steps: z.array(StepInYaml).min(1),
  expect: Expect,
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;
