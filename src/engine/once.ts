import { setTimeout as sleep } from 'node:timers/promises';
import { PushLostError } from '../git/push.ts';
import { GitHubError } from '../github/github-error.ts';
import type { OneWrite } from '../phases/effects-port.ts';

/** A write whose answer is lost this often is given up; whoever asked for it asks again later. */
const mostActs = 3;

export interface Doubt {
  /** An earlier life may have done it a moment ago. */
  mayBeThere?: boolean;
  /** How long a write may stay unseen: a look before each wait, and one after. */
  lagMs: readonly number[];
  /** Ends waiting; rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Looks, acts, and where the answer was lost looks again: long enough for what was carried out to show, and only then
 * acts again. What came to be there twice all the same is reconciled to the oldest.
 */
export async function once(write: OneWrite, { mayBeThere, lagMs, signal }: Doubt): Promise<string> {
  const { look, act, keepOldest: keep } = write;
  if (!look) return act();
  let inDoubt = mayBeThere === true;
  /** A list that lags behind shows nothing where something is: one look is no proof. */
  const lookLong = () => patiently(look);
  for (let acts = 1; ; acts++) {
    const found = await (inDoubt ? lookLong() : look());
    if (found !== undefined) return inDoubt ? keepOldest(found) : found;
    let made: string;
    try {
      made = await act();
    } catch (error) {
      signal?.throwIfAborted();
      if (isLost(error)) {
        inDoubt = true;
        if (acts < mostActs) continue;
      }
      // GitHub itself may have refused a second one.
      const there = await (inDoubt || isRefusedTwin(error) ? lookLong() : look()).catch(() => undefined);
      if (there === undefined) throw error;
      return keepOldest(there);
    }
    return inDoubt ? keepOldest(made) : made;
  }

  async function keepOldest(id: string): Promise<string> {
    return (keep && (await patiently(() => keep(id)))) ?? id;
  }

  async function patiently<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
    for (const wait of lagMs) {
      const seen = await ask();
      if (seen !== undefined) return seen;
      await sleep(wait, undefined, { signal });
    }
    return ask();
  }
}

/** There was no answer that says whether it was carried out. */
export function isLost(error: unknown): boolean {
  return (error instanceof GitHubError && error.isLost) || error instanceof PushLostError;
}

function isRefusedTwin(error: unknown): boolean {
  return error instanceof GitHubError && (error.kind === 'unprocessable' || error.kind === 'conflict');
}
