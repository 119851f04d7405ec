import { expect, test } from 'vitest';
import { createQueue } from '../../src/engine/queue.ts';

/** Jobs that go on until they are told to end. */
function bench(concurrency = 2) {
  const log: string[] = [];
  const open = new Map<string, () => void>();
  const waiting: { entry: string; resolve(): void }[] = [];
  const note = (entry: string) => {
    log.push(entry);
    for (const each of waiting) if (log.includes(each.entry)) each.resolve();
  };
  const queue = createQueue(async (key) => {
    note(`${key} begins`);
    await new Promise<void>((resolve) => open.set(key, resolve));
    note(`${key} ends`);
  }, concurrency);
  return {
    log,
    queue,
    end: (key: string) => open.get(key)?.(),
    /** Resolves when that happened. */
    until: (entry: string) =>
      log.includes(entry)
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.push({ entry, resolve })),
  };
}

test('jobs of different keys run side by side, up to the limit', async () => {
  const { queue, log, end, until } = bench(2);
  for (const key of ['a', 'b', 'c']) queue.enqueue(key);
  await until('b begins');
  expect(log).toEqual(['a begins', 'b begins']);
  end('a');
  await until('c begins');
  expect(log).toEqual(['a begins', 'b begins', 'a ends', 'c begins']);
  end('b');
  end('c');
  await queue.idle();
});

test('jobs of one key are a chain: asked for again while it runs, it runs once more', async () => {
  const { queue, log, end, until } = bench();
  queue.enqueue('a');
  await until('a begins');
  queue.enqueue('a');
  queue.enqueue('a');
  expect(log).toEqual(['a begins']);
  end('a');
  await until('a ends');
  await Promise.resolve();
  expect(log.slice(0, 3)).toEqual(['a begins', 'a ends', 'a begins']);
  end('a');
  await queue.idle();
  expect(log).toEqual(['a begins', 'a ends', 'a begins', 'a ends']);
});

test('asked for twice before it began, it runs once', async () => {
  const { queue, log, end, until } = bench(1);
  queue.enqueue('a');
  queue.enqueue('b');
  queue.enqueue('b');
  await until('a begins');
  end('a');
  await until('b begins');
  end('b');
  await queue.idle();
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a delay is the least wait; asked for at once meanwhile, it does not wait, and the delay is forgotten', async () => {
  const { queue, log, end, until } = bench();
  const startedAt = performance.now();
  queue.enqueue('a', 60);
  queue.enqueue('b', 30);
  queue.enqueue('b');
  await until('b begins');
  expect(log).toEqual(['b begins']);
  end('b');
  await until('a begins');
  expect(performance.now() - startedAt).toBeGreaterThan(55);
  end('a');
  await queue.idle();
  expect(log.toSorted()).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('what is cancelled does not begin, and what runs is not run again', async () => {
  const { queue, log, end, until } = bench(1);
  queue.enqueue('a');
  queue.enqueue('b');
  await until('a begins');
  queue.enqueue('a');
  queue.cancel('a');
  queue.cancel('b');
  end('a');
  await queue.idle();
  expect(log).toEqual(['a begins', 'a ends']);
});

test('closing waits for what runs and begins nothing more', async () => {
  const { queue, log, end, until } = bench(1);
  queue.enqueue('a');
  queue.enqueue('b');
  queue.enqueue('c', 1);
  await until('a begins');
  queue.enqueue('a');
  const closed = queue.close().then(() => log.push('closed'));
  end('a');
  await closed;
  queue.enqueue('d');
  await queue.idle();
  expect(log).toEqual(['a begins', 'a ends', 'closed']);
});
