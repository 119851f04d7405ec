import { expect, test } from 'vitest';
import { createGitHub } from '../../src/github/github.ts';
import { client, testPace, testWorld } from './world.ts';

test('who may not write any more gets no token to push with, not even one that was asked for before', async () => {
  await using world = await testWorld();
  const app = client(world.local.apiUrl);
  let left = 0;
  const mayWrite = () => {
    left -= 1;
    if (left < 0) throw new Error('somebody else has the lock');
  };
  const repository = createGitHub({ app, pace: testPace, mayWrite }).repository(world.repository.ref);
  await expect(repository.gitAuth('write')).rejects.toThrow('somebody else has the lock');
  left = 1;
  await expect(repository.gitAuth('write')).rejects.toThrow('somebody else has the lock');
  expect(await repository.gitAuth('read')).toMatchObject({ username: 'x-access-token' });
});
