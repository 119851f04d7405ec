import { decideFrom } from './decide.ts';
import type { Fact } from './facts.ts';
import { readHistory } from './heads.ts';
import type { Outcome } from './history.ts';

export const runStates = [
  'created',
  'running',
  'waiting_approval',
  'waiting_external',
  'succeeded',
  'failed',
  'canceled',
] as const;
export type RunState = (typeof runStates)[number];

export interface Derived {
  state: RunState;
  outcome: Outcome | null;
  /** Why it waits or stopped; empty while it runs. */
  words: string;
}

/** The state of a run, derived from its facts; the store keeps it as a column for queries, nothing else writes it. */
export function deriveState(facts: readonly Fact[]): Derived {
  const history = readHistory(facts);
  const decision = decideFrom(history);
  switch (decision.do) {
    case 'stop':
      return { state: decision.state, outcome: decision.outcome, words: decision.words };
    case 'wait':
      return { state: decision.state, outcome: null, words: decision.words };
    case 'make': {
      const begun = facts.some((fact) => fact.fact === 'made' || fact.fact === 'failed');
      return { state: begun ? 'running' : 'created', outcome: null, words: '' };
    }
  }
}

export function isTerminal(state: RunState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled';
}
