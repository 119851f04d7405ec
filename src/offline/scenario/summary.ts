import type { PhaseName } from '../../run/facts.ts';
import type { outcomes, routes, runStates } from './words.ts';

/** What became of the run: with the snapshot of the local GitHub all that expectations look at, and the runner's JSON. */
export interface RunSummary {
  run: string;
  state: (typeof runStates)[number];
  /** null while the run has not ended. */
  outcome: (typeof outcomes)[number] | null;
  /** 0–1; null when nothing was scored. */
  score: number | null;
  route: (typeof routes)[number] | null;
  pullRequest: number | null;
  /** In the order of a run; phases that never began are left out. */
  phases: { phase: PhaseName; attempts: number; ms: number; usd: number }[];
  /** Calls by role. */
  modelCalls: Record<string, number>;
  /** Effects that were carried out, by kind. */
  effects: Record<string, number>;
}
