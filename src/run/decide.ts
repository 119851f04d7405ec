import type { ArtifactKind, Fact, PhaseName, Result, Rounds } from './facts.ts';
import { readHistory } from './heads.ts';
import {
  type Because,
  evidenceFor,
  type History,
  moneyOf,
  preflightAsks,
  roundsFor,
  type Stop,
} from './history.ts';
import { mergeRequirement, type Requirement, requirements } from './requirements.ts';

export type WaitReason =
  | 'paused'
  | 'operator'
  | 'suspended'
  | 'archived'
  | 'edited'
  | 'duplicate'
  | 'blocked'
  | 'queue'
  | 'questions'
  | 'spec-approval'
  | 'push-approval'
  | 'budget'
  | 'human-review'
  | 'merge-approval'
  | 'partial'
  | 'foreign-commit'
  | 'checks';

/** The one next thing to do for a run. */
export type Decision =
  | {
      do: 'make';
      phase: PhaseName;
      kind: ArtifactKind;
      round: Rounds;
      /** How often the phase was at it, this time included. */
      attempt: number;
      /** The stronger model builds from the third candidate on, and after a middling score. */
      tier: 'standard' | 'strong';
      /** Why there is another attempt: the evidence that the phase has to answer. */
      because: Because | null;
    }
  | { do: 'wait'; state: 'waiting_approval' | 'waiting_external'; reason: WaitReason; words: string }
  | ({ do: 'stop' } & Stop);

/** decide(facts) = stop ?? wait ?? the first evidence missing for the heads ?? judge (which already moved the heads). */
export function decide(facts: readonly Fact[]): Decision {
  return decideFrom(readHistory(facts));
}

export function decideFrom(history: History): Decision {
  if (history.stop) return { do: 'stop', ...history.stop };
  if (history.suspended)
    return wait('waiting_external', 'suspended', 'The app is suspended on this repository.');
  if (history.archived)
    return wait('waiting_external', 'archived', 'The repository is archived: nothing can be written to it.');
  if (history.held !== null) return wait('waiting_external', 'operator', history.held);
  if (history.paused) return wait('waiting_approval', 'paused', 'Paused; `/resume` goes on.');
  for (const requirement of requirements) {
    const evidence = evidenceFor(requirement, history);
    if (!evidence) return make(requirement, history);
    const held = heldBy(requirement, history);
    if (held) return held;
  }
  return release(history);
}

function wait(state: 'waiting_approval' | 'waiting_external', reason: WaitReason, words: string): Decision {
  return { do: 'wait', state, reason, words };
}

function make(requirement: Requirement, history: History): Decision {
  const { budgets } = history.policy;
  if (requirement.phase !== 'deliver') {
    if (history.cost.ms >= budgets.activeMs) {
      const words = `The run used its ${Math.round(budgets.activeMs / 60_000)} minutes of active work.`;
      return { do: 'stop', state: 'failed', outcome: 'handed_over', words };
    }
    const cap = moneyOf(history);
    if (history.cost.usd >= cap || (history.usedUpUsd ?? 0) >= cap) {
      const words = `The run spent its $${cap.toFixed(2)}; \`/budget +N\` allows N dollars more.`;
      return wait('waiting_approval', 'budget', words);
    }
  }
  const { spec, tests, candidate } = history.heads;
  const head =
    requirement.phase === 'spec' || requirement.phase === 'spec-review'
      ? spec
      : requirement.phase === 'tests'
        ? tests
        : candidate;
  const strong =
    candidate.round >= budgets.strongerFromCandidate || candidate.because?.cause === 'score-middling';
  return {
    do: 'make',
    phase: requirement.phase,
    kind: requirement.kind,
    round: roundsFor(requirement, history.heads),
    attempt: (history.tries[requirement.phase] ?? 0) + 1,
    tier: strong ? 'strong' : 'standard',
    because: head.because,
  };
}

/** Evidence that is there but asks for a person before the run goes on. */
function heldBy(requirement: Requirement, history: History): Decision | null {
  const evidence = evidenceFor(requirement, history);
  if (!evidence) return null;
  const { result } = evidence;
  const asked = requirement.kind === 'preflight' && !result.pass ? preflightAsks(history) : null;
  if (asked !== null && !result.pass) {
    const reason = asked === 'edited-late' ? 'edited' : 'duplicate';
    return wait('waiting_approval', reason, result.words);
  }
  if (!result.pass && result.cause === 'blocked') return wait('waiting_external', 'blocked', result.words);
  if (!result.pass && result.cause === 'queued') return wait('waiting_external', 'queue', result.words);
  if (!result.pass && result.cause === 'open-questions') {
    return wait('waiting_approval', 'questions', result.words);
  }
  if (
    requirement.kind === 'spec-review' &&
    history.policy.approveSpec &&
    history.specApproved !== history.heads.spec.hash
  ) {
    return wait('waiting_approval', 'spec-approval', 'The spec waits for `/approve spec`.');
  }
  if (requirement.kind === 'score' && mayNotPushYet(history, result)) {
    return wait('waiting_approval', 'push-approval', 'Nothing is pushed before `/approve repo.push`.');
  }
  return null;
}

function mayNotPushYet({ policy, pushApproved, heads }: History, { route }: Result): boolean {
  if (policy.push === 'now' || policy.dryRun || route === 'reject') return false;
  return pushApproved === null || pushApproved !== heads.candidate.hash;
}

/** The pull request is open: may it be merged, and if not, for whom does it wait? */
function release(history: History): Decision {
  const delivery = history.newest.delivery;
  const head = delivery?.result.head;
  if (delivery?.result.pass && head === undefined && history.policy.dryRun) {
    const words =
      'This was a dry run: the patch is in a comment, nothing was pushed. Once `dry_run` is off, `/retry` delivers.';
    return { do: 'stop', state: 'failed', outcome: 'handed_over', words };
  }
  if (!delivery?.result.pass || head === undefined) {
    return { do: 'stop', state: 'failed', outcome: 'handed_over', words: 'Nothing could be delivered.' };
  }
  if (history.foreignCommit !== null && history.foreignCommit !== head) {
    const words = 'Somebody pushed to the branch: the score no longer speaks for what would be merged.';
    return wait('waiting_approval', 'foreign-commit', words);
  }
  const approved = history.headApproved === head;
  if (delivery.result.route === 'needs-work' && history.partialAccepted !== head) {
    const words = 'The draft pull request says what is done and what is not; people decide.';
    return wait('waiting_approval', 'partial', words);
  }
  if (delivery.result.route === 'review' && !approved) {
    return wait('waiting_approval', 'human-review', 'The pull request waits for a review by people.');
  }
  if (history.policy.merge === 'approval' && !approved && history.partialAccepted !== head) {
    return wait('waiting_approval', 'merge-approval', 'This repository merges only after `/approve`.');
  }
  const checks = history.checks?.head === head ? history.checks : null;
  if (checks && checks.state !== 'green') return wait('waiting_external', 'checks', checks.words);
  return make(mergeRequirement, history);
}

/** For these people have a clock: when nobody answers in time, they are asked again. */
const reviewWaits: readonly WaitReason[] = ['human-review', 'merge-approval', 'partial'];
const firstLookMs = 60_000;
const longestLookMs = 30 * 60_000;

/** What is to be done at a time although no event tells of it. `head`: the commit that it is about. */
export interface Timer {
  /** Milliseconds since the epoch. */
  at: number;
  /** `human-review`: people are asked again. `checks`: those that a merge waits for are looked at again. */
  name: 'human-review' | 'checks';
  head: string;
}

/**
 * The timer of a run that waits; null where nothing is waited for, or people were asked again already. Checks are looked
 * at after a minute, then at twice the distance each time, up to half an hour: events are hints, and some get lost.
 */
export function nextTimer(history: History): Timer | null {
  const decision = decideFrom(history);
  if (decision.do !== 'wait') return null;
  const { checks, newest, escalated, policy } = history;
  if (decision.reason === 'checks' && checks) {
    const distance = Math.min(longestLookMs, firstLookMs * 2 ** (checks.looks - 1));
    return { at: checks.at + distance, name: 'checks', head: checks.head };
  }
  const head = newest.delivery?.result.head;
  if (!newest.delivery || head === undefined || escalated === head || !reviewWaits.includes(decision.reason))
    return null;
  return { at: newest.delivery.at + policy.humanReviewMs, name: 'human-review', head };
}
