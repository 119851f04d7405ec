import { expect, test } from 'vitest';
import type { BranchRules } from '../../../src/offline/github/local-github.ts';
import { asInstallation, at, startGitHub, startReceiver } from './bench.ts';

const name = { owner: 'acme', name: 'lib' };

async function withPull(rules: BranchRules) {
  const world = await startGitHub();
  const { github, ann } = world;
  github.setRole(name, 'amy', 'admin');
  const kit = await asInstallation(github);
  const { sha: head } = await ann.push({ branch: 'x', files: { x: 'x\n' }, message: 'x' });
  const { data } = await kit.rest.pulls.create({ ...at, title: 'X', head: 'x', base: 'main' });
  const repo = github.repository(name);
  repo.setRules('main', rules);
  const place = { ...at, pull_number: data.number };
  const state = async () => (await kit.rest.pulls.get(place)).data.mergeable_state;
  const merge = (method: 'merge' | 'squash' | 'rebase' = 'merge') =>
    kit.rest.pulls.merge({ ...place, merge_method: method });
  return { ...world, amy: github.as('amy', name), kit, repo, head, number: data.number, place, state, merge };
}

function refusal(words: string) {
  return {
    status: 405,
    response: { data: { message: `Repository rule violations found\n\n${words}\n\n` } },
  };
}

test('a required check blocks while it is missing, pending or red', async () => {
  const { github, kit, repo, head, state, merge, place } = await withPull({ requiredChecks: ['test'] });
  expect(await state()).toBe('blocked');
  await expect(merge()).rejects.toMatchObject(refusal('Required status check "test" is expected.'));
  await repo.reportCheck({ sha: head, name: 'test' });
  await expect(merge()).rejects.toMatchObject(refusal('Required status check "test" is in progress.'));
  const { id } = await repo.reportCheck({ sha: 'x', name: 'test', conclusion: 'failure' });
  await expect(merge()).rejects.toMatchObject(refusal('Required status check "test" is failing.'));
  const runs = await kit.rest.checks.listForRef({ ...at, ref: head });
  expect(runs.data.check_runs).toMatchObject([
    { id, name: 'test', conclusion: 'failure', app: { slug: 'github-actions', id: 15368 } },
  ]);
  // Ours is not theirs to change, nor the other way round.
  const change = kit.rest.checks.update({ ...at, check_run_id: id, conclusion: 'success' });
  await expect(change).rejects.toMatchObject({ status: 403 });
  await repo.reportCheck({ sha: 'x', name: 'test', conclusion: 'success' });
  expect(await state()).toBe('clean');
  await merge();
  expect((await kit.rest.pulls.get(place)).data.merged).toBe(true);
  expect(github.violations()).toEqual([]);
});

test('a required check of one app is not met by another, nor by a status', async () => {
  const { ann, repo, head, merge } = await withPull({ requiredChecks: [{ name: 'test', appId: 15368 }] });
  await repo.reportCheck({ sha: head, name: 'test', conclusion: 'success', app: 'other-ci' });
  await ann.setStatus(head, { context: 'test', state: 'success' });
  await expect(merge()).rejects.toMatchObject(refusal('Required status check "test" is expected.'));
});

test('statuses count too, the newest of each context', async () => {
  const { github, ann, kit, head, state, merge } = await withPull({ requiredChecks: ['ci/a', 'ci/b'] });
  const combined = async () => {
    const { data } = await kit.rest.repos.getCombinedStatusForRef({ ...at, ref: 'x' });
    return [data.state, data.statuses.map((status) => `${status.context} ${status.state}`)];
  };
  expect(await combined()).toEqual(['pending', []]);
  await expect(merge()).rejects.toMatchObject(refusal('2 of 2 required status checks are expected.'));
  await ann.setStatus('x', { context: 'ci/a', state: 'pending' });
  await ann.setStatus(head, { context: 'ci/b', state: 'failure', description: 'boom' });
  expect(await combined()).toEqual(['failure', ['ci/a pending', 'ci/b failure']]);
  const words = '2 of 2 required status checks have not succeeded: 1 in progress and 1 failing.';
  await expect(merge()).rejects.toMatchObject(refusal(words));
  await ann.setStatus('x', { context: 'ci/a', state: 'success' });
  await ann.setStatus('x', { context: 'ci/b', state: 'success' });
  expect(await combined()).toEqual(['success', ['ci/a success', 'ci/b success']]);
  expect(await state()).toBe('clean');
  expect((await kit.rest.repos.listCommitStatusesForRef({ ...at, ref: head })).data).toHaveLength(4);
  expect(github.violations()).toEqual([]);
});

test('statuses, check runs and suites are sent to the app', async () => {
  const { github, ann, repo, head } = await withPull({});
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  await ann.setStatus(head, { context: 'ci', state: 'success', targetUrl: 'http://ci.example/1' });
  await repo.reportCheck({ sha: head, name: 'build', conclusion: 'success' });
  await repo.reportCheck({ sha: head, name: 'test' });
  await repo.reportCheck({
    sha: head,
    name: 'test',
    conclusion: 'failure',
    title: 'Two failed',
    summary: '…',
  });
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'status',
    'check_run.created',
    'check_run.completed',
    'check_suite.completed',
    'check_run.created',
    'check_run.completed',
    'check_suite.completed',
  ]);
  expect(JSON.parse(app.received[0]!.body)).toMatchObject({
    sha: head,
    context: 'ci',
    state: 'success',
    branches: [{ name: 'x' }],
    sender: { login: 'ann' },
  });
  expect(JSON.parse(app.received.at(-1)!.body).check_suite).toMatchObject({
    head_sha: head,
    head_branch: 'x',
    conclusion: 'failure',
    app: { slug: 'github-actions' },
  });
  expect(github.violations()).toEqual([]);
});

test('approvals by people with write access are needed, a request for changes stands until it is taken back', async () => {
  const { github, ann, amy, rob, number, state, merge } = await withPull({ approvals: 1 });
  const one = 'At least 1 approving review is required by reviewers with write access.';
  await expect(merge()).rejects.toMatchObject(refusal(one));
  await rob.review(number, { state: 'approve' });
  await expect(merge()).rejects.toMatchObject(refusal(one));
  await amy.review(number, { state: 'request_changes', body: 'No.' });
  await ann.review(number, { state: 'approve' });
  await expect(merge()).rejects.toMatchObject(refusal('Changes have been requested.'));
  await amy.review(number, { state: 'comment', body: 'Hm.' });
  expect(await state()).toBe('blocked');
  await amy.review(number, { state: 'approve' });
  expect(await state()).toBe('clean');
  await merge();
  expect(github.violations()).toEqual([]);
});

test('code owners have to approve', async () => {
  const { ann, amy, number, merge } = await withPull({ codeOwners: true });
  await amy.push({ branch: 'main', files: { CODEOWNERS: '* @amy\n' }, message: 'owners' });
  await ann.review(number, { state: 'approve' });
  await expect(merge()).rejects.toMatchObject(refusal('Waiting on code owner review from amy.'));
  await amy.review(number, { state: 'approve' });
  await merge();
});

test('a head that is out of date is behind, where that counts', async () => {
  const { amy, repo, head, state, merge } = await withPull({ requiredChecks: ['test'], strict: true });
  await repo.reportCheck({ sha: head, name: 'test', conclusion: 'success' });
  expect(await state()).toBe('clean');
  await amy.push({ branch: 'main', files: { other: 'other' }, message: 'other' });
  expect(await state()).toBe('behind');
  await expect(merge()).rejects.toMatchObject({ status: 405 });
});

test.each([
  [{ mergeQueue: true }, 'squash', 'Changes must be made through the merge queue'],
  [{ linearHistory: true }, 'merge', 'This branch must not contain merge commits.'],
  [{ mergeMethods: ['squash'] }, 'rebase', 'Rebase merges are not allowed on this repository.'],
  [{ signatures: true }, 'rebase', 'Commits must have verified signatures.'],
] as const)('%j refuses %s', async (rules, method, words) => {
  const { merge } = await withPull(rules);
  await expect(merge(method)).rejects.toMatchObject(refusal(words));
});

test('a draft cannot be merged', async () => {
  const { ann, amy, number, state, merge } = await withPull({});
  await ann.convertToDraft(number);
  expect(await state()).toBe('draft');
  await expect(merge()).rejects.toMatchObject({ status: 405, message: /still a draft/ });
  await amy.markReady(number);
  await merge();
});

test('rules are read without administration rights: rulesets in full, of classic protection the checks', async () => {
  const { github, kit, repo, merge } = await withPull({
    requiredChecks: ['test', { name: 'lint', appId: 15368 }],
    approvals: 2,
    codeOwners: true,
    mergeQueue: true,
    signatures: true,
    linearHistory: true,
    mergeMethods: ['squash'],
  });
  const rules = async () => (await kit.rest.repos.getBranchRules({ ...at, branch: 'main' })).data;
  const branch = async () => (await kit.rest.repos.getBranch({ ...at, branch: 'main' })).data;
  expect((await rules()).map(({ type }) => type)).toEqual([
    'deletion',
    'non_fast_forward',
    'required_linear_history',
    'required_signatures',
    'pull_request',
    'required_status_checks',
    'merge_queue',
  ]);
  expect(await branch()).toMatchObject({
    protected: true,
    protection: { enabled: false, required_status_checks: { contexts: [] } },
  });
  repo.setRules('main', { kind: 'classic', requiredChecks: ['test'], approvals: 1 });
  expect(await rules()).toEqual([]);
  expect(await branch()).toMatchObject({
    protected: true,
    protection: { enabled: true, required_status_checks: { contexts: ['test'] } },
  });
  await expect(merge()).rejects.toMatchObject({
    status: 405,
    message: expect.stringContaining(
      'Required status check "test" is expected. At least 1 approving review is required',
    ),
  });
  repo.setRules('main', null);
  expect(await branch()).toMatchObject({ protected: false });
  expect(github.violations()).toEqual([]);
});
