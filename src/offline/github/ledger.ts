import type { LedgerEntry, Violation } from './public-types.ts';

/** Every write received, and every place where something did not fit the description; append-only. */
export class Ledger {
  readonly #entries: LedgerEntry[] = [];
  readonly #violations: Violation[] = [];
  readonly #clock: () => Date;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  write(entry: Omit<LedgerEntry, 'id' | 'at'>): void {
    this.#entries.push({ id: this.#entries.length + 1, at: this.#clock().toISOString(), ...entry });
  }

  violation(kind: Violation['kind'], subject: string, problem: string): void {
    this.#violations.push({ kind, subject, problem, at: this.#clock().toISOString() });
  }

  entries(): readonly LedgerEntry[] {
    return [...this.#entries];
  }

  violations(): readonly Violation[] {
    return [...this.#violations];
  }
}
