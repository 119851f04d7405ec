/** One thing that must come to be in the world once, and how to find it there. */
export interface OneWrite {
  /** Looks whether the world already has it; resolves to its external id. None where acting twice changes nothing. */
  look?(): Promise<string | undefined>;
  /** Does it; resolves to its external id. */
  act(): Promise<string>;
  /**
   * For what GitHub lets be made twice: removes all but the oldest and resolves to that one; to undefined while the list
   * does not show `id` yet, which is known to be there.
   */
  keepOldest?(id: string): Promise<string | undefined>;
}

/** A write to the outside world that must happen once, whatever crashes. */
export interface EffectRequest extends OneWrite {
  /** Unique within the run, e.g. `pull-request` or `check:<sha>:suite`. */
  key: string;
  /** Of the effects that a bundle lists: `comment`, `branch`, `pull-request`, `check-run`, `merge` … */
  kind: string;
  /** What is about to be done, for the ledger; no secrets. */
  intent: Record<string, unknown>;
}

export interface Effects {
  /** intent → look → act → record. Resolves to the external id; a second call with the same key does nothing. */
  ensure(request: EffectRequest): Promise<string>;
}
