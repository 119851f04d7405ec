import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Repository } from '../../src/github/types.ts';
import { door } from './world.ts';

/** Answers that the local GitHub never gives; the words are GitHub's. */
const api = 'http://github.test/api/v3';
const repoPath = '/api/v3/repos/acme/tiny';
let repository: Repository;

beforeEach(() => {
  nock.disableNetConnect();
  repository = door(api).repository(aRepository);
  nock('http://github.test').get('/api/v3/app').optionally().reply(200, { id: 7, slug: 'auto-build' });
  tokens();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

function tokens(expiresIn = 3_600_000, installation = 3) {
  let count = 0;
  nock('http://github.test')
    .persist()
    .post(`/api/v3/app/installations/${installation}/access_tokens`)
    .reply(201, () => {
      count += 1;
      return { token: `token-${count}`, expires_at: new Date(Date.now() + expiresIn).toISOString() };
    });
}

const world = () => nock('http://github.test');

const aRepository = { owner: 'acme', name: 'tiny', id: 5, installationId: 3 };

test('a limit is not a missing permission, and says how long to wait', async () => {
  world()
    .post(`${repoPath}/issues/1/comments`)
    .reply(403, { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '60' });
  const limited = (await repository.comments.create(1, 'words').catch((error: unknown) => error)) as {
    retryAfterMs: number;
  };
  expect(limited).toMatchObject({ kind: 'rate-limited' });
  expect(limited.retryAfterMs).toBeGreaterThan(50_000);

  repository = door(api).repository(aRepository);
  const reset = Math.ceil(Date.now() / 1000) + 120;
  world()
    .get(`${repoPath}/issues/1`)
    .reply(
      403,
      { message: 'API rate limit exceeded' },
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${reset}` },
    );
  const exceeded = (await repository.issue(1).catch((error: unknown) => error)) as typeof limited;
  expect(exceeded).toMatchObject({ kind: 'rate-limited' });
  expect(exceeded.retryAfterMs).toBeGreaterThan(110_000);

  repository = door(api).repository(aRepository);
  world()
    .post(`${repoPath}/issues/1/comments`)
    .reply(403, { message: 'Resource not accessible by integration' });
  await expect(repository.comments.create(1, 'words')).rejects.toMatchObject({
    kind: 'forbidden',
    retryAfterMs: undefined,
  });
});

test('a token whose answer was lost is asked for again', async () => {
  nock.cleanAll();
  world().post('/api/v3/app/installations/3/access_tokens').reply(502, { message: 'Bad gateway' });
  world().post('/api/v3/app/installations/3/access_tokens').replyWithError('socket hang up');
  tokens();
  expect(await repository.gitAuth('write')).toEqual({ username: 'x-access-token', token: 'token-1' });
});

test('while a limit lasts nobody of the installation asks or writes, and others do', async () => {
  const other = door(api).repository({ ...aRepository, installationId: 4 });
  const github = door(api);
  const [first, second] = [github.repository(aRepository), github.repository({ ...aRepository, id: 6 })];
  let asked = 0;
  world()
    .persist()
    .get(`${repoPath}/issues/1`)
    .reply(403, () => {
      asked += 1;
      return { message: 'You have exceeded a secondary rate limit.' };
    });
  // Without a time GitHub asks for a minute, of those that it told.
  world().persist().get(`${repoPath}/issues/2`).reply(429, { message: 'Slow down' }, { 'retry-after': '60' });
  await expect(first.issue(2)).rejects.toMatchObject({ kind: 'rate-limited' });
  await expect(second.issue(1)).rejects.toMatchObject({ kind: 'rate-limited' });
  await expect(second.comments.create(1, 'words')).rejects.toMatchObject({ kind: 'rate-limited' });
  expect(asked).toBe(0);
  tokens(3_600_000, 4);
  await expect(other.issue(1)).rejects.toMatchObject({ kind: 'rate-limited' });
  expect(asked).toBe(1);
});

test('a limit that is over soon is waited for, by reads and by writes', async () => {
  const soon = { 'retry-after': '1' };
  world().post(`${repoPath}/issues/1/comments`).reply(429, { message: 'Slow down' }, soon);
  world().post(`${repoPath}/issues/1/comments`).reply(201, { id: 9, body: 'words', html_url: 'u' });
  expect(await repository.comments.create(1, 'words')).toMatchObject({ id: 9 });

  world().get(`${repoPath}/git/ref/heads%2Fmain`).reply(403, { message: 'Slow down' }, soon);
  world()
    .get(`${repoPath}/git/ref/heads%2Fmain`)
    .reply(200, { object: { sha: 'abc' } });
  expect(await repository.branchTip('main')).toBe('abc');
});

test('the last request of the hour is answered, and the next one is not sent', async () => {
  const reset = Math.ceil(Date.now() / 1000) + 120;
  const used = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${reset}` };
  world().post(`${repoPath}/issues/1/comments`).reply(201, { id: 9, body: 'words', html_url: 'u' }, used);
  expect(await repository.comments.create(1, 'words')).toMatchObject({ id: 9 });
  await expect(repository.issue(1)).rejects.toMatchObject({
    kind: 'rate-limited',
    words: 'The hour has no more requests.',
  });
});

test('a read whose answer was lost is asked for again; GitHub that is down is told', async () => {
  world().get(`${repoPath}/git/ref/heads%2Fmain`).times(2).reply(502, { message: 'Bad gateway' });
  world()
    .get(`${repoPath}/git/ref/heads%2Fmain`)
    .reply(200, { object: { sha: 'abc' } });
  expect(await repository.branchTip('main')).toBe('abc');

  let asked = 0;
  world()
    .persist()
    .get(`${repoPath}/git/ref/heads%2Fmain`)
    .reply(503, () => {
      asked += 1;
      return { message: 'Unicorn' };
    });
  await expect(repository.branchTip('main')).rejects.toMatchObject({ kind: 'server', status: 503 });
  expect(asked).toBe(4);
});

test('a write that failed is not repeated by itself', async () => {
  let calls = 0;
  world()
    .persist()
    .post(`${repoPath}/issues/1/comments`)
    .reply(502, () => {
      calls += 1;
      return { message: 'Bad gateway' };
    });
  await expect(repository.comments.create(1, 'words')).rejects.toMatchObject({ kind: 'server', status: 502 });
  expect(calls).toBe(1);
});

test('a broken connection is told from an answer', async () => {
  world().post(`${repoPath}/issues/1/comments`).replyWithError('socket hang up');
  await expect(repository.comments.create(1, 'words')).rejects.toMatchObject({
    kind: 'network',
    status: null,
  });
});

test('a token that was revoked is replaced once', async () => {
  world()
    .get(`${repoPath}/issues/1`)
    .matchHeader('authorization', 'token token-1')
    .reply(401, { message: 'Bad credentials' });
  world()
    .get(`${repoPath}/issues/1`)
    .matchHeader('authorization', 'token token-2')
    .reply(200, { number: 1, title: 'It', body: null, user: null, state: 'open', labels: [], html_url: 'u' });
  expect(await repository.issue(1)).toMatchObject({ title: 'It', body: '', author: 'ghost' });

  world().persist().get(`${repoPath}/issues/2`).reply(401, { message: 'Bad credentials' });
  await expect(repository.issue(2)).rejects.toMatchObject({ kind: 'unauthorized' });
});

test('a token near its end is not begun to be used', async () => {
  nock.cleanAll();
  tokens(4 * 60_000);
  const body = { number: 1, title: 'It', body: null, user: null, state: 'open', labels: [], html_url: 'u' };
  const used: string[] = [];
  world()
    .persist()
    .get(`${repoPath}/issues/1`)
    .matchHeader('authorization', (header) => used.push(String(header)) > 0)
    .reply(200, body);
  await repository.issue(1);
  await repository.issue(1);
  expect([...new Set(used)]).toEqual(['token token-1', 'token token-2']);
});

const rules = [
  {
    type: 'required_status_checks',
    parameters: { required_status_checks: [{ context: 'ci', integration_id: 15368 }] },
  },
  {
    type: 'pull_request',
    parameters: {
      required_approving_review_count: 1,
      require_code_owner_review: true,
      allowed_merge_methods: ['merge', 'squash'],
    },
  },
  {
    type: 'pull_request',
    parameters: { required_approving_review_count: 2, allowed_merge_methods: ['squash', 'rebase'] },
  },
  { type: 'merge_queue' },
  { type: 'required_signatures' },
];
function branchRules() {
  world().get(`${repoPath}/rules/branches/main`).query(true).reply(200, rules);
  world()
    .get(`${repoPath}/branches/main`)
    .reply(200, { name: 'main', protection: { required_status_checks: { contexts: ['classic'] } } });
}

test('reads the rules of a branch from all rulesets and from classic protection', async () => {
  branchRules();
  expect(await repository.rulesFor('main')).toEqual({
    requiredChecks: [
      { name: 'classic', appId: null },
      { name: 'ci', appId: 15368 },
    ],
    approvals: 2,
    codeOwners: true,
    mergeQueue: true,
    signatures: true,
    linearHistory: false,
    mergeMethods: ['squash'],
  });
});

function others(ci: { app: number; conclusion: string | null }) {
  const run = (id: number, slug: string, name: string, conclusion: string | null) => ({
    id,
    name,
    status: conclusion ? 'completed' : 'in_progress',
    conclusion,
    html_url: 'u',
    app: { id: slug === 'auto-build' ? 7 : ci.app, slug },
  });
  world()
    .get(`${repoPath}/commits/abc/check-runs`)
    .query(true)
    .reply(200, {
      total_count: 2,
      check_runs: [run(1, 'auto-build', 'auto-build', 'success'), run(2, 'actions', 'ci', ci.conclusion)],
    });
  world()
    .get(`${repoPath}/commits/abc/status`)
    .query(true)
    .reply(200, { statuses: [{ context: 'classic', state: 'success', target_url: null }] });
}

test('lists what others say about a commit, without ourselves', async () => {
  others({ app: 15368, conclusion: 'skipped' });
  expect(await repository.checksOn('abc')).toEqual([
    { name: 'ci', kind: 'check-run', appId: 15368, state: 'green', url: 'u' },
    { name: 'classic', kind: 'status', appId: null, state: 'green', url: null },
  ]);
});

const refused: { ci: { app: number; conclusion: string | null }; refused: string }[] = [
  { ci: { app: 15368, conclusion: 'success' }, refused: 'rules' },
  { ci: { app: 15368, conclusion: null }, refused: 'checks' },
  { ci: { app: 15368, conclusion: 'failure' }, refused: 'checks' },
  // Somebody else's check of the same name does not count.
  { ci: { app: 666, conclusion: 'success' }, refused: 'checks' },
];
test.each(refused)('a merge refused with ci $ci is refused for $refused', async ({ ci, refused }) => {
  world().put(`${repoPath}/pulls/2/merge`).reply(405, { message: 'Repository rule violations found' });
  world()
    .get(`${repoPath}/pulls/2`)
    .reply(200, {
      number: 2,
      state: 'open',
      head: { ref: 'b', sha: 'abc' },
      base: { ref: 'main', sha: 'def' },
      mergeable: true,
    });
  branchRules();
  others(ci);
  const answer = await repository.merge({
    number: 2,
    sha: 'abc',
    method: 'squash',
    title: 't',
    message: 'm',
  });
  expect(answer).toMatchObject({
    merged: false,
    refused,
    words: expect.stringContaining('Repository rule violations'),
  });
});
