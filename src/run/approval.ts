import type { Fact, Said } from './facts.ts';
import { type History, isForCurrentHeads, preflightAsks } from './history.ts';

/** GitHub gives times of comments to the second. */
const secondMs = 1_000;

/**
 * What a person who wrote at that time (milliseconds since the epoch) could see: an approval or rejection is bound to
 * it and to nothing newer. What was delivered after the comment was written is not approved by it.
 */
export function shownAt(facts: readonly Fact[], at: number): Said['bound'] {
  const seen = facts.flatMap((fact) => (fact.fact === 'made' && fact.at < at + secondMs ? [fact] : []));
  const scored = seen.findLastIndex(({ kind }) => kind === 'score');
  const candidate = seen.slice(0, scored + 1).findLast(({ kind }) => kind === 'patch')?.hash;
  const head = seen.findLast(({ kind }) => kind === 'delivery')?.result.head;
  const spec = seen.findLast(({ kind }) => kind === 'spec')?.hash;
  return {
    ...(head !== undefined ? { head } : spec !== undefined && { spec }),
    ...(candidate !== undefined && { candidate }),
  };
}

/** Has something newer taken the place of what the person was looking at? */
export function isStale({ head, spec }: Said['bound'], { newest }: History): boolean {
  const delivered = newest.delivery?.result.head;
  return head === undefined
    ? spec !== undefined && (delivered !== undefined || spec !== newest.spec?.hash)
    : head !== delivered;
}

/** Is this the candidate that stands now, with its score? */
export function isScored(candidate: string | undefined, { newest, heads }: History): boolean {
  const isNow = candidate !== undefined && candidate === heads.candidate.hash;
  return isNow && newest.score !== undefined && isForCurrentHeads(newest.score, { heads });
}

/**
 * The history with an approval in it. It counts where it answers what the run asks of people, now or as soon as it comes
 * to that, and for nothing but what was shown; any other leaves the history as it is.
 */
export function approved(history: History, { who, text, bound }: Said): History {
  if (preflightAsks(history)) return text === '' ? { ...history, preflightAccepted: true } : history;
  if (isOwnApproval(history, who)) return history;
  switch (text) {
    case '':
      return bound.head === undefined ? approveSpec(history, bound) : approveHead(history, bound);
    case 'spec':
      return approveSpec(history, bound);
    case 'repo.push':
      return approvePush(history, bound);
    case 'partial':
      return acceptPartial(history, bound);
    case 'merge':
    case 'repo.merge':
      return approveHead(history, bound);
    default:
      return history;
  }
}

/** Where the repository asks for two people, who started a run cannot be the one who approves it. */
export function isOwnApproval({ policy, startedBy }: History, who: string): boolean {
  return policy.twoPersonApproval && startedBy !== null && who.toLowerCase() === startedBy.toLowerCase();
}

function approveSpec(history: History, { spec, head }: Said['bound']): History {
  const asks = history.policy.approveSpec && head === undefined;
  if (!asks || spec === undefined || spec !== history.heads.spec.hash) return history;
  return { ...history, specApproved: spec };
}

function approvePush(history: History, { candidate }: Said['bound']): History {
  const { push, dryRun } = history.policy;
  if (push === 'now' || dryRun || !isScored(candidate, history)) return history;
  return { ...history, pushApproved: candidate ?? null };
}

function acceptPartial(history: History, { head }: Said['bound']): History {
  const shown = deliveredNow(history);
  if (shown?.route !== 'needs-work' || shown.head !== head) return history;
  return { ...history, partialAccepted: shown.head };
}

function approveHead(history: History, { head }: Said['bound']): History {
  const { policy, checks, partialAccepted } = history;
  const shown = deliveredNow(history);
  if (!shown || shown.head !== head) return history;
  // It is not all done: that is accepted by saying so.
  if (shown.route === 'needs-work' && partialAccepted !== head) return history;
  const asks = shown.route === 'review' || (policy.merge === 'approval' && partialAccepted !== head);
  // An approval may be what the rules of the branch were waiting for: the merge is tried again.
  const mayHelp = checks?.head === head && checks.state !== 'green';
  return asks || mayHelp ? { ...history, headApproved: shown.head, checks: null } : history;
}

/** The pull request that people are asked about; undefined while another candidate is made, or after a foreign push. */
function deliveredNow(history: History): { head: string; route?: string } | undefined {
  const { delivery } = history.newest;
  const result = delivery && isForCurrentHeads(delivery, history) ? delivery.result : undefined;
  if (result?.head === undefined) return undefined;
  const isForeign = history.foreignCommit !== null && history.foreignCommit !== result.head;
  return isForeign ? undefined : { head: result.head, ...(result.route && { route: result.route }) };
}
