import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * The immutable results of a run. Every body is JSON, content-addressed by the sha256 of its canonical form.
 * Bodies that a model wrote pass these schemas before anything else looks at them.
 */
export type Hash = string;

const text = (max: number) => z.string().trim().min(1).max(max);
const path = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[^\\\0]+$/, 'a path inside the repository, with forward slashes');

/** The issue as it stood in the label event: what a model gets, byte for byte. */
export const FrozenIssue = z.object({
  number: z.int().positive(),
  title: z.string(),
  body: z.string(),
  author: z.string(),
  /** Who put the label on (or said `/auto-build`); checked again before the merge. */
  startedBy: z.string(),
  url: z.string(),
  /** When, in milliseconds since the epoch; not there in those of earlier versions. */
  askedAt: z.number().optional(),
  /** Hidden or invisible text that was taken out, for people to see; never shown to a model. */
  removed: z.array(z.string()),
});
export type FrozenIssue = z.infer<typeof FrozenIssue>;

/** One symbol that both sides must agree on to meet. No behaviour. */
export const InterfaceItem = z.object({
  path: path.describe('module file, relative to the repository root, e.g. src/slugify.js'),
  name: text(200).describe('exported name; "default" for a default export'),
  kind: z.enum(['function', 'class', 'constant']),
  signature: text(1000).describe('e.g. (input: string, options?: { separator?: string }) => string'),
});
export const Interface = z.object({
  items: z.array(InterfaceItem).min(1).max(50),
  /** Literals that a test may expect although the issue does not name them: error names, messages, exit codes, keys. */
  literals: z.array(text(500)).max(50).default([]),
});
export type Interface = z.infer<typeof Interface>;
export type InterfaceItem = z.infer<typeof InterfaceItem>;

export const Contract = z.object({
  id: z.string().regex(/^C[1-9]\d?$/, 'C1, C2, …'),
  kind: z.enum(['new', 'keep']).describe('new: red before, green after; keep: green before and after'),
  title: text(200),
  given: text(1000),
  when: text(1000),
  // biome-ignore lint/suspicious/noThenProperty: given/when/then are the field's words for a behaviour
  then: text(1000),
  examples: z
    .array(z.object({ input: text(2000), output: text(2000) }))
    .min(1)
    .max(20),
  edgeCases: z.array(text(500)).max(20).default([]),
});
export type Contract = z.infer<typeof Contract>;
/** Section A of the spec. */
export const Contracts = z.object({ contracts: z.array(Contract).min(1).max(30) });
export type Contracts = z.infer<typeof Contracts>;

export const PlanTask = z.object({
  id: z.string().regex(/^T[1-9]\d?$/, 'T1, T2, …'),
  title: text(200),
  paths: z.array(path).min(1).max(50),
  detail: text(4000),
});
/** Section B of the spec: how to build it; no contract text. */
export const Plan = z.object({
  summary: text(2000),
  tasks: z.array(PlanTask).min(1).max(20),
  newDependencies: z.array(text(200)).max(10).default([]),
});
export type Plan = z.infer<typeof Plan>;

/** The spec as one thing with one hash: what `/approve spec` and a review are bound to. */
export const Spec = z.object({
  interface: z.string(),
  contracts: z.string(),
  plan: z.string(),
  openQuestions: z.array(text(500)).max(5),
});
export type Spec = z.infer<typeof Spec>;

export const SpecFinding = z.object({
  about: z.enum([
    'specificity',
    'trivial-satisfaction',
    'edge-cases',
    'implementation-leakage',
    'alignment',
    'unknown-literal',
  ]),
  contract: z.string().optional(),
  problem: text(1000),
  suggestion: text(1000),
});
export const SpecReview = z.object({ approved: z.boolean(), findings: z.array(SpecFinding).max(30) });
export type SpecReview = z.infer<typeof SpecReview>;
export type SpecFinding = z.infer<typeof SpecFinding>;

/** Why a spec did not settle within its rounds, and the issue as it should have been written. */
export const PostMortem = z.object({ why: text(2000), title: text(256), body: text(20_000) });
export type PostMortem = z.infer<typeof PostMortem>;

/** One sealed test: its id is `<contract>/<n>` and its name in the file starts with that id. */
export const SealedTest = z.object({
  id: z.string().regex(/^C[1-9]\d?\/[1-9]\d?$/, '<contract>/<number>, e.g. C1/2'),
  contract: z.string(),
  visibility: z.enum(['visible', 'silent']),
});
export const SealedTests = z.object({
  file: path.describe('where the repository keeps such a test'),
  content: z.string().max(200_000),
  tests: z.array(SealedTest).min(1).max(200),
  /** `data`: the code under test runs in another process and only data crosses; `in-process`: labelled and capped. */
  mode: z.enum(['data', 'in-process']),
});
export type SealedTests = z.infer<typeof SealedTests>;
export type SealedTest = z.infer<typeof SealedTest>;

export const FileChange = z.object({
  path: z.string(),
  change: z.enum(['added', 'modified', 'deleted']),
  additions: z.int(),
  deletions: z.int(),
});
export type FileChange = z.infer<typeof FileChange>;

/** A candidate: a git tree on top of a base commit. The tree lives in the mirror, the diff is kept for people. */
export const Patch = z.object({
  base: z.string(),
  tree: z.string(),
  files: z.array(FileChange),
  diff: z.string(),
  /** What the builder says it did, for the PR; never evidence. */
  summary: z.string(),
  model: z.string(),
});
export type Patch = z.infer<typeof Patch>;

export const ReviewFinding = z.object({
  severity: z.enum(['blocker', 'major', 'minor']),
  path: z.string().optional(),
  line: z.int().positive().optional(),
  category: z.enum(['correctness', 'security', 'tests', 'design', 'performance', 'documentation']),
  problem: text(2000),
  suggestion: z.string().max(2000).default(''),
});
export const ReviewVerdict = z.object({
  approved: z.boolean(),
  summary: text(2000),
  findings: z.array(ReviewFinding).max(50),
});
export type ReviewVerdict = z.infer<typeof ReviewVerdict>;
export type ReviewFinding = z.infer<typeof ReviewFinding>;

/** What preflight found out before any model was asked. */
export const Preflight = z.object({
  /** Each with its own words; the first that is not ok stops the run. */
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), words: z.string() })),
  stack: z.string(),
  sandbox: z.string(),
  /** What a person types to install the dependencies and to run the tests; empty where there are none. */
  commands: z.object({ install: z.string(), test: z.string() }),
  /** Null: it was refused before anything could be said. */
  feasibility: z
    .object({
      /** 0 to 100; above 70 is built. */
      score: z.int(),
      factors: z.array(z.object({ name: z.string(), score: z.int(), words: z.string() })),
      reasons: z.array(z.string()),
      raise: z.array(z.string()),
    })
    .nullable()
    .default(null),
  /** What it is expected to take, and on how many runs of this repository that rests. */
  quote: z
    .object({
      usd: z.object({ low: z.number(), high: z.number() }),
      minutes: z.object({ low: z.number(), high: z.number() }),
      runs: z.int(),
    })
    .nullable()
    .default(null),
  /** What may ask for the same, most alike first. */
  similar: z
    .array(
      z.object({
        number: z.int(),
        kind: z.enum(['issue', 'pull-request']),
        state: z.enum(['open', 'closed', 'merged']),
        title: z.string(),
        similarity: z.number(),
      }),
    )
    .default([]),
  /** What people should know although it stops nothing. */
  warnings: z.array(z.string()).default([]),
});
export type Preflight = z.infer<typeof Preflight>;

/** What a builder may know of a red gate: never test source, never contract text. */
export const Symptoms = z.object({
  cause: z.string(),
  /** One observation each: error class, received and expected value, frames in the candidate's own files. */
  seen: z.array(z.string()),
  /** Failures of which only the number is told. */
  silent: z.int().min(0),
});
export type Symptoms = z.infer<typeof Symptoms>;

export const Delivery = z.object({
  route: z.enum(['merge', 'review', 'needs-work', 'reject']),
  /** Null when nothing was pushed. */
  pullRequest: z.int().nullable(),
  branch: z.string().nullable(),
  head: z.string().nullable(),
  tree: z.string(),
});
export type Delivery = z.infer<typeof Delivery>;

export const Merge = z.object({ pullRequest: z.int(), head: z.string(), commit: z.string() });
export type Merge = z.infer<typeof Merge>;

/** The canonical bytes of an artifact: keys sorted, so that the same content always has the same hash. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** sha256 (hex) of the canonical form of a body. */
export function hashOf(body: unknown): Hash {
  return createHash('sha256').update(canonicalJson(body)).digest('hex');
}
