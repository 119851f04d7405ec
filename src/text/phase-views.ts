import type { Hash } from '../run/artifacts.ts';
import type { Cause, Fact, Failed, HeadName, Made, PhaseName, Route } from '../run/facts.ts';
import { headNames, phaseNames } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import { evidenceFor, type History } from '../run/history.ts';
import { requirements } from '../run/requirements.ts';
import { causeWords } from './phase-words.ts';
import type { CandidateView, PhaseView, RunView } from './view.ts';

/** A head that moved on, and why. */
export interface Advance {
  head: HeadName;
  round: number;
  cause: Cause;
  words: string;
}

/** Every time a head moved on, in order: read off the histories of all beginnings of the facts. */
export function advancesOf(facts: readonly Fact[]): Advance[] {
  let before = readHistory([]).heads;
  return facts.flatMap((_fact, at) => {
    const { heads } = readHistory(facts.slice(0, at + 1));
    const moved = headNames.filter((name) => heads[name].round > before[name].round);
    before = heads;
    return moved.flatMap((head) => {
      const { round, because } = heads[head];
      return because ? [{ head, round, cause: because.cause, words: because.words }] : [];
    });
  });
}

interface PhaseInput {
  facts: readonly Fact[];
  history: History;
  advances: Advance[];
  doing: RunView['doing'];
  ended: boolean;
}

export function phaseViews(input: PhaseInput): PhaseView[] {
  return phaseNames.map((name) => phaseView(name, input));
}

type Attempt = Made | Failed;

function phaseView(name: PhaseName, input: PhaseInput): PhaseView {
  const requirement = requirements.find(({ phase }) => phase === name)!;
  const ofPhase = input.facts.filter(
    (fact): fact is Attempt => (fact.fact === 'made' || fact.fact === 'failed') && fact.phase === name,
  );
  // A phase that makes several artifacts ends with the one that is required of it.
  const attempts = ofPhase.filter((fact) => fact.kind === requirement.kind);
  const last = attempts.at(-1);
  const status = statusOf(name, input, last);
  const settled = status === 'failed' || status === 'error';
  return {
    name,
    status,
    attempts: attempts.length,
    cost: ofPhase.reduce((sum, { cost }) => ({ ms: sum.ms + cost.ms, usd: sum.usd + cost.usd }), {
      ms: 0,
      usd: 0,
    }),
    startedAt: last ? last.at - workUntil(last, ofPhase) : null,
    endedAt: last?.at ?? null,
    again: [...faults(attempts), ...movedFor(name, input.advances)],
    words: settled && last ? wordsOf(last) : '',
  };
}

/** Work of the attempt that this fact ended: its artifacts were stored together. */
function workUntil(last: Attempt, ofPhase: Attempt[]): number {
  return ofPhase.filter(({ at }) => at === last.at).reduce((sum, { cost }) => sum + cost.ms, 0);
}

function statusOf(name: PhaseName, input: PhaseInput, last: Attempt | undefined): PhaseView['status'] {
  const requirement = requirements.find(({ phase }) => phase === name)!;
  const evidence = evidenceFor(requirement, input.history);
  if (evidence) return evidence.result.pass ? 'passed' : 'failed';
  if (input.doing?.phase === name) return 'running';
  if (!last) return input.ended ? 'not-reached' : 'waiting';
  if (!input.ended) return 'redo';
  if (last.fact === 'failed') return 'error';
  return last.result.pass ? 'not-reached' : 'failed';
}

function wordsOf(attempt: Attempt): string {
  if (attempt.fact === 'failed') return attempt.why;
  return attempt.result.pass ? '' : attempt.result.words;
}

const blameWords = {
  fault: 'a fault',
  answer: 'an unusable answer',
  input: 'something to mend',
  stopped: 'a stop on purpose',
  money: 'the budget',
};

/** Attempts that ended without a result and were followed by another. */
function faults(attempts: Attempt[]): PhaseView['again'] {
  return attempts.slice(0, -1).flatMap((attempt, at) => {
    // A candidate that never came is told by the head that moved.
    if (attempt.fact !== 'failed' || attempt.kind === 'patch') return [];
    return [{ what: `attempt ${at + 2}: after ${blameWords[attempt.blame]}`, words: attempt.why }];
  });
}

const phaseOfHead: Record<HeadName, PhaseName> = {
  issue: 'preflight',
  base: 'build',
  spec: 'spec',
  tests: 'tests',
  candidate: 'build',
};

function movedFor(name: PhaseName, advances: Advance[]): PhaseView['again'] {
  return advances
    .filter(({ head }) => phaseOfHead[head] === name)
    .map(({ head, round, cause, words }) => ({ what: `${head} ${round}: ${causeWords[cause]}`, words }));
}

/** One for each candidate that was made; rounds in which none came are left out. */
export function candidateViews(input: {
  facts: readonly Fact[];
  advances: Advance[];
  modelOf: (patch: Hash) => string;
  route: Route | null;
}): CandidateView[] {
  const byRound = new Map<number, Hash>();
  for (const fact of input.facts) {
    if (fact.fact === 'made' && fact.kind === 'patch') byRound.set(fact.round.candidate ?? 1, fact.hash);
  }
  const rounds = [...byRound].sort(([a], [b]) => a - b);
  return rounds.map(([round, hash], at) => {
    const next = input.advances.find(
      (advance) => advance.head === 'candidate' && advance.round === round + 1,
    );
    const standing = at === rounds.length - 1 && !next;
    return {
      round,
      model: input.modelOf(hash),
      replacedFor: next?.cause ?? null,
      route: standing ? input.route : null,
    };
  });
}
