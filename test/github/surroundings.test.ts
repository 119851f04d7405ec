import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ListedIssue } from '../../src/github/types.ts';
import { name, type TestWorld, testWorld } from './world.ts';

let world: TestWorld;
beforeAll(async () => {
  world = await testWorld();
});
afterAll(async () => {
  expect(world.local.violations()).toEqual([]);
  await world[Symbol.asyncDispose]();
});

async function all(since?: number): Promise<ListedIssue[]> {
  const found: ListedIssue[] = [];
  for await (const page of world.repository.around.changed(since)) found.push(...page);
  return found;
}

test('issues and pull requests, all of them or those that changed since, none left out between pages', async () => {
  const { local } = world;
  const day = 24 * 60 * 60_000;
  const first = Date.UTC(2026, 0, 1);
  const many = Array.from({ length: 250 }, (_, at) => ({
    title: `Issue ${at + 1}`,
    state: at % 2 === 0 ? ('open' as const) : ('closed' as const),
    createdAt: new Date(first + at * day),
  }));
  local.repository(name).seedIssues(many);
  const mona = local.as('mona', name);
  await mona.push({ branch: 'fix', files: { 'x.txt': 'x' }, message: 'x' });
  const pull = await mona.createPullRequest({ title: 'Fix it', body: 'Fixes #1', head: 'fix' });
  const everything = await all();
  expect(new Set(everything.map(({ number }) => number)).size).toBe(251);
  expect(everything[0]).toMatchObject({
    number: pull.number,
    kind: 'pull-request',
    state: 'open',
    body: 'Fixes #1',
  });
  expect(everything.at(-1)).toMatchObject({ number: 1, kind: 'issue', state: 'open', updatedAt: first });

  const since = await all(first + 30 * day);
  expect(new Set(since.map(({ number }) => number)).size).toBe(221);
  expect(since[0]).toMatchObject({ number: 31 });

  expect(await world.repository.around.openPullRequests()).toEqual([
    { number: pull.number, title: 'Fix it', body: 'Fixes #1', author: 'mona', ours: false, branch: 'fix' },
  ]);
  await mona.mergePullRequest(pull.number);
  const merged = (await all()).find(({ number }) => number === pull.number);
  expect(merged).toMatchObject({ kind: 'pull-request', state: 'merged' });
  expect(await world.repository.around.openPullRequests()).toEqual([]);
});

test('what blocks an issue, who took it, and closing it as a duplicate', async () => {
  const mona = world.local.as('mona', name);
  const { number: blocker } = await mona.createIssue({ title: 'First' });
  const { number } = await mona.createIssue({ title: 'Then' });
  mona.blockBy(number, blocker);
  mona.assign(number, 'jules');
  expect(await world.repository.around.blockedBy(number)).toEqual([
    { repository: 'acme/tiny', number: blocker, title: 'First', open: true },
  ]);
  expect(await world.repository.around.blockedBy(blocker)).toEqual([]);
  expect(await world.repository.around.blockedBy(99_999)).toEqual([]);
  expect((await world.repository.issue(number)).assignees).toEqual(['jules']);
  await world.repository.closeIssue(number, 'duplicate');
  await world.repository.closeIssue(number, 'duplicate');
  const issue = (await world.local.snapshot()).repositories[0]?.issues.find((each) => each.number === number);
  expect(issue).toMatchObject({ state: 'closed', stateReason: 'duplicate' });
});

test('what the installation grants', async () => {
  expect(await world.repository.granted()).toMatchObject({ contents: 'write', metadata: 'read' });
});
