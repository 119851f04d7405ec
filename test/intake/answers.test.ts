import { expect, test } from 'vitest';
import { onEvent } from '../../src/intake/on-event.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { openStore } from '../../src/store/open.ts';
import { name } from '../github/world.ts';
import { type Deed, pastOf } from './past.ts';
import { swiftEngine } from './swift.ts';

const say = (body: string): Deed => {
  return (local, { issue }) => local.as('mona', name).comment(issue, body);
};

test('a command keeps its answer however often it is told, even after the run has ended', async () => {
  const commands = {
    '/auto-build': '+1',
    '/resume': 'confused',
    '/pause': '+1',
    '/pause ': 'confused',
    '/budget plenty': 'confused',
    '/answer to nothing': 'confused',
    '/approve remaining': 'confused',
    '/retry build': 'confused',
    '/cancel': '+1',
    '/resume ': 'confused',
  };
  await using past = await pastOf(Object.keys(commands).map(say));
  const store = await openStore({ path: ':memory:' });
  const engine = swiftEngine(store, past);
  const answers: string[] = [];
  const add: typeof past.repository.reactions.add = async (on, content) => {
    answers.push(content);
    await past.repository.reactions.add(on, content);
  };
  const repository = { ...past.repository, reactions: { ...past.repository.reactions, add } };
  const ports = {
    engine,
    store,
    repository: () => repository,
    policy: async () => defaultPolicy,
    now: () => past.deliveredAt,
    moved: async () => {},
    purge: async () => {},
    self: async () => 'auto-build[bot]',
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  };
  for (const _ of ['first', 'second', 'third']) {
    answers.length = 0;
    for (const { name: event, payload } of past.told.flat()) {
      const parsed = parseEvent(event, payload);
      if ('ignored' in parsed) continue;
      await onEvent(parsed, ports);
      await engine.idle();
    }
    expect(answers).toEqual(Object.values(commands));
  }
  await engine.close();
  await store.close();
});
