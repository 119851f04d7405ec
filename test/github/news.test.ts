import { expect, test } from 'vitest';
import { name, testPace, testWorld } from './world.ts';

test('a comment that was edited into a command is none, whoever did that', async () => {
  let at = Date.parse('2026-01-05T10:00:00Z');
  await using world = await testWorld(testPace, () => new Date(at));
  const { local, repository } = world;
  local.setRole(name, 'jules', 'write');
  const [mona, jules] = [local.as('mona', name), local.as('jules', name)];
  const { number } = await mona.createIssue({ title: 'One' });
  const { id } = await jules.comment(number, 'I will look at it tomorrow.');
  at += 60_000;
  await mona.editComment(id, '/approve');
  await jules.comment(number, '/pause');
  const common = { defaultBranch: 'main', installationId: 1, since: 0 };
  const { news } = await repository.news({ ...common, label: 'auto-build', live: [], versions: {} });
  const spoken = await repository.spoken({ ...common, issue: number, pullRequest: undefined });
  for (const told of [news, spoken])
    expect(told.map(({ payload }) => payload.comment)).toMatchObject([{ body: '/pause' }]);
});

test('what was changed in the very second of the label is not taken for what the label was put on', async () => {
  await using world = await testWorld(testPace, () => new Date('2026-01-05T10:00:00Z'));
  const { local, repository } = world;
  const mona = local.as('mona', name);
  const changes = [{}, { body: 'Another text' }, { title: 'Another title' }];
  for (const change of changes) {
    const { number } = await mona.createIssue({ title: 'One' });
    await mona.addLabel(number, 'auto-build');
    if (Object.keys(change).length > 0) await mona.editIssue(number, change);
  }
  const common = { defaultBranch: 'main', installationId: 1, since: 0 };
  const told = await repository.news({ ...common, label: 'auto-build', live: [], versions: {} });
  expect(told.news.map(({ payload }) => payload.issue)).toMatchObject([{ number: 1 }]);
  expect(told.changed.map(({ issue }) => issue).sort()).toEqual([2, 3]);
});
