import { afterAll, beforeAll, expect, test } from 'vitest';
import { name, type TestWorld, testWorld } from './world.ts';

let world: TestWorld;
beforeAll(async () => {
  world = await testWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test('a pull request is put into the queue once its checks are green, and told why it was taken out', async () => {
  const { local, repository } = world;
  const mona = local.as('mona', name);
  const { sha } = await mona.push({ branch: 'topic', files: { 'a.txt': 'a\n' }, message: 'a' });
  const { number } = await mona.createPullRequest({ title: 'A', head: 'topic' });
  const { mergeQueue } = repository;
  const admin = local.repository(name);
  admin.setRules('main', { mergeQueue: true, requiredChecks: ['ci'] });

  expect(await mergeQueue.look(number)).toEqual({ queued: false, removedBecause: null });
  expect(await mergeQueue.enqueue({ number, sha })).toMatchObject({ queued: false, refused: 'checks' });
  await admin.reportCheck({ sha, name: 'ci', conclusion: 'success' });
  const other = { number, sha: world.sha };
  expect(await mergeQueue.enqueue(other)).toMatchObject({ queued: false, refused: 'head-moved' });

  const entry = await mergeQueue.enqueue({ number, sha });
  expect(entry).toMatchObject({ queued: true });
  expect(await mergeQueue.look(number)).toMatchObject({ ...entry, position: 1 });
  const [group, ...more] = await mergeQueue.groups('main', number);
  expect(group?.base).toBe(world.sha);
  expect(more).toEqual([]);
  await admin.reportCheck({ sha: group!.sha, name: 'ci', conclusion: 'failure' });
  expect(await mergeQueue.look(number)).toEqual({ queued: false, removedBecause: 'CI_FAILURE' });
  expect(await mergeQueue.groups('main', number)).toEqual([]);
  expect(local.violations()).toEqual([]);
});
