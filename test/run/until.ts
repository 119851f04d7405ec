import { decide } from '../../src/run/decide.ts';
import type { Fact, Policy, Result } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';

/** A run that mona has just started. */
export const started = (policy: Partial<Policy> = {}): Fact[] => [
  {
    fact: 'saw',
    at: 0,
    what: 'start',
    issue: 'issue',
    base: 'base',
    by: 'mona',
    policy: { ...defaultPolicy, ...policy },
  },
];

/** Everything is green until something waits, stops, or the kind is there. */
export function until(facts: Fact[], last: string, result: Partial<Result> = {}): Fact[] {
  const all = [...facts];
  for (let n = 1; n < 50; n += 1) {
    const decision = decide(all);
    if (decision.do !== 'make') return all;
    const { phase, kind, round } = decision;
    const made = { pass: true as const, ...(kind === last && result) } as Result;
    const head = kind === 'delivery' && !('head' in result) ? { head: 'head-1' } : {};
    all.push({
      fact: 'made',
      at: n,
      phase,
      kind,
      round,
      inputs: [],
      hash: `${kind}-${n}`,
      cost: { ms: 1, usd: 0 },
      result: { ...head, ...made },
    });
    if (kind === last) return all;
  }
  throw new Error(`there is no ${last}`);
}
