import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GitHubError } from '../../src/github/github-error.ts';
import { name, type TestWorld, testWorld } from './world.ts';

let world: TestWorld;
beforeAll(async () => {
  world = await testWorld();
});
afterAll(async () => {
  expect(world.local.violations()).toEqual([]);
  await world[Symbol.asyncDispose]();
});

const as = (login: string) => world.local.as(login, name);

/** A pull request of ours from a branch with one commit on it. */
async function openPull(branch: string, file = `${branch}.txt`, content = 'new\n') {
  const { sha } = await as('mona').push({ branch, files: { [file]: content }, message: 'work' });
  const pull = await world.repository.pullRequests.create({
    head: branch,
    base: 'main',
    title: branch,
    body: '<!-- ours -->\nwords',
    draft: false,
  });
  return { pull, sha };
}

test('knows itself and the repository', async () => {
  expect(await world.github.appSlug()).toBe('auto-build');
  expect(await world.repository.about()).toEqual({
    defaultBranch: 'main',
    cloneUrl: `${world.local.url}/acme/tiny.git`,
    private: false,
    archived: false,
  });
  expect(await world.repository.branchTip('main')).toBe(world.sha);
  expect(await world.repository.branchTip('feature/none')).toBeUndefined();
  expect(await world.repository.rulesFor('main')).toMatchObject({
    requiredChecks: [],
    approvals: 0,
    mergeMethods: null,
  });
});

test('reads files as text, and says undefined for what is not a file', async () => {
  const { repository } = world;
  expect(await repository.readFile('package.json', world.sha)).toContain('"name": "tiny-text"');
  expect(await repository.readFile('nowhere.txt', 'main')).toBeUndefined();
  expect(await repository.readFile('src', 'main')).toBeUndefined();
});

test('tells triage from read and write by role_name', async () => {
  const { repository } = world;
  expect(await repository.roleOf('mona')).toBe('write');
  expect(await repository.roleOf('jules')).toBe('triage');
  expect(await repository.roleOf('nobody-at-all')).toBe('none');
});

test('labels and reactions may be added and removed twice', async () => {
  const { number } = await as('mona').createIssue({ title: 'Labels', body: 'text' });
  const { labels, reactions, issue } = world.repository;
  await labels.add(number, 'auto-build');
  await labels.add(number, 'auto-build');
  expect(await issue(number)).toMatchObject({
    title: 'Labels',
    author: 'mona',
    labels: ['auto-build'],
    isPullRequest: false,
    assignees: [],
  });
  await labels.remove(number, 'auto-build');
  await labels.remove(number, 'auto-build');
  expect((await issue(number)).labels).toEqual([]);

  const { id } = await as('mona').comment(number, '/status');
  await reactions.add({ issue: number }, 'eyes');
  await reactions.add({ issue: number }, 'eyes');
  await reactions.add({ comment: id }, '+1');
  const shown = (await world.local.snapshot()).repositories[0]?.issues.find((each) => each.number === number);
  expect(shown?.reactions).toEqual({ eyes: ['auto-build[bot]'] });
  expect(shown?.comments[0]?.reactions).toEqual({ '+1': ['auto-build[bot]'] });
});

test('finds its own oldest comment by the marker at its start, on whatever page, and nobody else’s', async () => {
  const { comments } = world.repository;
  const { number } = await as('mona').createIssue({ title: 'Comments' });
  await as('mona').comment(number, '<!-- ours -->\nforged');
  for (let count = 0; count < 101; count += 1) await as('mona').comment(number, `noise ${count}`);
  await comments.create(number, 'quoting <!-- ours -->');
  expect(await comments.findByMarker(number, '<!-- ours -->')).toBeUndefined();
  const first = await comments.create(number, '<!-- ours -->\nfirst');
  await comments.create(number, '<!-- ours -->\nsecond');
  expect(await comments.findByMarker(number, '<!-- ours -->')).toEqual(first);
  expect((await comments.update(first.id, '<!-- ours -->\nedited')).body).toBe('<!-- ours -->\nedited');
});

test('finds its open pull request again, edits it and asks for reviews', async () => {
  const { pullRequests } = world.repository;
  const { pull, sha } = await openPull('auto-build/7-find');
  expect(pull).toMatchObject({
    state: 'open',
    draft: false,
    head: { branch: 'auto-build/7-find', sha },
    base: { branch: 'main' },
  });
  expect(await pullRequests.find({ head: 'auto-build/7-find', marker: '<!-- ours -->' })).toMatchObject({
    number: pull.number,
  });
  expect(await pullRequests.find({ head: 'auto-build/7-find', marker: '<!-- other -->' })).toBeUndefined();
  expect(await pullRequests.find({ head: 'auto-build/8', marker: '<!-- ours -->' })).toBeUndefined();
  const again = pullRequests.create({
    head: 'auto-build/7-find',
    base: 'main',
    title: 't',
    body: '',
    draft: false,
  });
  await expect(again).rejects.toMatchObject({ name: 'GitHubError', kind: 'unprocessable', status: 422 });
  expect(await pullRequests.update(pull.number, { title: 'better' })).toMatchObject({
    title: 'better',
    body: pull.body,
  });
  const asked = ['ghost', 'octo-org/platform', 'elsewhere/platform', 'mona'].map((name) =>
    pullRequests.requestReviewer(pull.number, name),
  );
  expect(await Promise.all(asked)).toEqual([false, false, false, true]);
  await as('mona').closePullRequest(pull.number);
  expect((await pullRequests.get(pull.number)).state).toBe('closed');
  expect(await pullRequests.find({ head: 'auto-build/7-find', marker: '<!-- ours -->' })).toBeUndefined();
});

test('sends each annotation of a check run once, however often it is updated', async () => {
  const { checkRuns } = world.repository;
  const { pull, sha } = await openPull('auto-build/9-checks');
  const annotations = Array.from({ length: 120 }, (_, at) => ({
    path: 'src/index.js',
    startLine: at + 1,
    endLine: at + 1,
    level: 'warning' as const,
    title: `finding ${at + 1}`,
    message: 'words',
  }));
  const request = {
    name: 'auto-build / review',
    sha,
    externalId: 'r1:review:1',
    status: 'in_progress' as const,
    startedAt: Date.UTC(2026, 10, 3, 12),
    output: { title: 'Review', summary: 'words' },
    annotations: annotations.slice(0, 60),
  };
  expect([...(await checkRuns.onCommit(sha))]).toEqual([]);
  const run = await checkRuns.create(request);
  expect([...(await checkRuns.onCommit(sha))]).toEqual([[request.externalId, run]]);
  const done = {
    ...request,
    annotations,
    status: 'completed' as const,
    conclusion: 'neutral' as const,
    completedAt: Date.UTC(2026, 10, 3, 12, 1),
  };
  await checkRuns.update(run.id, done);
  expect(await checkRuns.update(run.id, done)).toMatchObject({ status: 'completed', conclusion: 'neutral' });
  const shown = (await world.local.snapshot()).repositories[0]?.pulls.find(
    (each) => each.number === pull.number,
  );
  expect(shown?.checks[0]?.annotations.map(({ title }) => title)).toEqual(
    annotations.map(({ title }) => title),
  );
  expect(shown?.checks[0]).toMatchObject({
    startedAt: '2026-11-03T12:00:00.000Z',
    completedAt: '2026-11-03T12:01:00.000Z',
  });
  expect(await world.repository.checksOn(sha)).toEqual([]);
});

test('merges the head that was asked for, and again says so', async () => {
  const { pull, sha } = await openPull('auto-build/10-merge');
  const request = {
    number: pull.number,
    sha,
    method: 'squash' as const,
    title: 'feat: it',
    message: 'Fixes #1',
  };
  const merged = await world.repository.merge(request);
  expect(merged).toEqual({ merged: true, sha: await world.repository.branchTip('main') });
  // The answer may have been lost: the second call is refused by GitHub, and is no second merge.
  expect(await world.repository.merge(request)).toEqual(merged);
});

test('says why a merge was refused', async () => {
  const moved = await openPull('auto-build/11-moved');
  await as('mona').push({ branch: 'auto-build/11-moved', files: { 'late.txt': 'late\n' }, message: 'late' });
  const request = {
    number: moved.pull.number,
    sha: moved.sha,
    method: 'squash' as const,
    title: 't',
    message: 'm',
  };
  expect(await world.repository.merge(request)).toMatchObject({ merged: false, refused: 'head-moved' });

  const conflict = await openPull('auto-build/12-conflict', 'README.md', 'theirs\n');
  await as('mona').push({ branch: 'main', files: { 'README.md': 'ours\n' }, message: 'other' });
  expect(
    await world.repository.merge({ ...request, number: conflict.pull.number, sha: conflict.sha }),
  ).toMatchObject({ merged: false, refused: 'conflict' });

  const closed = await openPull('auto-build/13-closed');
  await as('mona').closePullRequest(closed.pull.number);
  expect(
    await world.repository.merge({ ...request, number: closed.pull.number, sha: closed.sha }),
  ).toMatchObject({
    merged: false,
    refused: 'closed',
  });
});

test('hands out a token for git that clones and pushes this repository', async () => {
  const { username, token } = await world.repository.gitAuth('write');
  const basic = Buffer.from(`${username}:${token}`).toString('base64');
  const { cloneUrl } = await world.repository.about();
  const { stdout } = await promisify(execFile)('git', [
    '-c',
    `http.extraheader=Authorization: Basic ${basic}`,
    'ls-remote',
    cloneUrl,
    'refs/heads/main',
  ]);
  expect(stdout).toContain(await world.repository.branchTip('main'));
});

test('asks for one repository and the permissions of the call, never for more', async () => {
  await world.repository.issue(1);
  const tokens = world.local
    .ledger()
    .filter(({ operation }) => operation === 'apps/create-installation-access-token');
  expect(tokens.length).toBeGreaterThan(3);
  for (const { body } of tokens) {
    expect(body).toMatchObject({ repository_ids: [world.repository.ref.id] });
    expect(Object.keys((body as { permissions: object }).permissions)).toHaveLength(1);
  }
});

test('an unknown thing is a GitHubError with the words of GitHub', async () => {
  const error: unknown = await world.repository.issue(4711).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GitHubError);
  expect(error).toMatchObject({
    kind: 'not-found',
    status: 404,
    words: expect.stringContaining('/issues/4711 was answered 404: Not Found'),
  });
  expect(JSON.stringify(error)).not.toContain('ghs_');
});

test('what came to be there twice is reconciled to the oldest, once the list shows the newest', async () => {
  const { comments, pullRequests, ownIssues } = world.repository;
  const { number } = await as('mona').createIssue({ title: 'Twins', body: 'text' });
  const marker = '<!-- twins -->';
  await as('mona').comment(number, `${marker} quoted by somebody else`);
  const [first, second, third] = [
    await comments.create(number, `${marker} 1`),
    await comments.create(number, `${marker} 2`),
    await comments.create(number, `${marker} 3`),
  ];
  expect(await comments.keepOldest(number, marker, third.id + 1)).toBeUndefined();
  expect(await comments.keepOldest(number, marker, third.id)).toBe(first.id);
  expect(await comments.keepOldest(number, marker, second.id)).toBeUndefined();
  expect(await comments.keepOldest(number, marker, first.id)).toBe(first.id);
  const issue = (await world.local.snapshot()).repositories[0]?.issues.find((each) => each.number === number);
  expect(issue?.comments.map(({ body }) => body)).toEqual([
    `${marker} quoted by somebody else`,
    `${marker} 1`,
  ]);

  const follow = { title: 'Follow-up', body: `${marker}\nwords`, labels: [] };
  const [older, newer] = [await ownIssues.create(follow), await ownIssues.create(follow)];
  expect(await ownIssues.keepOldest(marker, newer.number)).toBe(older.number);
  expect(await world.repository.issue(newer.number)).toMatchObject({ state: 'closed' });
  expect(await world.repository.issue(older.number)).toMatchObject({ state: 'open' });

  const { pull } = await openPull('twin');
  await as('mona').push({ branch: 'elsewhere', files: { 'else.txt': 'e' }, message: 'another base' });
  const again = { head: 'twin', base: 'elsewhere', title: 'twin', body: pull.body, draft: false };
  const twin = await pullRequests.create(again);
  const by = { head: 'twin', marker: '<!-- ours -->' };
  expect(await pullRequests.keepOldest(by, twin.number)).toBe(pull.number);
  expect(await pullRequests.get(twin.number)).toMatchObject({ state: 'closed' });
  expect(await pullRequests.get(pull.number)).toMatchObject({ state: 'open' });
});
