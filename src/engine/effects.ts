import type { EffectRequest, Effects } from '../phases/effects-port.ts';
import type { Store } from '../store/store.ts';

export interface LedgerPorts {
  ledger: Store['effects'];
  /** `before-intent`, `after-intent`, `after-call` or `after-record`, a colon, and the kind of the effect. */
  crashPoint(at: string): void;
}

/** The effects of one run; `told` hears of each that is there, with its id at GitHub. */
export type EffectsOf = (run: string, told?: (kind: string, externalId: string) => void) => Effects;

/**
 * The ledger: intent → look → act → record. A crash anywhere in between is repaired by doing the same again, because
 * the look finds what an earlier life already did.
 */
export function openLedger({ ledger, crashPoint }: LedgerPorts): EffectsOf {
  return (run, told) => ({
    async ensure({ key, kind, intent, look, act }: EffectRequest): Promise<string> {
      crashPoint(`before-intent:${kind}`);
      const row = await ledger.intend(run, key, kind, intent);
      if (row.state === 'done' && row.externalId !== undefined) return row.externalId;
      crashPoint(`after-intent:${kind}`);
      try {
        const externalId = (await look()) ?? (await actOnce(look, act));
        crashPoint(`after-call:${kind}`);
        await ledger.done(run, key, externalId);
        crashPoint(`after-record:${kind}`);
        told?.(kind, externalId);
        return externalId;
      } catch (error) {
        await ledger.failed(run, key, error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
  });
}

/** An answer that was lost may hide a write that happened: look once more before calling it a failure. */
async function actOnce(look: EffectRequest['look'], act: EffectRequest['act']): Promise<string> {
  try {
    return await act();
  } catch (error) {
    const found = await look().catch(() => undefined);
    if (found === undefined) throw error;
    return found;
  }
}
