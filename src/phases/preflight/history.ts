import { type FinishedRun, type Quote, quoteFrom } from '../../gate/quote.ts';
import { type Budgets, costOf } from '../../run/facts.ts';
import type { RunRow, Store } from '../../store/store.ts';

/** Runs of a repository that are looked at: what was long ago says little about now. */
const lookedAt = 30;
/** From here on another issue is similar enough for its outcome to say something. */
const similarFrom = 0.2;
const outcomesAtMost = 5;

export interface RepositoryPast {
  quote: Quote;
  /** What became of the runs of similar issues. */
  earlier: { issue: number; succeeded: boolean }[];
}

/**
 * What this repository's own runs tell about the next one.
 * @param similar other issues, most alike first
 */
export async function pastOf(
  store: Pick<Store, 'finishedRuns' | 'facts'>,
  repoId: number,
  similar: readonly { number: number; similarity: number }[],
  budgets: Budgets,
): Promise<RepositoryPast> {
  const runs = await store.finishedRuns(repoId, { limit: lookedAt });
  const delivered = runs.filter((run) => run.pullRequest !== undefined);
  const finished: FinishedRun[] = [];
  for (const run of delivered) finished.push(costOf(await store.facts(run.id)));
  return { quote: quoteFrom(finished, budgets), earlier: outcomesOf(runs, similar) };
}

/** The newest outcome of each similar issue; what people stopped says nothing. */
function outcomesOf(runs: readonly RunRow[], similar: readonly { number: number; similarity: number }[]) {
  const telling = runs.filter(({ outcome }) =>
    ['merged', 'handed_over', 'rejected', 'infeasible'].includes(outcome ?? ''),
  );
  return similar
    .filter(({ similarity }) => similarity >= similarFrom)
    .flatMap(({ number }) => telling.find(({ issue }) => issue === number) ?? [])
    .slice(0, outcomesAtMost)
    .map(({ issue, outcome }) => ({ issue, succeeded: outcome === 'merged' }));
}
