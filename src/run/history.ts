import type { Hash } from './artifacts.ts';
import {
  type ArtifactKind,
  type Asked,
  type Budgets,
  type Cause,
  type Cost,
  defaultBudgets,
  type Fact,
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
export function isForCurrentHeads(fact: { kind: ArtifactKind; round: Rounds }, history: History): boolean {
  const requirement = [...requirements, mergeRequirement].find((each) => each.kind === fact.kind);
  return requirement !== undefined && isCurrent(fact, requirement, history.heads);
}

const headOf: Partial<Record<ArtifactKind, HeadName>> = { spec: 'spec', tests: 'tests', patch: 'candidate' };

/** What a fact adds to the history by itself, before judge says what follows from it. */
export function note(history: History, fact: Fact): History {
  switch (fact.fact) {
    case 'made': {
      const foreignCommit = fact.kind === 'delivery' ? null : history.foreignCommit;
      const ends = requirements.some((each) => each.kind === fact.kind);
      const tries = ends ? tried(history, fact.phase) : history.tries;
      const next = { ...history, foreignCommit, tries, newest: { ...history.newest, [fact.kind]: fact } };
      const head = headOf[fact.kind];
      if (!head || fact.round[head] !== history.heads[head].round) return next;
      return { ...next, heads: { ...history.heads, [head]: { ...history.heads[head], hash: fact.hash } } };
    }
    case 'failed': {
      if (fact.blame === 'stopped') return history;
      if (fact.blame === 'money') return { ...history, usedUpUsd: moneyOf(history) };
      const tries = tried(history, fact.phase);
      if (fact.blame !== 'fault') return { ...history, tries };
      const faults = { ...history.spent.faults, [fact.phase]: (history.spent.faults[fact.phase] ?? 0) + 1 };
      return { ...history, tries, spent: { ...history.spent, faults } };
    }
    case 'said':
      return noteSaid(history, fact);
    case 'saw':
      return noteSaw(history, fact);
  }
}

/** What the run may cost in all, with what people allowed on top. */
export function moneyOf({ policy, extraUsd }: History): number {
  return policy.budgets.usd + extraUsd;
}

function tried(history: History, phase: PhaseName): History['tries'] {
  return { ...history.tries, [phase]: (history.tries[phase] ?? 0) + 1 };
}

function noteSaid(history: History, fact: Extract<Fact, { fact: 'said' }>): History {
  switch (fact.verb) {
    case 'pause':
      return { ...history, paused: true };
    case 'resume':
      return { ...history, paused: false };
    case 'budget': {
      const more = Number(fact.text.replace(/^\+/, ''));
      return Number.isFinite(more) && more > 0 ? { ...history, extraUsd: history.extraUsd + more } : history;
    }
    case 'approve': {
      if (preflightAsks(history)) return { ...history, preflightAccepted: true };
      if (isOwnApproval(history, fact.who)) return history;
      if (fact.text === 'repo.push') return { ...history, pushApproved: history.heads.candidate.hash };
      if (fact.bound.head && fact.text === 'partial') return { ...history, partialAccepted: fact.bound.head };
      // An approval may be what the rules of the branch were waiting for: the merge is tried again.
      if (fact.bound.head) return { ...history, headApproved: fact.bound.head, checks: null };
      if (fact.bound.spec) return { ...history, specApproved: fact.bound.spec };
      return history;
    }
    default:
      return history;
  }
}

function noteSaw(history: History, fact: Extract<Fact, { fact: 'saw' }>): History {
  switch (fact.what) {
    case 'start':
      return {
        ...history,
        policy: fact.policy,
        startedBy: fact.by ?? null,
        asked: fact.asked ?? history.asked,
        heads: {
          ...history.heads,
          issue: { ...history.heads.issue, hash: fact.issue },
          base: { ...history.heads.base, hash: fact.base },
        },
      };
    case 'checks':
      return {
        ...history,
        checks: {
          head: fact.head,
          state: fact.state,
          words: fact.words,
          required: fact.required ?? false,
          at: fact.at,
          looks: history.checks?.head === fact.head ? history.checks.looks + 1 : 1,
        },
      };
    case 'review':
      if (fact.state !== 'approved' || isOwnApproval(history, fact.who)) return history;
      return { ...history, headApproved: fact.head, checks: null };
    case 'pull-request':
      return fact.state === 'foreign-commit' ? { ...history, foreignCommit: fact.head } : history;
    case 'app':
      return { ...history, suspended: fact.state === 'suspended' };
    case 'repository':
      return { ...history, archived: fact.state === 'archived' };
    case 'operator':
      return { ...history, held: fact.held };
    case 'timer':
      return { ...history, escalated: fact.head };
    default:
      return history;
  }
}

/** Where the repository asks for two people, who started a run cannot be the one who approves it. */
function isOwnApproval({ policy, startedBy }: History, who: string): boolean {
  return policy.twoPersonApproval && startedBy !== null && who.toLowerCase() === startedBy.toLowerCase();
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
