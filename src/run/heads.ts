import { isDeepStrictEqual } from 'node:util';
import { costOf, type Fact } from './facts.ts';
import { begin, type Head, type Heads, type History } from './history.ts';
import { judge, type Move } from './judge.ts';
import { note } from './note.ts';

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

/**
 * Did the command or review that came from there change anything, as things stood when it was heard? It is kept in the
 * facts either way, so that it is not heard a second time when it would mean something else.
 */
export function meant(facts: readonly Fact[], source: string): boolean {
  const heard = facts.findIndex((fact) => 'source' in fact && fact.source === source);
  if (heard === -1) return false;
  const [before, after] = [facts.slice(0, heard), facts.slice(0, heard + 1)].map(readHistory);
  return !isDeepStrictEqual(before, after);
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
