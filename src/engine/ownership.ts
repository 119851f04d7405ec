import { setTimeout as sleep } from 'node:timers/promises';

/** That no other process works on the same runs: asked before each intent, and before each write leaves. */
export interface Ownership {
  /** Does not return when another process may have taken over: this one ends, and has written its last. */
  confirm(): void;
  /** `confirm`, and waits until nothing that a predecessor sent can be under way any more. */
  mayIntend(): Promise<void>;
}

export interface OwnershipOptions {
  isHeld(): boolean;
  /** Ends the process; must not return. */
  end(): never;
  /**
   * A predecessor may be alive without knowing that it was succeeded. It sends nothing new when it wakes, but what it
   * had sent may arrive for so many milliseconds; 0 when it is known to be dead.
   */
  waitOutMs: number;
}

export function createOwnership({ isHeld, end, waitOutMs }: OwnershipOptions): Ownership {
  const from = performance.now() + waitOutMs;
  const confirm = () => {
    if (!isHeld()) end();
  };
  return {
    confirm,
    async mayIntend() {
      const left = from - performance.now();
      if (left > 0) await sleep(left);
      confirm();
    },
  };
}
