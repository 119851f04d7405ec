import { expect, onTestFinished, test } from 'vitest';
import { commentOnce } from '../../src/intake/comment-once.ts';
import { name, testWorld } from '../github/world.ts';

test('news that comes twice at once, and once more later, is answered once; other news too', async () => {
  const world = await testWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const { local, repository } = world;
  const { number } = await local.as('mona', name).createIssue({ title: 'It' });
  const answer = (marker: string) => commentOnce(repository, number, marker, `${marker}\nwords`);
  await Promise.all([answer('<!-- a -->'), answer('<!-- a -->'), answer('<!-- b -->')]);
  local.plan({ operation: 'issues/create-comment', kind: 'stale' });
  await Promise.all([answer('<!-- a -->'), answer('<!-- c -->'), answer('<!-- c -->')]);
  const bodies = (await local.snapshot()).repositories[0]!.issues[0]!.comments.map(({ body }) => body);
  expect(bodies.sort()).toEqual(['<!-- a -->\nwords', '<!-- b -->\nwords', '<!-- c -->\nwords']);
  expect(local.planned()).toEqual([]);
});
