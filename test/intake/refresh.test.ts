import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { name } from '../github/world.ts';
import { unheard } from './unheard.ts';

test('labels and commands are found once, by whom they were made, and after a restart as well', async () => {
  const { local, look, restart } = await unheard();
  const mona = local.as('mona', name);
  const { number } = await mona.createIssue({ title: 'One', body: 'text' });
  expect(await look()).toEqual([]);
  await mona.addLabel(number, 'bug');
  await mona.addLabel(number, 'auto-build');
  await local.as('jules', name).comment(number, 'What a nice issue.');
  await local.as('jules', name).comment(number, '/status');
  expect(await look()).toEqual(['issue-labeled by mona', 'comment-created by jules']);
  expect(await look()).toEqual([]);

  restart();
  await local.as('jules', name).comment(number, '/help');
  // GitHub's lists lag behind: a new life looks back a little, and whoever acts on it knows what it has done.
  expect(await look()).toEqual([
    'issue-labeled by mona',
    'comment-created by jules',
    'comment-created by jules',
  ]);
  expect(local.violations()).toEqual([]);
});

test('a label that was put on before the app came to be there starts nothing', async () => {
  const { local, look, advance, restart } = await unheard();
  await local.as('mona', name).createIssue({ title: 'Old', labels: ['auto-build'] });
  advance(24 * 60 * 60_000);
  restart();
  expect(await look()).toEqual([]);
  expect(await look()).toEqual([]);
});

test.each([
  ['text', { body: 'Delete everything.' }],
  ['title', { title: 'Delete everything' }],
])('a label is not obeyed once the %s was changed after it: it is asked for again', async (_, change) => {
  const { local, look, advance } = await unheard();
  const mona = local.as('mona', name);
  await look();
  const { number } = await mona.createIssue({ title: 'One', body: 'text' });
  await mona.addLabel(number, 'auto-build');
  await nextSecond();
  await mona.editIssue(number, change);
  const comments = async () => {
    const [repository] = (await local.snapshot()).repositories;
    const issue = repository?.issues.find((each) => each.number === number);
    return issue?.comments.map(({ body }) => body);
  };
  // The webhook, with the issue as it was, may still be on its way.
  expect(await look()).toEqual([]);
  expect(await comments()).toEqual([]);
  advance(2 * 60_000);
  expect(await look()).toEqual([]);
  expect(await look()).toEqual([]);
  expect(await comments()).toEqual([expect.stringContaining('put it on again')]);
  expect(local.violations()).toEqual([]);
});

test('what becomes of the issue and the pull request of a run is found', async () => {
  const { local, look, run } = await unheard();
  const mona = local.as('mona', name);
  const { number: issue } = await mona.createIssue({ title: 'One', labels: ['auto-build'] });
  const { sha } = await mona.push({ branch: 'auto-build/1-one', files: { 'a.txt': 'a' }, message: 'a' });
  const { number: pullRequest } = await mona.createPullRequest({ title: 'P', head: 'auto-build/1-one' });
  await run({ issue, pullRequest, head: sha });
  await look();
  expect(await look()).toEqual([]);
  const moved = await mona.push({ branch: 'auto-build/1-one', files: { 'a.txt': 'b' }, message: 'b' });
  expect(await look()).toEqual(['pull-request-synchronized by ghost']);
  await local.as('jules', name).review(pullRequest, { state: 'approve' });
  await mona.push({ branch: 'auto-build/1-one', files: { 'a.txt': 'a' }, message: 'a', onto: sha });
  expect(moved.sha).not.toBe(sha);
  await nextSecond();
  await mona.removeLabel(issue, 'auto-build');
  expect(await look()).toContain('issue-unlabeled by mona');
  await mona.closePullRequest(pullRequest);
  await mona.closeIssue(issue);
  expect((await look()).toSorted()).toEqual(['issue-closed by mona', 'pull-request-closed by mona']);
  expect(local.violations()).toEqual([]);
});

test('what a run waited for in preflight is over: it looks again, and not before', async () => {
  const { local, look, run, told } = await unheard();
  const mona = local.as('mona', name);
  const { number: blocker } = await mona.createIssue({ title: 'First' });
  const { number: issue } = await mona.createIssue({ title: 'One', labels: ['auto-build'] });
  await run({ issue, waits: { cause: 'blocked', body: `Blocked by #${blocker}` } });
  const { number: queued } = await mona.createIssue({ title: 'Two', labels: ['auto-build'] });
  await look();
  expect(told()).toEqual([]);
  await mona.closeIssue(blocker);
  await look();
  expect(told()).toEqual(['change ']);
  await run({ issue: queued, waits: { cause: 'queued', body: '' } });
  await look();
  expect(told()).toEqual(['change ', 'change ']);
});

test('webhooks that GitHub could not deliver are fetched, once, and what it never knew of is found all the same', async () => {
  const { local, look, url } = await unheard({ webhooks: true });
  const mona = local.as('mona', name);
  local.setWebhookTarget(url);
  await look();
  local.dropWebhooks('fail');
  const { number } = await mona.createIssue({ title: 'One' });
  await mona.addLabel(number, 'auto-build');
  await local.webhooksIdle();
  local.dropWebhooks('forget');
  await mona.comment(number, '/status');
  local.dropWebhooks('none');
  // Once with the text as it was then, from what GitHub kept, and once as it is now.
  expect(await look()).toEqual(['issue-labeled by mona', 'issue-labeled by mona', 'comment-created by mona']);
  expect(await look()).toEqual([]);
  expect(local.violations()).toEqual([]);
});

test('a renamed, archived, suspended or lost repository is noticed', async () => {
  const { local, look, run, told } = await unheard();
  const { number: issue } = await local.as('mona', name).createIssue({ title: 'One' });
  await run({ issue });
  await look();
  const owner = local.repository(name);
  owner.archive();
  await look();
  owner.unarchive();
  await look();
  local.installation(name.owner).suspend();
  await look();
  local.installation(name.owner).unsuspend();
  owner.rename('other');
  await look();
  owner.delete();
  await look();
  await look();
  expect(told()).toEqual([
    'repository archived',
    'repository unarchived',
    'app suspended',
    'moved to acme/other',
    'app active',
    'app uninstalled',
  ]);
});

test.each([
  ['with webhooks', true, 3],
  ['without webhooks', false, 2],
])(
  'a refresh costs little: nothing of the hourly limit for quiet repositories, three requests for a live run (%s)',
  async (_, webhooks, app) => {
    const { local, look, run, requests } = await unheard({ webhooks });
    const mona = local.as('mona', name);
    const folder = path.resolve(import.meta.dirname, '../../fixtures/repos/slugify');
    for (let at = 0; at < 10; at += 1) {
      await local.createRepository({ owner: name.owner, name: `quiet-${at}`, source: { folder } });
    }
    await look();
    const quiet = await requests(look);
    const { number: issue } = await mona.createIssue({ title: 'One', labels: ['auto-build'] });
    const { sha: head } = await mona.push({
      branch: 'auto-build/1-one',
      files: { 'a.txt': 'a' },
      message: 'a',
    });
    const { number: pullRequest } = await mona.createPullRequest({ title: 'P', head: 'auto-build/1-one' });
    await run({ issue, pullRequest, head });
    await look();
    const live = await requests(look);
    console.log('requests that count, of the app and of the installation:', { quiet, live });
    // The list of installations, a token to ask for repositories, and what could not be delivered; and one page of the
    // repositories. Their lists of issues and comments are as they were.
    expect(quiet).toEqual({ app, installation: 1 });
    expect(live).toEqual({ app, installation: 1 + 3 });
  },
);

const nextSecond = () => setTimeout(1_010 - (Date.now() % 1_000));
