import type { Model, ModelTable, RoleUsage } from './role.ts';

/**
 * Models and prices as data: US dollars per million tokens, cache writes for five minutes. From the model overview
 * pages of platform.claude.com (Sonnet 5.5, Opus 5.5), read in November 2026. The cache-read factor differs by
 * model (0.10 and 0.05 of the input price), so nothing here is derived. Both write up to 128k tokens; a turn that
 * needs more than a quarter of that has gone astray.
 */
export const defaultModels: ModelTable = {
  standard: {
    id: 'claude-sonnet-5-5',
    maxTokens: 32_000,
    price: { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.2 },
  },
  strong: {
    id: 'claude-opus-5-5',
    maxTokens: 32_000,
    price: { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 },
  },
};

export const noUsage: RoleUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
};

export function addUsage(a: RoleUsage, b: RoleUsage): RoleUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  };
}

/** What the tokens cost, in US dollars. */
export function usdOf(usage: RoleUsage, { price }: Model): number {
  return (
    (usage.inputTokens * price.input +
      usage.outputTokens * price.output +
      usage.cacheWriteTokens * price.cacheWrite +
      usage.cacheReadTokens * price.cacheRead) /
    1_000_000
  );
}
