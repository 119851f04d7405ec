import type { EffectRequest, Effects } from '../phases/effects-port.ts';
import type { Store } from '../store/store.ts';

/**
 * The ledger of a run: intent → look → act → record. A crash anywhere in between is repaired by doing the same again,
 * because the look finds what an earlier life already did.
 */
export function createEffects(
  ledger: Store['effects'],
  run: string,
  told: (kind: string, externalId: string) => void,
): Effects {
  return {
    async ensure({ key, kind, intent, look, act }: EffectRequest): Promise<string> {
      const row = await ledger.intend(run, key, kind, intent);
      if (row.state === 'done' && row.externalId !== undefined) return row.externalId;
      try {
        const externalId = (await look()) ?? (await actOnce(look, act));
        await ledger.done(run, key, externalId);
        told(kind, externalId);
        return externalId;
      } catch (error) {
        await ledger.failed(run, key, error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
  };
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
