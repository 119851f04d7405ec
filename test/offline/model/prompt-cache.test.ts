import { describe, expect, test } from 'vitest';
import { PromptCache } from '../../../src/offline/model/prompt-cache.ts';
import type { MessagesRequest } from '../../../src/offline/model/request.ts';

const mark = { cache_control: { type: 'ephemeral' as const } };
const block = (text: string, more = {}) => ({ type: 'text', text: text.repeat(6_000), ...more });
const request = (...content: ReturnType<typeof block>[]): MessagesRequest => ({
  model: 'm',
  max_tokens: 1,
  messages: [{ role: 'user', content }],
});
const sums = ({
  input_tokens: i,
  cache_creation_input_tokens: w,
  cache_read_input_tokens: r,
}: ReturnType<PromptCache['account']>) => [i, w, r].map((tokens) => Math.round(tokens / 1500));

describe('prompt cache: input, written, read (in blocks)', () => {
  test('a prefix is written at a breakpoint and read by a request that goes on from it', () => {
    const cache = new PromptCache();
    expect(sums(cache.account(request(block('a'), block('b', mark), block('c')), 0))).toEqual([1, 2, 0]);
    expect(sums(cache.account(request(block('a'), block('b'), block('c', mark)), 1))).toEqual([0, 1, 2]);
    expect(sums(cache.account(request(block('a'), block('b'), block('c', mark)), 2))).toEqual([0, 0, 3]);
  });

  test.each<[string, MessagesRequest, number]>([
    ['another text before it', request(block('x'), block('b', mark)), 0],
    ['another model', { ...request(block('a'), block('b', mark)), model: 'n' }, 0],
    ['another output format', { ...request(block('a'), block('b', mark)), output_config: { format: {} } }, 0],
    ['five minutes later', request(block('a'), block('b', mark)), 5 * 60_000],
    [
      'too far back',
      request(block('a'), block('b'), ...Array.from({ length: 21 }, () => block('c')), block('d', mark)),
      0,
    ],
    ['no breakpoint', request(block('a'), block('b')), 0],
  ])('nothing is read: %s', (_name, second, now) => {
    const cache = new PromptCache();
    cache.account(request(block('a'), block('b', mark)), 0);
    expect(cache.account(second, now).cache_read_input_tokens).toBe(0);
  });

  test('a short prefix is not cached', () => {
    const cache = new PromptCache();
    const short = request({ type: 'text', text: 'short', ...mark });
    expect(cache.account(short, 0).cache_creation_input_tokens).toBe(0);
  });
});
