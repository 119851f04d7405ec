import { existsSync } from 'node:fs';
import { readHistory } from '../run/heads.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import type { Engine } from './engine.ts';

export interface OperatorHold {
  /** Why nothing may go on now, in words for people; undefined: everything may. */
  why(): Promise<string | undefined>;
}

export interface HoldOptions {
  /** The kill switch: a setting, or a file that is there. */
  stop: { now: boolean; file: string };
  /** For all runs together in one day (UTC); undefined: no limit. */
  usdPerDay: number | undefined;
  store: Pick<Store, 'spentSince'>;
  clock: Clock;
}

const dayMs = 24 * 60 * 60 * 1000;

export function createOperatorHold({ stop, usdPerDay, store, clock }: HoldOptions): OperatorHold {
  return {
    async why() {
      if (stop.now || existsSync(stop.file)) return 'The operator of auto-build has stopped all work.';
      if (usdPerDay === undefined) return undefined;
      const midnight = Math.floor(clock.now() / dayMs) * dayMs;
      if ((await store.spentSince(midnight)) < usdPerDay) return undefined;
      return 'What the operator allows for one day is spent; work goes on after midnight (UTC).';
    },
  };
}

/** Lets runs go on that were held up, once nothing holds them any more. Resolves to how many. */
export async function releaseHeld(
  hold: OperatorHold,
  store: Pick<Store, 'runsNotTerminal' | 'facts'>,
  engine: Pick<Engine, 'see'>,
): Promise<number> {
  const waiting = (await store.runsNotTerminal()).filter((run) => run.state === 'waiting_external');
  if (waiting.length === 0 || (await hold.why()) !== undefined) return 0;
  let released = 0;
  for (const { id } of waiting) {
    if (readHistory(await store.facts(id)).held === null) continue;
    if (await engine.see(id, { what: 'operator', held: null })) released += 1;
  }
  return released;
}
