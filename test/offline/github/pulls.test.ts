import { expect, test } from 'vitest';
import { asInstallation, at, git, startGitHub, startReceiver } from './bench.ts';

async function withPull(body = '') {
  const world = await startGitHub();
  const kit = await asInstallation(world.github);
  const issue = await world.ann.createIssue({ title: 'Add two' });
  const { sha } = await world.ann.push({
    branch: 'feature/two',
    files: { 'src/two.js': 'two\n' },
    message: 'two',
  });
  const { data } = await kit.rest.pulls.create({
    ...at,
    title: 'Two',
    head: 'feature/two',
    base: 'main',
    body,
  });
  return { ...world, kit, issue: issue.number, number: data.number, head: sha };
}

test('files and commits are what git says', async () => {
  const { github, kit, ann, number } = await withPull();
  await ann.push({
    branch: 'feature/two',
    files: { 'README.md': null, 'src/index.js': 'export const one = 2;\n' },
    message: 'more',
  });
  const files = await kit.rest.pulls.listFiles({ ...at, pull_number: number });
  expect(files.data.map(({ filename, status, patch }) => ({ filename, status, patch }))).toEqual([
    { filename: 'README.md', status: 'removed', patch: '@@ -1 +0,0 @@\n-# lib' },
    {
      filename: 'src/index.js',
      status: 'modified',
      patch: '@@ -1 +1 @@\n-export const one = 1;\n+export const one = 2;',
    },
    { filename: 'src/two.js', status: 'added', patch: '@@ -0,0 +1 @@\n+two' },
  ]);
  const commits = await kit.rest.pulls.listCommits({ ...at, pull_number: number });
  expect(commits.data.map(({ commit, author }) => [commit.message, author?.login])).toEqual([
    ['two', 'ann'],
    ['more', 'ann'],
  ]);
  expect(github.violations()).toEqual([]);
});

test('mergeability is tried, not claimed', async () => {
  const { kit, ann, number } = await withPull();
  const state = async () => {
    const { data } = await kit.rest.pulls.get({ ...at, pull_number: number });
    return [data.mergeable, data.mergeable_state];
  };
  expect(await state()).toEqual([true, 'clean']);
  const { data } = await kit.rest.pulls.get({ ...at, pull_number: number });
  const check = { ...at, name: 'ci', head_sha: data.head.sha };
  const { data: run } = await kit.rest.checks.create({ ...check, status: 'in_progress' });
  expect(await state()).toEqual([true, 'unstable']);
  await kit.rest.checks.update({ ...at, check_run_id: run.id, conclusion: 'success' });
  expect(await state()).toEqual([true, 'clean']);
  await ann.push({ branch: 'main', files: { 'src/two.js': 'another two\n' }, message: 'conflict' });
  expect(await state()).toEqual([false, 'dirty']);
  await expect(kit.rest.pulls.merge({ ...at, pull_number: number })).rejects.toMatchObject({ status: 405 });
});

test('a merge with another head than named is refused with 409', async () => {
  const { kit, ann, number, head } = await withPull();
  await ann.push({ branch: 'feature/two', files: { x: 'x' }, message: 'by a person' });
  const merge = kit.rest.pulls.merge({ ...at, pull_number: number, sha: head });
  await expect(merge).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining('Head branch was modified'),
  });
});

test('merging closes the issue that the body fixes, and says so by webhook', async () => {
  const { github, kit, number, issue, head } = await withPull('Fixes #1');
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  const { data } = await kit.rest.pulls.merge({ ...at, pull_number: number, sha: head });
  expect((await kit.rest.issues.get({ ...at, issue_number: issue })).data).toMatchObject({
    state: 'closed',
    state_reason: 'completed',
    closed_by: { login: 'auto-build[bot]' },
  });
  expect((await kit.rest.pulls.get({ ...at, pull_number: number })).data).toMatchObject({
    merged: true,
    state: 'closed',
    merge_commit_sha: data.sha,
    changed_files: 1,
  });
  expect(await github.readFile({ owner: 'acme', name: 'lib' }, 'main', 'src/two.js')).toBe('two\n');
  await github.webhooksIdle();
  expect(app.names()).toEqual(['pull_request.closed', 'push', 'issues.closed']);
  await expect(kit.rest.pulls.merge({ ...at, pull_number: number })).rejects.toMatchObject({ status: 405 });
  expect(github.violations()).toEqual([]);
});

test('a commit message on the default branch closes too, one on another branch does not', async () => {
  const { kit, ann, issue } = await withPull();
  const state = async () => (await kit.rest.issues.get({ ...at, issue_number: issue })).data.state;
  await ann.push({ branch: 'side', files: { s: 's' }, message: `closes #${issue}` });
  expect(await state()).toBe('open');
  await ann.push({ branch: 'main', files: { m: 'm' }, message: `resolved: #${issue}` });
  expect(await state()).toBe('closed');
});

test.each([
  ['merge', 2, 'Merge pull request #2 from acme/feature/two\n\nTwo'],
  ['squash', 1, 'two (#2)'],
  ['rebase', 1, 'two'],
] as const)('%s makes its own kind of commit', async (method, parents, message) => {
  const { kit, dir, ann, number } = await withPull();
  const { sha: base } = await ann.push({ branch: 'main', files: { other: 'other\n' }, message: 'other' });
  const { data } = await kit.rest.pulls.merge({ ...at, pull_number: number, merge_method: method });
  const { stdout } = await git(dir, 'log', '-1', '--format=%P%n%B', 'main');
  const [line = '', ...text] = stdout.split('\n');
  expect(line.split(' ')).toHaveLength(parents);
  expect(line.split(' ')[0]).toBe(base);
  expect(text.join('\n').trim()).toBe(message);
  expect((await git(dir, 'rev-parse', 'main')).stdout).toBe(data.sha);
  expect((await git(dir, 'ls-tree', '--name-only', 'main')).stdout.split('\n')).toEqual([
    'README.md',
    'other',
    'src',
  ]);
});

test('a second pull request of the same branches, or one without commits, is refused with 422', async () => {
  const { kit, ann } = await withPull();
  const create = (head: string) => kit.rest.pulls.create({ ...at, title: 'Again', head, base: 'main' });
  const refusal = (message: string) => ({
    status: 422,
    response: { data: { errors: [{ code: 'custom', message }] } },
  });
  await expect(create('feature/two')).rejects.toMatchObject(
    refusal('A pull request already exists for acme:feature/two.'),
  );
  await ann.push({ branch: 'even', files: {}, message: 'x' });
  await kit.rest.git.updateRef({
    ...at,
    ref: 'heads/even',
    sha: (await kit.rest.repos.getBranch({ ...at, branch: 'main' })).data.commit.sha,
    force: true,
  });
  await expect(create('even')).rejects.toMatchObject(refusal('No commits between main and even'));
  await expect(create('unknown')).rejects.toMatchObject({ status: 422 });
});

test('of two pull requests opened at the same time one is refused', async () => {
  const { kit, ann } = await withPull();
  await ann.push({ branch: 'y', files: { y: 'y' }, message: 'y' });
  const create = () => kit.rest.pulls.create({ ...at, title: 'Y', head: 'y', base: 'main' });
  const outcomes = await Promise.allSettled([create(), create(), create()]);
  expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
});

test('a list is filtered by head only with its owner, as on GitHub', async () => {
  const { kit, number } = await withPull();
  const numbers = async (head: string) =>
    (await kit.rest.pulls.list({ ...at, head })).data.map((pull) => pull.number);
  expect(await numbers('acme:feature/two')).toEqual([number]);
  expect(await numbers('acme:other')).toEqual([]);
  expect(await numbers('other')).toEqual([number]);
});

test('a pull request from a fork has its head there, whatever a branch of the same name does here', async () => {
  const { github, kit, ann, rob, number } = await withPull();
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  const branch = 'feature/two';
  const input = { title: 'Two, too', branch, files: { 'src/two.js': 'mine\n' }, message: 'mine' };
  const forked = (await rob.createPullRequestFromFork(input)).number;
  const get = async () => (await kit.rest.pulls.get({ ...at, pull_number: forked })).data;
  const { head, base } = await get();
  expect(head).toMatchObject({ label: `rob:${branch}`, ref: branch, repo: { fork: true } });
  expect(head.repo?.id).not.toBe(base.repo.id);
  const numbers = async (owner: string) =>
    (await kit.rest.pulls.list({ ...at, head: `${owner}:${branch}` })).data.map((pull) => pull.number);
  expect(await numbers('rob')).toEqual([forked]);
  expect(await numbers('acme')).toEqual([number]);
  await ann.push({ branch, files: { 'src/two.js': 'more\n' }, message: 'more' });
  expect((await get()).head.sha).toBe(head.sha);
  await expect(rob.createPullRequestFromFork(input)).rejects.toThrow('Validation Failed');
  await ann.closePullRequest(forked);
  await ann.reopenPullRequest(forked);
  expect((await ann.mergePullRequest(forked)).sha).toMatch(/^[0-9a-f]{40}$/);
  await github.webhooksIdle();
  expect(app.names().filter((name) => name === 'pull_request.opened')).toHaveLength(1);
  expect(github.violations()).toEqual([]);
});

test('reviews are asked of collaborators only', async () => {
  const { kit, number, github } = await withPull();
  const ask = (login: string) =>
    kit.rest.pulls.requestReviewers({ ...at, pull_number: number, reviewers: [login] });
  expect((await ask('ann')).data.requested_reviewers?.map((user) => user.login)).toEqual(['ann']);
  github.addUser({ login: 'stranger' });
  await expect(ask('stranger')).rejects.toMatchObject({ status: 422 });
  expect(github.violations()).toEqual([]);
});
