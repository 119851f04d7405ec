import { isScored, isStale } from './approval.ts';
import type { Cause, Fact, HeadName, Made, Said } from './facts.ts';
import {
  type Because,
  type History,
  isForCurrentHeads,
  left,
  preflightAsks,
  type Spent,
  type Stop,
} from './history.ts';

/** What one fact does to the heads: nothing, one head moves on, or the run stops. */
export type Move =
  | { move: 'none' }
  | {
      move: 'advance';
      head: HeadName;
      because: Because;
      /** The budgets that this advance uses one of. */
      spends: Exclude<keyof Spent, 'faults'>[];
      hash?: string;
    }
  | { move: 'stop'; stop: Stop };

const none: Move = { move: 'none' };
const stop = (state: Stop['state'], outcome: Stop['outcome'], words: string): Move => ({
  move: 'stop',
  stop: { state, outcome, words },
});

/**
 * The table of causes and budgets (docs/architecture.md, Decide), and the only place that loops a run. A red fact with budget left
 * advances its head at once: evidence that would be thrown away is not paid for. Without budget left nothing moves:
 * decide gathers what is still missing, and what exists is scored and handed to people.
 */
export function judge(history: History, fact: Fact): Move {
  switch (fact.fact) {
    case 'made':
      return isForCurrentHeads(fact, history) ? judgeMade(history, fact) : none;
    case 'failed':
      return isForCurrentHeads(fact, history) ? judgeFailed(history, fact) : none;
    case 'said':
      return judgeSaid(history, fact);
    case 'saw':
      return judgeSaw(history, fact);
  }
}

/** The run is kept: a person, or the world, may still say that it can go on. */
const waitsInPreflight: readonly Cause[] = ['edited-late', 'duplicate-suspected', 'blocked', 'queued'];

function judgeMade(history: History, made: Made): Move {
  const { result } = made;
  if (result.pass) return judgeGreen(history, made);
  const because: Because = { cause: result.cause, evidence: made.hash, words: result.words };
  switch (made.kind) {
    case 'preflight':
      if (waitsInPreflight.includes(result.cause)) return none;
      return stop('failed', result.cause === 'low-feasibility' ? 'infeasible' : 'handed_over', result.words);
    case 'spec':
      return result.cause === 'open-questions' ? none : stop('failed', 'handed_over', result.words);
    case 'spec-review':
      return left(history, 'specRounds') > 0
        ? { move: 'advance', head: 'spec', because, spends: ['specRounds'] }
        : stop(
            'failed',
            'handed_over',
            `The spec did not settle within its rounds. What the last review found: ${result.words}`,
          );
    case 'acceptance':
    case 'suite':
    case 'review':
      // Tests that prove nothing are mended once; the candidate is not to blame.
      if (result.cause === 'tests-voided') {
        return left(history, 'voidedTests') > 0
          ? { move: 'advance', head: 'tests', because, spends: ['voidedTests'] }
          : none;
      }
      return left(history, 'repairs') > 0
        ? { move: 'advance', head: 'candidate', because, spends: ['repairs'] }
        : none;
    default:
      return stop('failed', 'handed_over', result.words);
  }
}

function judgeGreen(history: History, made: Made): Move {
  switch (made.kind) {
    case 'merge':
      return stop('succeeded', 'merged', 'Merged.');
    case 'delivery':
      return judgeRoute(made);
    case 'score':
      return judgeScore(history, made);
    default:
      return none;
  }
}

function judgeScore(history: History, made: Made): Move {
  if (made.result.route !== 'needs-work') return none;
  if (left(history, 'scoreRepairs') === 0 || left(history, 'repairs') === 0) return none;
  const because: Because = {
    cause: 'score-middling',
    evidence: made.hash,
    words: `The score is ${((made.result.points ?? 0) / 10_000).toFixed(2)}: one more candidate from the stronger model.`,
  };
  // It is one of the repairs in all, and at most one of them may have the score as its reason.
  return { move: 'advance', head: 'candidate', because, spends: ['scoreRepairs', 'repairs'] };
}

function judgeRoute(made: Made): Move {
  switch (made.result.route) {
    case 'reject':
      return stop('failed', 'rejected', 'The evidence is too weak: nothing was pushed.');
    default:
      return none;
  }
}

function judgeFailed(history: History, fact: Extract<Fact, { fact: 'failed' }>): Move {
  if (fact.blame === 'stopped' || fact.blame === 'money') return none;
  if (fact.blame === 'fault') {
    const faults = history.spent.faults[fact.phase] ?? 0;
    return faults > history.policy.budgets.faultRetries ? stop('failed', 'handed_over', fact.why) : none;
  }
  if (fact.kind === 'patch' && fact.blame === 'answer' && left(history, 'noCandidate') > 0) {
    const because: Because = { cause: 'no-candidate', evidence: null, words: fact.why };
    return { move: 'advance', head: 'candidate', because, spends: ['noCandidate'] };
  }
  return stop('failed', 'handed_over', fact.why);
}

function judgeSaid(history: History, fact: Extract<Fact, { fact: 'said' }>): Move {
  switch (fact.verb) {
    case 'cancel':
      return stop('canceled', 'canceled', `Canceled by @${fact.who}.`);
    case 'answer':
      return isAsking(history) ? advanceSpec(history, 'questions-answered', fact.text) : none;
    case 'reject':
      return judgeReject(history, fact);
    default:
      return none;
  }
}

function judgeReject(history: History, by: Pick<Said, 'who' | 'text' | 'bound'>): Move {
  const { spec, patch } = history.newest;
  const asked = preflightAsks(history);
  if (asked === 'duplicate-suspected') {
    return stop('canceled', 'duplicate', `@${by.who} confirmed that this is a duplicate.`);
  }
  if (asked === 'edited-late') {
    return stop('canceled', 'canceled', `@${by.who} does not want what the issue was changed to.`);
  }
  if (isStale(by.bound, history)) return none;
  const isOfSpec = by.bound.spec !== undefined && !isScored(by.bound.candidate, history);
  if (spec && (isOfSpec || !patch)) return advanceSpec(history, 'spec-rejected', by.text);
  if (!patch) return none;
  if (left(history, 'rejections') === 0) {
    return stop(
      'failed',
      'handed_over',
      `Rejected by @${by.who} again: people take over. Reason: ${by.text}`,
    );
  }
  const because: Because = { cause: 'rejected-by-person', evidence: null, words: by.text };
  return { move: 'advance', head: 'candidate', because, spends: ['rejections'] };
}

function advanceSpec(history: History, cause: 'spec-rejected' | 'questions-answered', words: string): Move {
  if (!history.newest.spec) return none;
  if (left(history, 'specRounds') === 0) {
    return stop('failed', 'handed_over', 'The spec did not settle within its rounds.');
  }
  return {
    move: 'advance',
    head: 'spec',
    because: { cause, evidence: history.heads.spec.hash, words },
    spends: ['specRounds'],
  };
}

function isAsking(history: History): boolean {
  const spec = history.newest.spec;
  return (
    spec !== undefined &&
    isForCurrentHeads(spec, history) &&
    !spec.result.pass &&
    spec.result.cause === 'open-questions'
  );
}

function judgeSaw(history: History, fact: Extract<Fact, { fact: 'saw' }>): Move {
  switch (fact.what) {
    case 'tip': {
      if (fact.base === history.heads.base.hash) return none;
      if (left(history, 'baseMoves') === 0) {
        return stop('failed', 'handed_over', 'The base branch moved again and again under this change.');
      }
      const because: Because = {
        cause: 'base-moved',
        evidence: null,
        words: `The base is now ${fact.base}.`,
      };
      return { move: 'advance', head: 'base', because, spends: ['baseMoves'], hash: fact.base };
    }
    case 'review':
      return fact.state === 'changes-requested'
        ? judgeReject(history, { who: fact.who, text: fact.text, bound: { head: fact.head } })
        : none;
    case 'pull-request':
      if (fact.state === 'merged') return stop('succeeded', 'merged', 'The pull request was merged.');
      if (fact.state === 'closed') return stop('canceled', 'closed', 'The pull request was closed.');
      return none;
    case 'issue':
      return stop('canceled', 'closed', `The issue was ${fact.state}.`);
    case 'change': {
      const waits = history.newest.preflight?.result;
      if (!waits || waits.pass || (waits.cause !== 'blocked' && waits.cause !== 'queued')) return none;
      // The issue is the same; what was found about it is made again.
      const { hash } = history.heads.issue;
      const because: Because = { cause: 'looked-again', evidence: null, words: fact.words };
      return { move: 'advance', head: 'issue', because, spends: [], ...(hash !== null && { hash }) };
    }
    case 'app':
      return fact.state === 'uninstalled'
        ? stop('canceled', 'closed', 'The app was uninstalled from the repository.')
        : none;
    default:
      return none;
  }
}
