import type { Hash } from './artifacts.ts';

/**
 * Artifact kinds. A phase reads only the kinds that it declares. `symptoms` is what a red gate lets a
 * builder know; it is made beside the evidence and never holds test source or contract text.
 */
export const artifactKinds = [
  'issue',
  'policy',
  'preflight',
  'interface',
  'contracts',
  'plan',
  'spec',
  'spec-review',
  'post-mortem',
  'tests',
  'red-proof',
  'patch',
  'symptoms',
  'acceptance',
  'suite',
  'review',
  'score',
  'delivery',
  'merge',
] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

export const phaseNames = [
  'preflight',
  'spec',
  'spec-review',
  'tests',
  'build',
  'acceptance',
  'suite',
  'review',
  'score',
  'deliver',
] as const;
export type PhaseName = (typeof phaseNames)[number];

export const headNames = ['issue', 'base', 'spec', 'tests', 'candidate'] as const;
export type HeadName = (typeof headNames)[number];

/** For which round of which heads something was made: evidence counts only while these are still the heads. */
export type Rounds = Partial<Record<HeadName, number>>;

/** What a phase cost. `usd` from the price table in src/roles; `ms` is active wall time. */
export interface Cost {
  ms: number;
  usd: number;
}

/**
 * What decide needs to know of an artifact without reading it. Programs write this, from exit codes and reports.
 * Only `pass: true` passes.
 */
export type Result = {
  /** Score in basis points, on `score`. */
  points?: number;
  /** On `score` and `delivery`. */
  route?: Route;
  /** Number of the pull request, on `delivery`. */
  pullRequest?: number;
  /** Commit that was delivered, on `delivery` and `merge`: what approvals and merges are bound to. */
  head?: string;
} & ({ pass: true } | { pass: false; cause: Cause; words: string });

export type Route = 'merge' | 'review' | 'needs-work' | 'reject';

/** Why a head is advanced or a run stops: the rows of the table in judge.ts. */
export const causes = [
  'preflight-refused',
  'edited-late',
  'duplicate-suspected',
  'blocked',
  'queued',
  'looked-again',
  'low-feasibility',
  'spec-findings',
  'open-questions',
  'questions-answered',
  'spec-rejected',
  'acceptance-red',
  'regression',
  'scan-finding',
  'review-finding',
  'score-middling',
  'no-candidate',
  'tests-voided',
  'rejected-by-person',
  'base-moved',
] as const;
export type Cause = (typeof causes)[number];

export interface Made {
  fact: 'made';
  at: number;
  phase: PhaseName;
  kind: ArtifactKind;
  round: Rounds;
  inputs: Hash[];
  hash: Hash;
  cost: Cost;
  result: Result;
}

export interface Failed {
  fact: 'failed';
  at: number;
  phase: PhaseName;
  kind: ArtifactKind;
  round: Rounds;
  inputs: Hash[];
  /** Words for people: what happened, why, what to do next. */
  why: string;
  /**
   * `fault`: the world (Docker, network, model service); `answer`: what a model returned; `input`: what a person must
   * mend; `stopped`: nobody, it was stopped on purpose and only its cost counts; `money`: what the run had left
   * does not pay for it.
   */
  blame: 'fault' | 'answer' | 'input' | 'stopped' | 'money';
  cost: Cost;
}

export type Verb = 'approve' | 'reject' | 'retry' | 'cancel' | 'pause' | 'resume' | 'answer' | 'budget';

export interface Said {
  fact: 'said';
  at: number;
  who: string;
  /** Which comment it was: a command that is heard twice counts once. */
  source?: string;
  verb: Verb;
  /** What follows the verb; `spec`, `partial` or a category of side effects for approve; the reason for reject. */
  text: string;
  /** What the person was looking at. */
  bound: { spec?: Hash; head?: string; candidate?: Hash };
}

export interface Asked {
  by: 'label' | 'comment';
  /** Milliseconds since the epoch; GitHub tells times to the second. */
  at: number;
}

export type Seen =
  | {
      what: 'start';
      issue: Hash;
      base: string;
      policy: Policy;
      /** Login of who started it. */
      by?: string;
      /** When the label was put on, or the comment written, by GitHub's clock; none in older histories. */
      asked?: Asked;
    }
  /** The operator holds all work up, in words for people, or no longer does: null. */
  | { what: 'operator'; held: string | null }
  | { what: 'tip'; base: string }
  | {
      what: 'checks';
      head: string;
      state: 'pending' | 'green' | 'red';
      words: string;
      /** It is about named checks, and not about a merge that the rules of the branch refused. */
      required?: true;
    }
  | {
      what: 'review';
      source?: string;
      head: string;
      who: string;
      state: 'approved' | 'changes-requested';
      text: string;
    }
  | { what: 'pull-request'; number: number; state: 'merged' | 'closed' | 'foreign-commit'; head: string }
  | { what: 'issue'; state: 'closed' | 'unlabeled' | 'transferred' | 'deleted' }
  | { what: 'app'; state: 'active' | 'suspended' | 'uninstalled' }
  /** Nobody, the app included, can write to an archived repository. */
  | { what: 'repository'; state: 'archived' | 'unarchived' }
  /** Something changed that preflight may have waited for. */
  | { what: 'change'; words: string }
  | { what: 'timer'; name: 'human-review'; head: string };
export type Saw = { fact: 'saw'; at: number } & Seen;

/** One line of a run's append-only history: the only truth about it. Times are milliseconds since the epoch. */
export type Fact = Made | Failed | Said | Saw;

/** What a repository and the operator allow; frozen when the run starts, so that decide depends on facts alone. */
export interface Policy {
  /** The branch that a run starts from and is merged into. */
  baseBranch: string;
  /** The label that starts a run; taking it off ends the run. */
  label: string;
  merge: 'score' | 'approval';
  approveSpec: boolean;
  /** Checks by others that must be green before a merge, besides those that the branch's rules name. */
  requiredChecks: string[];
  /** Logins whose review is asked for, and who are asked again when nobody answers in time. */
  reviewers: string[];
  /** How long people have before they are asked again. */
  humanReviewMs: number;
  /** Whether the branch is pushed as soon as the score allows it, or only after a person said so. */
  push: 'now' | 'after-approval';
  /** An approval by the person who started the run does not count. */
  twoPersonApproval: boolean;
  /** Comment and patch only: nothing is pushed. */
  dryRun: boolean;
  /** Patterns of paths that need people, besides those that always do. */
  protectedPaths: string[];
  budgets: Budgets;
}

/** Defaults; a repository may tighten them, never widen them. */
export interface Budgets {
  specRounds: number;
  repairs: number;
  scoreRepairs: number;
  strongerFromCandidate: number;
  noCandidate: number;
  voidedTests: number;
  rejections: number;
  baseMoves: number;
  /** Second attempts of a phase after a fault or an unusable answer. */
  faultRetries: number;
  activeMs: number;
  usd: number;
  /** For all runs of the repository in one day (UTC). */
  usdPerDay: number;
}
export const defaultBudgets: Budgets = {
  specRounds: 4,
  repairs: 8,
  scoreRepairs: 1,
  strongerFromCandidate: 3,
  noCandidate: 2,
  voidedTests: 1,
  rejections: 2,
  baseMoves: 3,
  faultRetries: 2,
  activeMs: 2 * 60 * 60 * 1000,
  usd: 10,
  usdPerDay: 50,
};

const nothing: Cost = { ms: 0, usd: 0 };

/** Active time and money of a run so far. Waiting costs neither. */
export function costOf(facts: readonly Fact[]): Cost {
  return facts.reduce(
    (sum, fact) => ('cost' in fact ? { ms: sum.ms + fact.cost.ms, usd: sum.usd + fact.cost.usd } : sum),
    nothing,
  );
}
