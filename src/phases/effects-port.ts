/** A write to the outside world that must happen once, whatever crashes (design §2). */
export interface EffectRequest {
  /** Unique within the run, e.g. `pull-request` or `check:<sha>:suite`. */
  key: string;
  /** Of the effects that a bundle lists: `comment`, `branch`, `pull-request`, `check-run`, `merge` … */
  kind: string;
  /** What is about to be done, for the ledger; no secrets. */
  intent: Record<string, unknown>;
  /** Looks whether the world already has it; resolves to its external id. */
  look(): Promise<string | undefined>;
  /** Does it; resolves to its external id. */
  act(): Promise<string>;
}

export interface Effects {
  /** intent → look → act → record. Resolves to the external id; a second call with the same key does nothing. */
  ensure(request: EffectRequest): Promise<string>;
}
