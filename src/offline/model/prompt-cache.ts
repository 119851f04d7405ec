import { createHash } from 'node:crypto';
import { type Block, blocksOf, type MessagesRequest } from './request.ts';

export interface InputUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

/** As documented for the service: shorter prefixes are not cached, a hit is looked for 20 blocks back, 5 minutes. */
const leastTokens = 1024;
const lookBack = 20;
const lifeMs = 5 * 60_000;

/** Roughly what a tokenizer makes of English and code. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);

/**
 * Prompt caching as the service does it: a prefix (tools, system, messages) is written at a block with cache_control
 * and read when a later request has the same blocks up to there. Only bytes that are equal count.
 */
export class PromptCache {
  readonly #expiry = new Map<string, number>();

  /** What the input of a request costs, and remembers its breakpoints. */
  account(request: MessagesRequest, now: number): InputUsage {
    const hash = createHash('sha256').update(JSON.stringify([request.model, request.output_config ?? null]));
    const prefixes: { id: string; tokens: number; breakpoint: boolean }[] = [];
    let tokens = 0;
    for (const { cache_control, ...block } of inputBlocks(request)) {
      const text = JSON.stringify(block);
      tokens += tokensOf(text);
      hash.update(text);
      prefixes.push({ id: hash.copy().digest('hex'), tokens, breakpoint: cache_control !== undefined });
    }
    const cachable = prefixes.flatMap(({ breakpoint, tokens: size }, index) =>
      breakpoint && size >= leastTokens ? [index] : [],
    );
    const hits = cachable.flatMap((index) =>
      prefixes
        .slice(Math.max(0, index - lookBack), index + 1)
        .filter(({ id }) => (this.#expiry.get(id) ?? 0) > now),
    );
    const read = Math.max(0, ...hits.map((prefix) => prefix.tokens));
    const written = Math.max(read, ...cachable.map((index) => prefixes[index]?.tokens ?? 0));
    for (const { id } of [...hits, ...cachable.flatMap((index) => prefixes[index] ?? [])])
      this.#expiry.set(id, now + lifeMs);
    return {
      input_tokens: tokens - written,
      cache_creation_input_tokens: written - read,
      cache_read_input_tokens: read,
    };
  }
}

function inputBlocks({ tools = [], system, messages }: MessagesRequest): Pick<Block, 'cache_control'>[] {
  return [
    ...tools,
    ...blocksOf(system),
    ...messages.flatMap(({ role, content }) => blocksOf(content).map((block) => ({ role, ...block }))),
  ] as Pick<Block, 'cache_control'>[];
}
