import type { EffectRequest, Effects } from '../phases/effects-port.ts';
import type { Store } from '../store/store.ts';
import { isLost, once } from './once.ts';

export interface LedgerPorts {
  ledger: Store['effects'];
  /** `before-intent`, `after-intent`, `after-call` or `after-record`, a colon, and the kind of the effect. */
  crashPoint(at: string): void;
  /** Resolves when this process may begin something, and does not when another has taken its place. */
  mayIntend?: () => Promise<void>;
  /** How long a write may stay unseen: a look before each wait, and one after. */
  lagMs: readonly number[];
}

/**
 * The effects of one run; `told` hears of each that is there, with its id at GitHub. The signal ends waiting, between
 * tries and for what was written to show.
 */
export type EffectsOf = (
  run: string,
  told?: (kind: string, externalId: string) => void,
  signal?: AbortSignal,
) => Effects;

/**
 * The ledger: intent → look → act → record. A crash anywhere in between is repaired by doing the same again, because
 * the look finds what an earlier life already did. What can be written so, and how it is found again, is in
 * github/writes.ts.
 */
export function openLedger({ ledger, crashPoint, mayIntend, lagMs }: LedgerPorts): EffectsOf {
  return (run, told, signal) => ({
    async ensure({ key, kind, intent, act, ...write }: EffectRequest): Promise<string> {
      crashPoint(`before-intent:${kind}`);
      await mayIntend?.();
      const row = await ledger.intend(run, key, kind, intent);
      if (row.state === 'done' && row.externalId !== undefined) return row.externalId;
      crashPoint(`after-intent:${kind}`);
      // An intent without an end: that life was over, or its answer lost, after it may have acted.
      const mayBeThere = row.attempts > 1 && row.error === undefined;
      let acted = false;
      const externalId = await once(
        {
          ...write,
          act: () => {
            acted = true;
            return act();
          },
        },
        { mayBeThere, lagMs, signal },
      ).catch(async (error: unknown) => {
        // What may have been carried out, now or in an earlier life, stays an open intent.
        const isOpen = acted ? isLost(error) || signal?.aborted : mayBeThere;
        if (!isOpen) await ledger.failed(run, key, error instanceof Error ? error.message : String(error));
        throw error;
      });
      crashPoint(`after-call:${kind}`);
      await ledger.done(run, key, externalId);
      crashPoint(`after-record:${kind}`);
      told?.(kind, externalId);
      return externalId;
    },
  });
}
