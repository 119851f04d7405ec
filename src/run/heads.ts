import { costOf, type Fact } from './facts.ts';
import { begin, type Head, type Heads, type History, note } from './history.ts';
import { judge, type Move } from './judge.ts';

/**
 * Folds a run's facts into what stands now. A fact after the stop, or made for heads that have moved on meanwhile,
 * stays in the history but changes nothing except what was spent.
 */
export function readHistory(facts: readonly Fact[]): History {
  let history = begin();
  for (const fact of facts) {
    if (history.stop) break;
    const noted = note(history, fact);
    history = apply(noted, judge(noted, fact));
  }
  return { ...history, cost: costOf(facts) };
}

export function heads(facts: readonly Fact[]): Heads {
  return readHistory(facts).heads;
}

function apply(history: History, move: Move): History {
  switch (move.move) {
    case 'none':
      return history;
    case 'stop':
      return { ...history, stop: move.stop };
    case 'advance': {
      const before = history.heads[move.head];
      const after: Head = { round: before.round + 1, hash: move.hash ?? null, because: move.because };
      const spent = { ...history.spent };
      for (const budget of move.spends) spent[budget] += 1;
      return { ...history, heads: { ...history.heads, [move.head]: after }, spent };
    }
  }
}
