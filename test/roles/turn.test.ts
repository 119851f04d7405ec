import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { expect, onTestFinished, test } from 'vitest';
import type { Turn } from '../../src/roles/role.ts';
import { takeTurn } from '../../src/roles/turn.ts';

type Reply = (response: ServerResponse) => unknown;

/** A service that gives these replies, one per request: what a scripted model cannot say with well-formed scripts. */
async function service(...replies: Reply[]): Promise<Anthropic> {
  const server = createServer((_request, response) => replies.shift()?.(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Anthropic({ apiKey: 'k', baseURL, maxRetries: 0, logLevel: 'off' });
}

const usage = { input_tokens: 10, output_tokens: 5 };
const event = (fields: { type: string; [field: string]: unknown }) =>
  `event: ${fields.type}\ndata: ${JSON.stringify(fields)}\n\n`;
const start = event({
  type: 'message_start',
  message: { type: 'message', role: 'assistant', content: [], usage },
});
const end =
  event({ type: 'content_block_stop', index: 0 }) +
  event({ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage }) +
  event({ type: 'message_stop' });
const toolUse = (json: string) =>
  event({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'tool_use', id: 't', name: 'rm', input: {} },
  }) +
  event({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: json } });
const stream =
  (...parts: string[]): Reply =>
  (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(parts.join(''));
const whole = stream(start, toolUse('{"path":"/tmp/x"}'), end);

function take(client: Anthropic, over: { idleMs?: number; baseMs?: number } = {}) {
  const turns: Turn[] = [];
  const message = takeTurn(
    client,
    () => ({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'a' }] }),
    {
      idleMs: over.idleMs ?? 5_000,
      retry: { attempts: 2, baseMs: over.baseMs ?? 1, maxMs: 60_000 },
      signal: new AbortController().signal,
      onRequest: (turn) => turns.push(turn),
    },
  );
  return message.then(({ content }) => ({ content, faults: turns.map(({ fault }) => fault) }));
}

test('a tool input that is torn is not acted on, although the SDK mends it', async () => {
  const { content, faults } = await take(await service(stream(start, toolUse('{"path":"/'), end), whole));
  expect(content).toMatchObject([{ input: { path: '/tmp/x' } }]);
  expect(faults).toEqual([expect.stringContaining('JSON'), undefined]);
});

test('a stream that ends early, in good order, is not an answer', async () => {
  const { faults } = await take(await service(stream(start, toolUse('{}')), whole));
  expect(faults).toEqual([expect.any(String), undefined]);
});

test('an error event within a stream is tried again', async () => {
  const overloaded = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
  const { faults } = await take(await service(stream(start, overloaded), whole));
  expect(faults).toEqual([expect.stringContaining('Overloaded'), undefined]);
});

test('a service that only pings is not silent', async () => {
  const pinging: Reply = async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(start);
    for (let n = 0; n < 10; n++) {
      await sleep(40);
      response.write(event({ type: 'ping' }));
    }
    response.end(toolUse('{}') + end);
  };
  const { faults } = await take(await service(pinging), { idleMs: 200 });
  expect(faults).toEqual([undefined]);
});

test('retry-after decides over the backoff', async () => {
  const busy: Reply = (response) => response.writeHead(429, { 'retry-after': '0.02' }).end();
  const startedAt = performance.now();
  await take(await service(busy, whole), { baseMs: 30_000 });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('nobody there: tried again, then said', async () => {
  const client = new Anthropic({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:9',
    maxRetries: 0,
    logLevel: 'off',
  });
  await expect(take(client)).rejects.toThrow(
    /^The model service did not answer in 2 attempts\. Last: Connection error/,
  );
});
