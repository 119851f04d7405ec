import { type Fact, phaseNames } from '../../run/facts.ts';
import { readHistory } from '../../run/heads.ts';
import { requirements } from '../../run/requirements.ts';
import type { Effect, RunRow } from '../../store/store.ts';
import type { JournalEntry } from '../model/scripted-model.ts';
import type { RunSummary } from './summary.ts';

/** What became of a run: from its facts, its ledger of effects, and what the model was asked. */
export function summarise(
  run: RunRow,
  facts: readonly Fact[],
  effects: readonly Effect[],
  journal: readonly JournalEntry[],
): RunSummary {
  const { newest } = readHistory(facts);
  const points = newest.score?.result.points;
  return {
    run: run.id,
    state: run.state,
    outcome: run.outcome,
    score: points === undefined ? null : points / 10_000,
    route: newest.score?.result.route ?? null,
    pullRequest: run.pullRequest ?? null,
    phases: phasesOf(facts),
    modelCalls: callsOf(journal),
    effects: counted(effects.filter((effect) => effect.state === 'done').map((effect) => effect.kind)),
  };
}

function phasesOf(facts: readonly Fact[]): RunSummary['phases'] {
  const main = new Map(requirements.map(({ phase, kind }) => [phase, kind]));
  return phaseNames.flatMap((phase) => {
    const own = facts.filter((fact) => 'phase' in fact && fact.phase === phase);
    const attempts = own.filter(
      (fact) => fact.fact === 'failed' || (fact.fact === 'made' && fact.kind === main.get(phase)),
    );
    if (attempts.length === 0) return [];
    const cost = own.reduce(
      (sum, fact) => ('cost' in fact ? { ms: sum.ms + fact.cost.ms, usd: sum.usd + fact.cost.usd } : sum),
      { ms: 0, usd: 0 },
    );
    return [{ phase, attempts: attempts.length, ...cost }];
  });
}

/** One call is one conversation of the script, however many turns and repetitions it took. */
function callsOf(journal: readonly JournalEntry[]): Record<string, number> {
  const calls = new Set(
    journal.flatMap(({ role, call }) =>
      role === undefined || call === undefined ? [] : [`${role} ${call}`],
    ),
  );
  return counted([...calls].map((call) => call.split(' ')[0]!));
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
