const hourMs = 60 * 60 * 1000;

export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

interface Window {
  used: number;
  readonly endsAt: number;
}

/** Counts requests per caller and hour, as GitHub's primary rate limit does. */
export class RateLimits {
  readonly #limit: number;
  readonly #windows = new Map<string, Window>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one request; false when there was none left. */
  take(caller: string, now: Date): boolean {
    const window = this.#window(caller, now);
    if (window.used >= this.#limit) return false;
    window.used += 1;
    return true;
  }

  /** The last request was one that does not count. */
  giveBack(caller: string, now: Date): void {
    const window = this.#window(caller, now);
    window.used = Math.max(0, window.used - 1);
  }

  look(caller: string, now: Date): RateLimit {
    const { used, endsAt } = this.#window(caller, now);
    return { limit: this.#limit, remaining: this.#limit - used, used, reset: Math.ceil(endsAt / 1000) };
  }

  /** What was counted in the hour so far, by caller. */
  counted(): Record<string, number> {
    return Object.fromEntries([...this.#windows].map(([caller, { used }]) => [caller, used]));
  }

  leave(caller: string, remaining: number, now: Date): void {
    this.#window(caller, now).used = Math.max(0, this.#limit - remaining);
  }

  #window(caller: string, now: Date): Window {
    const known = this.#windows.get(caller);
    if (known && known.endsAt > now.getTime()) return known;
    const window = { used: 0, endsAt: now.getTime() + hourMs };
    this.#windows.set(caller, window);
    return window;
  }
}
