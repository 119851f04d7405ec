import { expect, test } from 'vitest';
import { asInstallation, at, call, newToken, startGitHub, startReceiver } from './bench.ts';

const name = { owner: 'acme', name: 'lib' };

async function withPull(draft = false) {
  const world = await startGitHub();
  const { github, ann } = world;
  const kit = await asInstallation(github);
  const { sha: head } = await ann.push({ branch: 'x', files: { x: 'x\n' }, message: 'x' });
  const { data } = await kit.rest.pulls.create({ ...at, title: 'X', head: 'x', base: 'main', draft });
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  const place = { ...at, pull_number: data.number };
  const get = async () => (await kit.rest.pulls.get(place)).data;
  const on = (mutation: string, more = '', asked = 'pullRequest { number isDraft }') =>
    kit.graphql<Record<string, Record<string, unknown>>>(
      `mutation M($id: ID!) { ${mutation}(input: { pullRequestId: $id${more} }) { ${asked} } }`,
      { id: data.node_id },
    );
  return { ...world, repo: github.repository(name), kit, app, head, number: data.number, get, on };
}

test('a draft is made ready, and a draft again', async () => {
  const { github, app, get, on, number } = await withPull(true);
  expect(await on('markPullRequestReadyForReview')).toEqual({
    markPullRequestReadyForReview: { pullRequest: { number, isDraft: false } },
  });
  expect((await get()).draft).toBe(false);
  await on('convertPullRequestToDraft');
  expect((await get()).draft).toBe(true);
  await github.webhooksIdle();
  expect(app.names()).toEqual(['pull_request.ready_for_review', 'pull_request.converted_to_draft']);
  expect(github.ledger().map(({ operation }) => operation)).toContain('graphql/convertPullRequestToDraft');
  expect(github.violations()).toEqual([]);
});

test('auto-merge waits for what is missing, and is refused where nothing is or nobody allowed it', async () => {
  const { github, ann, repo, app, get, on, head, number } = await withPull();
  const enable = () => on('enablePullRequestAutoMerge', ', mergeMethod: SQUASH, commitHeadline: "X (#1)"');
  const refused = (message: string) => ({ errors: [{ type: 'UNPROCESSABLE', message }] });
  await expect(enable()).rejects.toMatchObject(
    refused('Pull request Auto merge is not allowed for this repository'),
  );
  repo.allowAutoMerge(true);
  await expect(enable()).rejects.toMatchObject(
    refused('Pull request Protected branch rules not configured for this branch'),
  );
  repo.setRules('main', { requiredChecks: ['test'], approvals: 1 });
  await enable();
  expect((await get()).auto_merge).toMatchObject({ merge_method: 'squash', commit_title: 'X (#1)' });
  await repo.reportCheck({ sha: head, name: 'test', conclusion: 'success' });
  expect((await get()).merged).toBe(false);
  await ann.review(number, { state: 'approve' });
  expect(await get()).toMatchObject({ merged: true, merged_by: { login: 'auto-build[bot]' } });
  await github.webhooksIdle();
  expect(app.names()).toContain('pull_request.auto_merge_enabled');
  expect(app.names().slice(-2)).toEqual(['pull_request.closed', 'push']);
  expect(github.violations()).toEqual([]);
});

test('a clean pull request has nothing to wait for', async () => {
  const { repo, on } = await withPull();
  repo.allowAutoMerge(true);
  repo.setRules('main', { linearHistory: true });
  await expect(on('enablePullRequestAutoMerge')).rejects.toThrow('Pull request is in clean status');
});

test('the merge queue tries the merge on a branch of its own', async () => {
  const { github, kit, repo, app, get, on, head, number } = await withPull();
  const queue = () =>
    kit.graphql(
      `query Q($number: Int!) { repository(owner: "acme", name: "lib") { pullRequest(number: $number) {
        isInMergeQueue mergeQueueEntry { position } timelineItems(last: 1) { nodes { ... on RemovedFromMergeQueueEvent { reason } } } } } }`,
      { number },
    );
  const asked = 'mergeQueueEntry { headCommit { oid } }';
  const enqueue = (oid = head) => on('enqueuePullRequest', `, expectedHeadOid: "${oid}"`, asked);
  await expect(enqueue()).rejects.toThrow('has no merge queue');
  repo.setRules('main', { mergeQueue: true });
  repo.setRules('main', { mergeQueue: true, requiredChecks: ['test'] });
  await expect(enqueue('0'.repeat(40))).rejects.toThrow('Head sha');
  await repo.reportCheck({ sha: head, name: 'test', conclusion: 'success' });
  const group = async () => {
    const { enqueuePullRequest } = await enqueue();
    const entry = enqueuePullRequest!.mergeQueueEntry as { headCommit: { oid: string } };
    return entry.headCommit.oid;
  };
  const first = await group();
  expect(await queue()).toMatchObject({ repository: { pullRequest: { mergeQueueEntry: { position: 1 } } } });
  await repo.reportCheck({ sha: first, name: 'test', conclusion: 'failure' });
  const timelineItems = { nodes: [{ reason: 'CI_FAILURE' }] };
  expect(await queue()).toEqual({
    repository: { pullRequest: { isInMergeQueue: false, mergeQueueEntry: null, timelineItems } },
  });
  expect(await get()).toMatchObject({ merged: false, state: 'open' });
  const sha = await group();
  await repo.reportCheck({ sha, name: 'test', conclusion: 'success' });
  expect(await get()).toMatchObject({ merged: true, merge_commit_sha: sha });
  await github.webhooksIdle();
  const interesting = app.names().filter((event) => !event.startsWith('check_'));
  expect(interesting).toEqual([
    'pull_request.enqueued',
    'merge_group.checks_requested',
    'push',
    'merge_group.destroyed',
    'pull_request.dequeued',
    'pull_request.enqueued',
    'merge_group.checks_requested',
    'push',
    'merge_group.destroyed',
    'pull_request.closed',
    'push',
  ]);
  expect(github.violations()).toEqual([]);
});

test('when the base moves, the queue tries again; auto-merge goes through the queue', async () => {
  const { github, repo, get, on, head, number } = await withPull();
  github.setRole(name, 'amy', 'admin');
  const amy = github.as('amy', name);
  repo.setRules('main', { mergeQueue: true, requiredChecks: ['test'], approvals: 1 });
  repo.allowAutoMerge(true);
  await on('enablePullRequestAutoMerge');
  await amy.review(number, { state: 'approve' });
  await repo.reportCheck({ sha: head, name: 'test', conclusion: 'success' });
  const queued = async () => {
    const branches = (await github.snapshot()).repositories[0]!.branches;
    return Object.entries(branches).filter(([branch]) => branch.startsWith('gh-readonly-queue/main/'));
  };
  const [[, first] = []] = await queued();
  await amy.push({ branch: 'main', files: { other: 'other' }, message: 'other' });
  await repo.reportCheck({ sha: first!, name: 'test', conclusion: 'success' });
  const [[, second] = []] = await queued();
  expect(second).not.toBe(first);
  await repo.reportCheck({ sha: second!, name: 'test', conclusion: 'success' });
  expect(await get()).toMatchObject({ merged: true, merge_commit_sha: second });
  expect(await queued()).toEqual([]);
  expect(github.violations()).toEqual([]);
});

test('a commit on a branch is signed, and bound to the head that was seen', async () => {
  const { github, kit, head, repo } = await withPull();
  repo.setRules('x', { signatures: true });
  const commit = (expectedHeadOid: string, path = 'y.txt') =>
    kit.graphql<{ createCommitOnBranch: { commit: { oid: string } } }>(
      'mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }',
      {
        input: {
          branch: { repositoryNameWithOwner: 'acme/lib', branchName: 'x' },
          message: { headline: 'Add y', body: 'Because.' },
          expectedHeadOid,
          fileChanges: {
            additions: [{ path, contents: Buffer.from('y\n').toString('base64') }],
            deletions: [{ path: 'x' }],
          },
        },
      },
    );
  const { oid } = (await commit(head)).createCommitOnBranch.commit;
  expect(await github.readFile(name, 'x', 'y.txt')).toBe('y\n');
  expect(await github.readFile(name, 'x', 'x')).toBeUndefined();
  const { data } = await kit.rest.repos.getCommit({ ...at, ref: oid });
  expect(data).toMatchObject({ commit: { message: 'Add y\n\nBecause.', verification: { verified: true } } });
  await expect(commit(head)).rejects.toMatchObject({
    errors: [
      {
        type: 'STALE_DATA',
        message: `Expected branch to point to "${head}" but it did not. Pull and try again.`,
      },
    ],
  });
  await expect(commit(oid, '.github/workflows/ci.yml')).rejects.toMatchObject({
    errors: [{ type: 'FORBIDDEN' }],
  });
  expect(github.violations()).toEqual([]);
});

test('what the schema does not have is said in the shape of GraphQL, before anything happens', async () => {
  const { github, on, get } = await withPull(true);
  await expect(on('markPullRequestReadyForReview', ', sure: true')).rejects.toThrow('Field is not defined');
  await expect(on('markPullRequestReadyForReview', '', 'pullRequest { nope }')).rejects.toThrow(
    "Field 'nope' doesn't exist on type 'PullRequest'",
  );
  await expect(on('closePullRequest')).rejects.toThrow("doesn't exist on type 'Mutation'");
  expect((await get()).draft).toBe(true);
  expect(github.violations().map(({ kind }) => kind)).toEqual(['request', 'request', 'not implemented']);
});

test('a token without write access to contents cannot make a draft ready', async () => {
  const { github, get } = await withPull(true);
  const token = await newToken(github, { permissions: { pull_requests: 'write', contents: 'read' } });
  const query = `mutation { markPullRequestReadyForReview(input: { pullRequestId: "${(await get()).node_id}" }) { clientMutationId } }`;
  const answer = await fetch(`${github.url}/api/graphql`, {
    method: 'POST',
    headers: { authorization: `token ${token}` },
    body: JSON.stringify({ query }),
  });
  expect(await answer.json()).toEqual({
    data: { markPullRequestReadyForReview: null },
    errors: [
      {
        type: 'FORBIDDEN',
        path: ['markPullRequestReadyForReview'],
        message: 'Resource not accessible by integration',
      },
    ],
  });
  expect((await call(github, 'wrong', 'GET', '/repos/acme/lib')).status).toBe(401);
});
