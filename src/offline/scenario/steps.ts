import { z } from 'zod';
import { phaseNames } from '../../run/facts.ts';
import { faultKinds } from '../github/faults.ts';
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
  onto: text
    .describe('branch or commit to put it on instead of the tip: a force push, if the tip is left behind')
    .optional(),
  issue,
});
/** Opens a pull request from a branch of a fork, with one commit. */
const ForkPullRequest = z.strictObject({
  by: login,
  branch: text,
  title: text.max(256),
  body: body.optional(),
  files: z
    .record(filePath, z.string().nullable())
    .refine((files) => Object.keys(files).length > 0, { error: 'needs at least one file' }),
});
const Review = z.strictObject({
  by: login,
  state: z.enum(['approve', 'request-changes', 'comment']),
  body: z.string().max(65_536).optional(),
  comments: z
    .array(z.strictObject({ path: filePath, line: z.int().min(1), body: text }))
    .describe('at lines of the new version')
    .optional(),
  issue,
});
/** What another app, such as a CI system, reports about the head of the pull request. */
const Check = z.strictObject({
  name: text,
  conclusion: z.enum(conclusions).describe('left out: it still runs').optional(),
  app: text.default('github-actions'),
  on: z
    .enum(['head', 'merge-queue'])
    .describe('the commit of the pull request (default), or the one on which a merge queue tries it')
    .optional(),
  issue,
});
const Status = z.strictObject({
  by: login,
  name: text,
  state: z.enum(['error', 'failure', 'pending', 'success']),
  issue,
});
const SetRules = z.strictObject({
  branch: text.default('main'),
  requiredChecks: z.array(text).optional(),
  approvals: z.int().min(0).max(10).optional(),
  strict: z.boolean().optional(),
  mergeQueue: z.boolean().optional(),
  signatures: z.boolean().optional(),
  mergeMethods: z.array(z.enum(['merge', 'squash', 'rebase'])).optional(),
});
const Transfer = z.strictObject({ by: login, to: text.describe('another repository of the owner'), issue });
const Rename = z.strictObject({ to: text.regex(/^[\w.-]+$/, 'a name of a repository') });
const Webhooks = z.strictObject({
  fate: z
    .enum(['fail', 'forget', 'arrive'])
    .default('fail')
    .describe('whether GitHub keeps what it could not deliver, or knows nothing of it; `arrive` ends it'),
});
const Nothing = z.strictObject({});
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
    comment: text.describe('text in a comment by the app').optional(),
    check: z.strictObject({ name: text, conclusion: z.enum(conclusions) }).optional(),
    quiet: z.literal(true).describe('every webhook has been dealt with').optional(),
    timeout: z.number().positive().max(3600).describe('seconds').default(120),
  })
  .refine(
    ({ timeout: _, issue: __, ...conditions }) =>
      Object.values(conditions).some((value) => value !== undefined),
    { error: 'needs at least one of run, outcome, pullRequest, comment, check and quiet' },
  );

const aroundPhase = `(?:before|after):(?:${phaseNames.join('|')})`;
const aroundEffect = '(?:before-intent|after-intent|after-call|after-record):[a-z]+(?:-[a-z]+)*';
/** Where the app can be killed; `#3` is the third time that it comes there (src/engine/crash-points.ts). */
const Kill = z.strictObject({
  at: z.string().regex(new RegExp(`^(?:${aroundPhase}|${aroundEffect})(?:#[1-9]\\d*)?$`), {
    error: `before:<phase> or after:<phase>, with a phase of ${phaseNames.join(', ')}; or before-intent:, after-intent:, after-call: or after-record:<kind of effect>`,
  }),
});

/** The app's next writes of one kind go wrong, one after the other. */
const Fault = z.strictObject({
  operation: text.describe(
    'GitHub’s name of the call, e.g. pulls/create; git/receive-pack for a push, git/upload-pack for a fetch',
  ),
  kinds: z.array(z.enum(faultKinds)).min(1),
});

const stepSchemas = {
  label: Label,
  'remove-label': Label,
  'new-issue': NewIssue,
  'edit-issue': EditIssue,
  'close-issue': CloseIssue,
  'reopen-issue': OnIssue,
  'delete-issue': OnIssue,
  comment: Comment,
  'edit-comment': EditComment,
  push: Push,
  'fork-pull-request': ForkPullRequest,
  'delete-branch': OnIssue,
  'merge-pull-request': OnIssue,
  'close-pull-request': OnIssue,
  review: Review,
  check: Check,
  status: Status,
  'set-rules': SetRules,
  archive: Nothing,
  unarchive: Nothing,
  'rename-repository': Rename,
  'delete-repository': Nothing,
  'drop-webhooks': Webhooks,
  'expire-tokens': Nothing,
  'transfer-issue': Transfer,
  suspend: Nothing,
  unsuspend: Nothing,
  uninstall: Nothing,
  'set-role': SetRole,
  'advance-clock': AdvanceClock,
  'wait-for': WaitFor,
  kill: Kill,
  fault: Fault,
} as const;
export const stepNames = Object.keys(stepSchemas) as (keyof typeof stepSchemas)[];

/** One thing that people or the world do, e.g. `{do: 'label', name: 'auto-build', by: 'mona', issue: 'first'}`. */
export type Step = {
  [K in keyof typeof stepSchemas]: { do: K } & Fields<z.infer<(typeof stepSchemas)[K]>>;
}[keyof typeof stepSchemas];
/** zod's type of an object without fields forbids every field, `do` included. */
type Fields<T> = string extends keyof T ? unknown : T;

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
