import { approved, isOwnApproval } from './approval.ts';
import type { ArtifactKind, Fact, HeadName, PhaseName } from './facts.ts';
import { type History, moneyOf } from './history.ts';
import { requirements } from './requirements.ts';

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
    case 'approve':
      return approved(history, fact);
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
