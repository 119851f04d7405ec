import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IntakeOptions } from '../../src/intake/intake.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { labeledPayload } from './payloads.ts';
import { deliver, serveIntake, sign, type WebhookServer } from './webhook-server.ts';

let store: Store;
let server: WebhookServer;
beforeEach(async () => {
  store = await openStore({ path: ':memory:' });
});
afterEach(async () => {
  await server.close();
  await store.close();
});
const serve = async (options: Partial<IntakeOptions> = {}) => {
  server = await serveIntake({ store, ...options });
};
const rows = () => store.deliveries.list({ limit: 1000 });
/** A labelling of its own. */
const labeled = (id: number, repositoryId = 11) =>
  labeledPayload({ issue: { id, number: id }, repositoryId });

describe('what is accepted', () => {
  test('a signed webhook is stored, answered and then processed from the store', async () => {
    const received: unknown[] = [];
    await serve({ receive: async (delivery) => void received.push(delivery) });
    const payload = labeledPayload();
    expect(await deliver(server.url, 'issues', payload, { 'x-github-delivery': 'd-1' })).toMatchObject({
      status: 202,
    });
    expect(await rows()).toMatchObject([{ id: 'd-1', name: 'issues', state: 'pending', lane: 'repo:11' }]);
    expect(received).toEqual([]);
    server.intake.start();
    await server.intake.idle();
    expect(received).toEqual([{ id: 'd-1', name: 'issues', payload }]);
    expect(await rows()).toMatchObject([{ state: 'processed' }]);
  });

  test('an event that nothing depends on is answered, noted without its payload, and not processed', async () => {
    await serve();
    expect(await deliver(server.url, 'star', { action: 'created' })).toMatchObject({ status: 202 });
    const [row] = await rows();
    expect(row).toMatchObject({ state: 'ignored', error: 'nothing depends on star.created' });
    expect(await store.deliveries.payload(row!.id)).toBe('');
    expect(server.lines).toMatchObject([
      { level: 'debug', words: 'Webhook ignored: nothing depends on star.created' },
    ]);
  });

  test('a payload that we cannot read is answered and logged', async () => {
    await serve();
    const odd = labeledPayload({ issue: { title: 5 } });
    expect(await deliver(server.url, 'issues', odd)).toMatchObject({ status: 202 });
    expect(server.lines).toMatchObject([{ level: 'warn', words: expect.stringContaining('issue.title') }]);
  });

  test('the same delivery and a redelivery under a new id are processed once', async () => {
    const received: string[] = [];
    await serve({ receive: async ({ id }) => void received.push(id) });
    server.intake.start();
    const twice = { 'x-github-delivery': 'd-1' };
    for (const headers of [twice, twice, { 'x-github-delivery': 'd-2' }]) {
      expect(await deliver(server.url, 'issues', labeledPayload(), headers)).toMatchObject({ status: 202 });
    }
    await server.intake.idle();
    expect(received).toEqual(['d-1']);
    expect(await rows()).toHaveLength(1);
  });
});

test('a label that is put on, taken off and put on again within one second is heard of three times', async () => {
  const heard: unknown[] = [];
  await serve({ receive: async ({ payload }) => void heard.push((payload as { action: string }).action) });
  server.intake.start();
  for (const action of ['labeled', 'labeled', 'unlabeled', 'unlabeled', 'labeled', 'labeled']) {
    expect(await deliver(server.url, 'issues', { ...labeledPayload(), action })).toMatchObject({
      status: 202,
    });
  }
  await server.intake.idle();
  expect(heard).toEqual(['labeled', 'unlabeled', 'labeled']);
});

describe('what is refused, with one line in the log', () => {
  test.each<[string, number, unknown, Record<string, string | undefined>]>([
    [
      'a forged signature',
      401,
      labeledPayload(),
      { 'x-hub-signature-256': sign('{}', 'another secret entirely') },
    ],
    ['a signature of another body', 401, labeledPayload(), { 'x-hub-signature-256': sign('{}') }],
    ['a signature that is none', 401, labeledPayload(), { 'x-hub-signature-256': 'sha256=' }],
    [
      'an old-fashioned signature',
      400,
      labeledPayload(),
      { 'x-hub-signature-256': undefined, 'x-hub-signature': 'sha1=0' },
    ],
    ['no delivery id', 400, labeledPayload(), { 'x-github-delivery': undefined }],
    ['a delivery id that is none', 400, labeledPayload(), { 'x-github-delivery': "1' or '1" }],
    ['an endless delivery id', 400, labeledPayload(), { 'x-github-delivery': 'd'.repeat(65) }],
    ['no event name', 400, labeledPayload(), { 'x-github-event': undefined }],
    ['an event name that is none', 400, labeledPayload(), { 'x-github-event': '../etc' }],
    ['a form', 415, 'payload=%7B%7D', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['broken JSON', 400, '{"action":', {}],
    ['JSON that is no object', 400, '[1]', {}],
    ['JSON that is null', 400, 'null', {}],
    ['endless nesting', 400, '['.repeat(100_000), {}],
    ['bytes that are no UTF-8', 401, Buffer.from([0x7b, 0xff, 0x7d]), {}],
    ['an empty body', 400, '', {}],
  ])('%s: %i', async (_name, status, payload, headers) => {
    await serve();
    const answer = await deliver(server.url, 'issues', payload, headers);
    expect(answer.status).toBe(status);
    expect(server.lines).toMatchObject([{ level: 'warn', words: `Webhook refused: ${answer.words.trim()}` }]);
    expect(await rows()).toEqual([]);
  });

  test('anything but POST: 405', async () => {
    await serve();
    expect((await fetch(server.url)).status).toBe(405);
    expect(server.lines).toHaveLength(1);
  });

  test('a body over the limit: 413, announced or not', async () => {
    await serve({ maxBytes: 1000 });
    expect(await deliver(server.url, 'issues', 'x'.repeat(1001))).toMatchObject({ status: 413 });
    const chunked = await raw(server, 'transfer-encoding: chunked', `${'3e9\r\n'}${'x'.repeat(1001)}\r\n`);
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect(await deliver(server.url, 'issues', 'x'.repeat(1000))).toMatchObject({ status: 400 });
    expect(server.lines).toHaveLength(3);
  });

  test('a body that never ends: 408', async () => {
    await serve({ maxBodyMs: 20 });
    expect(await raw(server, 'content-length: 100', '{')).toMatch(/^HTTP\/1\.1 408 /);
    expect(server.lines).toHaveLength(1);
  });

  test('a sender that hangs up is a line in the log', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await serve({ log: { debug() {}, info() {}, error() {}, warn: () => resolve() } });
    const socket = connect(server.port, '127.0.0.1');
    socket.write(head('content-length: 100'), () => socket.destroy());
    await promise;
    expect(await deliver(server.url, 'issues', labeledPayload())).toMatchObject({ status: 202 });
  });

  test('when it cannot be stored: 503, and the next one is accepted again', async () => {
    let full = true;
    const deliveries = {
      ...store.deliveries,
      insertMany: (group: Parameters<typeof store.deliveries.insertMany>[0]) =>
        full ? Promise.reject(new Error('disk full')) : store.deliveries.insertMany(group),
    };
    await serve({ store: { deliveries } });
    expect(await deliver(server.url, 'issues', labeledPayload())).toMatchObject({ status: 503 });
    expect(server.lines).toMatchObject([{ level: 'error' }]);
    full = false;
    expect(await deliver(server.url, 'issues', labeledPayload())).toMatchObject({ status: 202 });
  });
});

test('requests that arrive together are stored in few commits, in the order of their arrival', async () => {
  const groups: number[] = [];
  const deliveries = {
    ...store.deliveries,
    insertMany(group: Parameters<typeof store.deliveries.insertMany>[0]) {
      groups.push(group.length);
      return store.deliveries.insertMany(group);
    },
  };
  await serve({ store: { deliveries } });
  const ids = Array.from({ length: 60 }, (_, index) => `d-${index}`);
  const requests = ids.map((id, index) => {
    const body = JSON.stringify(labeled(index + 1));
    return head(`content-length: ${Buffer.byteLength(body)}`, id, sign(body)) + body;
  });
  // Pipelined on one connection: the only way to be sure of the order of arrival.
  const socket = connect(server.port, '127.0.0.1');
  socket.write(requests.join(''));
  let answers = '';
  for await (const chunk of socket) {
    answers += String(chunk);
    if (answers.match(/^HTTP\/1\.1 202 /gm)?.length === ids.length) break;
  }
  expect(groups.length).toBeLessThan(10);
  expect((await store.deliveries.take({ after: 0, limit: 100 })).map((row) => row.id)).toEqual(ids);
});

test('of a process that is killed right after an answer, under load, no answered webhook is lost', async () => {
  await serve();
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-intake-'));
  const file = path.join(folder, 'db.sqlite');
  const child = spawn(process.execPath, [path.resolve('test/intake/killed-server.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = (await once(child.stdout!, 'data')) as [Buffer];
  const url = printed.toString().trim();
  const answered: string[] = [];
  let sent = 0;
  const send = async (): Promise<void> => {
    for (;;) {
      sent += 1;
      const id = `d-${sent}`;
      const { status } = await deliver(url, 'issues', labeled(sent), { 'x-github-delivery': id });
      expect(status).toBe(202);
      answered.push(id);
      // In the same turn as the answer, while others are under way.
      if (answered.length === 300) child.kill('SIGKILL');
    }
  };
  const senders = await Promise.allSettled(Array.from({ length: 16 }, send));
  expect(senders.every(({ status }) => status === 'rejected')).toBe(true);
  if (child.signalCode === null) await once(child, 'exit');
  expect(answered.length).toBeGreaterThanOrEqual(300);
  expect(sent).toBeGreaterThan(answered.length);

  const survivor = await openStore({ path: file });
  const received = new Set<string>();
  const next = await serveIntake({ store: survivor, receive: async ({ id }) => void received.add(id) });
  next.intake.start();
  await next.intake.idle();
  expect(answered.filter((id) => !received.has(id))).toEqual([]);
  await next.close();
  await survivor.close();
  await rm(folder, { recursive: true });
});

function head(length: string, id = 'd', signature = 'sha256=0'): string {
  return [
    'POST /webhooks HTTP/1.1',
    'host: x',
    'content-type: application/json',
    'x-github-event: issues',
    `x-github-delivery: ${id}`,
    `x-hub-signature-256: ${signature}`,
    length,
    '\r\n',
  ].join('\r\n');
}

/** Sends bytes that `fetch` would not, and gives the first bytes of the answer. */
async function raw({ port }: WebhookServer, length: string, body: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(head(length) + body);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}
