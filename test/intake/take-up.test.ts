import { expect, onTestFinished, test } from 'vitest';
import { createConsumer } from '../../src/intake/consumer.ts';
import { openStore } from '../../src/store/open.ts';

test('a delivery that could not be marked in the store is taken up again, when a refresh asks for it', async () => {
  const store = await openStore({ path: ':memory:' });
  const received: string[] = [];
  let isFull = true;
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const consumer = createConsumer({
    deliveries: {
      ...store.deliveries,
      async markProcessed(ids) {
        if (isFull) throw new Error('the disk is full');
        await store.deliveries.markProcessed(ids);
      },
    },
    receive: async ({ id }) => void received.push(id),
    log: quiet,
    retryWaits: [],
  });
  onTestFinished(async () => {
    await consumer.close();
    await store.close();
  });
  const delivery = { name: 'push', identity: undefined, lane: 'repo:1', payload: '{}', receivedAt: 1 };
  await store.deliveries.insertMany([{ ...delivery, id: 'one' }]);
  consumer.start();
  await consumer.idle();
  consumer.wake();
  await consumer.idle();
  expect(received).toEqual(['one']);

  isFull = false;
  consumer.takeUp();
  await consumer.idle();
  consumer.takeUp();
  await consumer.idle();
  expect(received).toEqual(['one', 'one']);
});
