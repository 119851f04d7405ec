import { z } from 'zod';
import { phaseNames } from '../../run/facts.ts';
import { conclusions, filePath, login, outcomes, roleNames, runStates, text } from './words.ts';

/** What people and the world do in a scenario; docs/scenarios.md describes each step for people. */

/** Name of the issue that a scenario is about; others get theirs in `new-issue`. */
export const firstIssue = 'first';
export const issueName = z.string().regex(/^[a-z\d]+(?:-[a-z\d]+)*$/, 'kebab-case, e.g. second');
const issue = issueName.describe('default: the issue of the scenario').optional();
const body = z.string().max(65_536);

/** Puts a label on the issue. */
const Label = z.strictObject({ by: login, name: text.default('auto-build'), issue });
/** Opens another issue; `as` is what later steps and expectations call it. */
const NewIssue = z.strictObject({
  as: issueName,
  by: login,
  title: text.max(256),
  body: body.default(''),
  labels: z.array(text).default([]),
});
const EditIssue = z
  .strictObject({ by: login, title: text.max(256).optional(), body: body.optional(), issue })
  .refine((edit) => edit.title !== undefined || edit.body !== undefined, {
    error: 'needs a new title, a new body, or both',
  });
const CloseIssue = z.strictObject({
  by: login,
  reason: z.enum(['completed', 'not_planned']).default('completed'),
  issue,
});
const OnIssue = z.strictObject({ by: login, issue });
/** Writes a comment: on the issue, or in the conversation of the pull request. */
const Comment = z.strictObject({
  by: login,
  body: text,
  on: z.enum(['issue', 'pull-request']).default('issue'),
  issue,
});
/** Changes the newest comment that this person wrote. */
const EditComment = z.strictObject({ by: login, body: text });
/** Pushes one commit to a branch; `null` deletes a file. */
const Push = z.strictObject({
  by: login,
  branch: text.describe('default: the default branch; `pull-request`: its branch').optional(),
  message: text,
  files: z
    .record(filePath, z.string().nullable())
    .refine((files) => Object.keys(files).length > 0, { error: 'needs at least one file' }),
  issue,
});
const SetRole = z.strictObject({ login, role: z.enum(roleNames) });
const AdvanceClock = z
  .strictObject({
    hours: z.number().min(0).max(10_000).default(0),
    minutes: z.number().min(0).max(10_000).default(0),
  })
  .refine(({ hours, minutes }) => hours + minutes > 0, { error: 'needs hours, minutes, or both' });

/** Waits until all that it names is so at the same time. */
const WaitFor = z
  .strictObject({
    issue,
    run: z.enum(runStates).optional(),
    outcome: z.enum(outcomes).optional(),
    pullRequest: z.enum(['open', 'merged', 'closed']).optional(),
    comment: text.describe('text in any comment on the issue or the pull request').optional(),
    check: z.strictObject({ name: text, conclusion: z.enum(conclusions) }).optional(),
    quiet: z.literal(true).describe('every webhook has been dealt with').optional(),
    timeout: z.number().positive().max(3600).describe('seconds').default(120),
  })
  .refine(
    ({ timeout: _, issue: __, ...conditions }) =>
      Object.values(conditions).some((value) => value !== undefined),
    { error: 'needs at least one of run, outcome, pullRequest, comment, check and quiet' },
  );

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
  'remove-label': Label,
  'new-issue': NewIssue,
  'edit-issue': EditIssue,
  'close-issue': CloseIssue,
  'reopen-issue': OnIssue,
  comment: Comment,
  'edit-comment': EditComment,
  push: Push,
  'delete-branch': OnIssue,
  'merge-pull-request': OnIssue,
  'close-pull-request': OnIssue,
  'set-role': SetRole,
  'advance-clock': AdvanceClock,
  'wait-for': WaitFor,
  kill: Kill,
} as const;
export const stepNames = Object.keys(stepSchemas) as (keyof typeof stepSchemas)[];

/** One thing that people or the world do, e.g. `{do: 'label', name: 'auto-build', by: 'mona', issue: 'first'}`. */
export type Step = {
  [K in keyof typeof stepSchemas]: { do: K } & z.infer<(typeof stepSchemas)[K]>;
}[keyof typeof stepSchemas];

/** In YAML a step is a map with one key, its name; in the program a union told apart by `do`. */
export const StepInYaml = z.record(z.string(), z.unknown()).transform((step, context): Step => {
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
  for (const found of parsed.error.issues)
    context.addIssue({ ...found, path: [name, ...found.path] } as never);
  return z.NEVER;
});
