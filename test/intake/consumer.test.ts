import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConsumer, type Received } from '../../src/intake/consumer.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';

let store: Store;
beforeEach(async () => {
  store = await openStore({ path: ':memory:' });
});
afterEach(() => store.close());

function consumer(receive: (delivery: Received) => Promise<void>, retryWaits: readonly number[] = [1, 1]) {
  const logged: string[] = [];
  const write = (_fields: object, words: string) => void logged.push(words);
  const log = { info: write, warn: write, error: write };
  return { logged, ...createConsumer({ deliveries: store.deliveries, receive, log, retryWaits }) };
}
const insert = (ids: string[], lane = (id: string) => `repo:${id[0]}`) =>
  store.deliveries.insertMany(
    ids.map((id) => ({
      id,
      name: 'push',
      identity: undefined,
      lane: lane(id),
      payload: '{}',
      receivedAt: 1,
    })),
  );
const states = async () =>
  Object.fromEntries((await store.deliveries.list({ limit: 1000 })).map((row) => [row.id, row.state]));

test('one repository in order, another beside it', async () => {
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const other = Promise.withResolvers<void>();
  const { start, idle } = consumer(async ({ id }) => {
    if (id === 'a1') await gate.promise;
    seen.push(id);
    if (id === 'b2') other.resolve();
  });
  await insert(['a1', 'a2', 'b1', 'a3', 'b2']);
  start();
  await other.promise;
  expect(seen).toEqual(['b1', 'b2']);
  gate.resolve();
  await idle();
  expect(seen).toEqual(['b1', 'b2', 'a1', 'a2', 'a3']);
});

test('more than a page, and what is stored while it works, is all processed once', async () => {
  const seen: string[] = [];
  const { start, wake, idle } = consumer(async ({ id }) => void seen.push(id));
  const ids = Array.from({ length: 450 }, (_, index) => `${index % 7}-${index}`);
  await insert(ids);
  start();
  await insert(['x-1']);
  wake();
  await insert(['x-2']);
  wake();
  await idle();
  expect([...seen].sort()).toEqual([...ids, 'x-1', 'x-2'].sort());
  for (const lane of '0123456') {
    expect(seen.filter((id) => id[0] === lane)).toEqual(ids.filter((id) => id[0] === lane));
  }
  expect(new Set(Object.values(await states()))).toEqual(new Set(['processed']));
});

test('a failing one is tried again, holds up its own lane only, and is given up with words', async () => {
  const seen: string[] = [];
  const { start, idle, logged } = consumer(async ({ id }) => {
    seen.push(id);
    if (id === 'a1') throw new TypeError('no such thing');
  });
  await insert(['a1', 'a2', 'b1']);
  start();
  await idle();
  expect(seen.filter((id) => id[0] === 'a')).toEqual(['a1', 'a1', 'a1', 'a2']);
  expect(await states()).toEqual({ a1: 'failed', a2: 'processed', b1: 'processed' });
  expect((await store.deliveries.list({ limit: 9 })).at(-1)).toMatchObject({
    attempts: 3,
    error: 'TypeError: no such thing',
  });
  expect(logged).toEqual([
    'A webhook failed and is tried again',
    'A webhook failed and is tried again',
    'A webhook was given up',
  ]);
});

test('what arrives without end does not keep anybody who waits for what was there before', async () => {
  const seen: string[] = [];
  const { start, wake, idle, close } = consumer(async ({ id }) => {
    seen.push(id);
    // There is always one more in hand.
    await insert([`${seen.length % 2}-${seen.length}`]);
    wake();
  });
  await insert(['x-1', 'x-2']);
  start();
  await idle();
  expect(seen).toEqual(expect.arrayContaining(['x-1', 'x-2']));
  await close();
});

test('attempts are counted across restarts', async () => {
  await insert(['a1']);
  await store.deliveries.markFailed('a1', { error: 'x', final: false });
  await store.deliveries.markFailed('a1', { error: 'x', final: false });
  let calls = 0;
  const { start, idle } = consumer(async () => {
    calls += 1;
    throw new Error('still');
  });
  start();
  await idle();
  expect(calls).toBe(1);
  expect(await states()).toEqual({ a1: 'failed' });
});

test('closing waits for what is in hand and leaves the rest to the next start', async () => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const first = consumer(async () => {
    begun.resolve();
    await gate.promise;
  });
  await insert(['a1', 'a2', 'a3']);
  first.start();
  await begun.promise;
  const closing = first.close();
  gate.resolve();
  await closing;
  expect(await states()).toEqual({ a1: 'processed', a2: 'pending', a3: 'pending' });
  const seen: string[] = [];
  const second = consumer(async ({ id }) => void seen.push(id));
  second.start();
  await second.idle();
  expect(seen).toEqual(['a2', 'a3']);
});

test('closing does not wait for the next attempt, and marks nothing that was only waiting for its turn', async () => {
  const failed = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { start, close } = consumer(
    async ({ id }) => {
      if (id === '9x') {
        failed.resolve();
        throw new Error('later');
      }
      await gate.promise;
    },
    [3_600_000],
  );
  // More lanes than slots.
  await insert(['9x', ...'abcdefghijklm'], (id) => id);
  start();
  await failed.promise;
  const closing = close();
  gate.resolve();
  await closing;
  const after = await states();
  expect(after['9x']).toBe('pending');
  expect(Object.values(after).filter((state) => state === 'pending').length).toBeGreaterThanOrEqual(5);
});
