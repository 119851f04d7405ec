import type { Hash } from './artifacts.ts';
import {
  type ArtifactKind,
  type Asked,
  type Budgets,
  type Cause,
  type Cost,
  defaultBudgets,
  type HeadName,
  type Made,
  type PhaseName,
  type Policy,
  type Rounds,
} from './facts.ts';
import { mergeRequirement, type Requirement, requirements } from './requirements.ts';

/** Why a head stands where it stands: the cause, and the evidence (or a person's words) that moved it. */
export interface Because {
  cause: Cause;
  evidence: Hash | null;
  words: string;
}

export interface Head {
  round: number;
  hash: Hash | null;
  because: Because | null;
}
export type Heads = Record<HeadName, Head>;

/** What was used up of each budget of the table in judge.ts. */
export type Spent = Record<
  'specRounds' | 'repairs' | 'scoreRepairs' | 'noCandidate' | 'voidedTests' | 'rejections' | 'baseMoves',
  number
> & { faults: Partial<Record<PhaseName, number>> };

export interface Stop {
  state: 'succeeded' | 'failed' | 'canceled';
  outcome: Outcome;
  words: string;
}
export type Outcome =
  | 'merged'
  | 'handed_over'
  | 'rejected'
  | 'infeasible'
  | 'duplicate'
  | 'closed'
  | 'canceled';

/** How the checks of a commit stood when last looked at, and how often they were looked at without being green. */
export interface ChecksSeen {
  head: string;
  state: 'pending' | 'green' | 'red';
  words: string;
  /** Named checks, and not the rules of the branch, are what it waits for. */
  required: boolean;
  at: number;
  looks: number;
}

/** Everything that decide looks at, folded from the facts. Nothing in here is stored anywhere else. */
export interface History {
  policy: Policy;
  heads: Heads;
  /** The newest artifact of each kind, whatever round it was made for. */
  newest: Partial<Record<ArtifactKind, Made>>;
  spent: Spent;
  /** How often each phase has ended, with evidence or without. */
  tries: Partial<Record<PhaseName, number>>;
  cost: Cost;
  paused: boolean;
  suspended: boolean;
  archived: boolean;
  /** How it was asked for, and when: what happened on GitHub before that is not about this run. */
  asked: Asked;
  /** Why the operator holds work up; null: nobody does. */
  held: string | null;
  /** Who started the run; null in histories from before that was recorded. */
  startedBy: string | null;
  /** Candidate that a person allowed to be pushed. */
  pushApproved: Hash | null;
  preflightAccepted: boolean;
  specApproved: Hash | null;
  /** Commit that a person approved: the only one that may be merged by approval. */
  headApproved: string | null;
  /** Commit that a person accepted although not everything is done in it. */
  partialAccepted: string | null;
  /** Commit for which people were asked again, because nobody had answered in time. */
  escalated: string | null;
  /** The money with which a phase could not be paid for any more: more than this is needed to go on. */
  usedUpUsd: number | null;
  checks: ChecksSeen | null;
  foreignCommit: string | null;
  extraUsd: number;
  stop: Stop | null;
}

/** What holds where a repository says nothing. */
export const defaultPolicy: Policy = {
  baseBranch: 'main',
  label: 'auto-build',
  merge: 'score',
  approveSpec: false,
  requiredChecks: [],
  reviewers: [],
  humanReviewMs: 4 * 60 * 60 * 1000,
  push: 'now',
  twoPersonApproval: false,
  dryRun: false,
  protectedPaths: [],
  budgets: defaultBudgets,
};

/** A history without facts. */
export function begin(): History {
  const head = (): Head => ({ round: 1, hash: null, because: null });
  return {
    policy: defaultPolicy,
    heads: { issue: head(), base: head(), spec: head(), tests: head(), candidate: head() },
    newest: {},
    spent: {
      specRounds: 1,
      repairs: 0,
      scoreRepairs: 0,
      noCandidate: 0,
      voidedTests: 0,
      rejections: 0,
      baseMoves: 0,
      faults: {},
    },
    tries: {},
    cost: { ms: 0, usd: 0 },
    paused: false,
    suspended: false,
    archived: false,
    asked: { by: 'comment', at: 0 },
    held: null,
    startedBy: null,
    pushApproved: null,
    preflightAccepted: false,
    specApproved: null,
    headApproved: null,
    partialAccepted: null,
    escalated: null,
    usedUpUsd: null,
    checks: null,
    foreignCommit: null,
    extraUsd: 0,
    stop: null,
  };
}

/** The rounds, of the heads that a requirement depends on, that evidence must carry to count now. */
export function roundsFor(requirement: Requirement, current: Heads): Rounds {
  return Object.fromEntries(requirement.on.map((name) => [name, current[name].round]));
}

/** The evidence for a requirement at the current heads, red or green; undefined while it is missing. */
export function evidenceFor(requirement: Requirement, history: History): Made | undefined {
  const made = history.newest[requirement.kind];
  return made && isCurrent(made, requirement, history.heads) ? made : undefined;
}

function isCurrent(made: { round: Rounds }, requirement: Requirement, current: Heads): boolean {
  return requirement.on.every((name) => made.round[name] === current[name].round);
}

/** Is this fact about the heads as they stand? What was made for older heads cannot move newer ones. */
export function isForCurrentHeads(
  fact: { kind: ArtifactKind; round: Rounds },
  history: Pick<History, 'heads'>,
): boolean {
  const requirement = [...requirements, mergeRequirement].find((each) => each.kind === fact.kind);
  return requirement !== undefined && isCurrent(fact, requirement, history.heads);
}

/** What the run may cost in all, with what people allowed on top. */
export function moneyOf({ policy, extraUsd }: History): number {
  return policy.budgets.usd + extraUsd;
}

/** What preflight found and leaves to people, until they have said so. */
export type PreflightQuestion = Extract<Cause, 'duplicate-suspected' | 'edited-late'>;

/** What preflight asks people, if they have not answered yet. */
export function preflightAsks({
  newest: { preflight },
  preflightAccepted,
}: History): PreflightQuestion | null {
  const result = preflight?.result;
  if (preflightAccepted || result?.pass !== false) return null;
  return result.cause === 'duplicate-suspected' || result.cause === 'edited-late' ? result.cause : null;
}

/** What is left of a budget; never negative. */
export function left(history: History, budget: Exclude<keyof Spent, 'faults'> & keyof Budgets): number {
  return Math.max(0, history.policy.budgets[budget] - history.spent[budget]);
}
