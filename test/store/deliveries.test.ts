import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewDelivery, Store } from '../../src/store/store.ts';
import { databases, type TestDatabase } from './databases.ts';

function delivery(id: string, rest: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id,
    name: 'issues',
    identity: `of ${id}`,
    lane: 'repo:1',
    payload: `{"id":"${id}"}`,
    receivedAt: 9,
    ...rest,
  };
}

describe.each(Object.entries(databases))('deliveries on %s', (_name, createDatabase) => {
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await createDatabase();
    store = await database.open();
  });
  afterEach(async () => {
    await store.close();
    await database.remove();
  });
  const pending = async () => (await store.deliveries.take({ after: 0, limit: 5000 })).map((row) => row.id);

  test('are taken in the order in which they came, also after a restart', async () => {
    const ids = Array.from({ length: 1203 }, (_, index) => `d${index}`);
    expect(await store.deliveries.insertMany(ids.map((id) => delivery(id)))).toEqual(
      Array(1203).fill('stored'),
    );
    await store.deliveries.insertMany([delivery('last')]);
    await store.close();
    store = await database.open();
    expect(await pending()).toEqual([...ids, 'last']);
    const [first, second] = await store.deliveries.take({ after: 0, limit: 2 });
    expect(await store.deliveries.take({ after: first!.position, limit: 1 })).toEqual([second]);
    expect(await store.deliveries.payload('d7')).toBe('{"id":"d7"}');
  });

  test('a known id or a known identity is a duplicate, also within one batch', async () => {
    expect(
      await store.deliveries.insertMany([delivery('a'), delivery('a'), delivery('b', { identity: 'of a' })]),
    ).toEqual(['stored', 'duplicate', 'duplicate']);
    expect(
      await store.deliveries.insertMany([
        delivery('a', { identity: 'new' }),
        delivery('c', { identity: 'of a' }),
      ]),
    ).toEqual(['duplicate', 'duplicate']);
    expect(await pending()).toEqual(['a']);
  });

  test('what was undone and done again is news, whatever is repeated in between', async () => {
    const on = (id: string) => delivery(id, { identity: 'on', contrary: 'off' });
    const off = (id: string) => delivery(id, { identity: 'off', contrary: 'on' });
    expect(await store.deliveries.insertMany([on('a'), on('a2'), off('b'), off('b2')])).toEqual([
      'stored',
      'duplicate',
      'stored',
      'duplicate',
    ]);
    expect(await store.deliveries.insertMany([on('c')])).toEqual(['stored']);
    expect(await store.deliveries.insertMany([on('c2'), on('a'), on('c'), off('b')])).toEqual(
      Array(4).fill('duplicate'),
    );
    expect(await store.deliveries.insertMany([off('d'), on('e'), on('e2')])).toEqual([
      'stored',
      'stored',
      'duplicate',
    ]);
    expect(await pending()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('without an identity only the id counts', async () => {
    const nameless = ['a', 'b'].map((id) => delivery(id, { identity: undefined }));
    expect(await store.deliveries.insertMany(nameless)).toEqual(['stored', 'stored']);
  });

  test('ignored ones are kept with the reason and never taken', async () => {
    await store.deliveries.insertMany([delivery('a', { ignored: 'not for us', payload: '' })]);
    expect(await pending()).toEqual([]);
    expect(await store.deliveries.list({ limit: 5 })).toMatchObject([
      { id: 'a', state: 'ignored', error: 'not for us' },
    ]);
  });

  test('processed ones are not taken again, failed ones only after a redelivery', async () => {
    await store.deliveries.insertMany([delivery('a'), delivery('b'), delivery('c')]);
    await store.deliveries.markProcessed(['b']);
    await store.deliveries.markFailed('a', { error: 'first', final: false });
    expect(await pending()).toEqual(['a', 'c']);
    await store.deliveries.markFailed('a', { error: 'second\0', final: true });
    expect(await pending()).toEqual(['c']);
    expect(await store.deliveries.list({ limit: 5 })).toMatchObject([
      { id: 'c', state: 'pending', attempts: 0 },
      { id: 'b', state: 'processed' },
      { id: 'a', state: 'failed', attempts: 2, error: 'second\u{FFFD}' },
    ]);
    expect(await store.deliveries.insertMany([delivery('d', { identity: 'of a' }), delivery('b')])).toEqual([
      'requeued',
      'duplicate',
    ]);
    expect(await pending()).toEqual(['c', 'a']);
  });
});
