import { expect, test } from 'vitest';
import {
  asApp,
  asInstallation,
  at,
  call,
  cloneUrl,
  git,
  newToken,
  startGitHub,
  startReceiver,
  temporaryDir,
} from './bench.ts';

const name = { owner: 'acme', name: 'lib' };

async function listening() {
  const world = await startGitHub();
  world.github.setRole(name, 'amy', 'admin');
  const app = await startReceiver();
  world.github.setWebhookTarget(app.url);
  const kit = await asInstallation(world.github);
  return { ...world, amy: world.github.as('amy', name), app, kit, repo: world.github.repository(name) };
}

test('an archived repository is read, not written, by the app or by people', async () => {
  const { github, ann, app, kit, repo } = await listening();
  const { number } = await ann.createIssue({ title: 'One' });
  repo.archive();
  expect((await kit.rest.repos.get(at)).data.archived).toBe(true);
  const comment = () => kit.rest.issues.createComment({ ...at, issue_number: number, body: 'x' });
  await expect(comment()).rejects.toMatchObject({
    status: 403,
    response: { data: { message: 'Repository was archived so is read-only.' } },
  });
  await expect(ann.comment(number, 'x')).rejects.toThrow('archived');
  const work = await temporaryDir();
  await git(work, 'clone', '--quiet', cloneUrl(github, await newToken(github)), '.');
  await expect(git(work, 'push', 'origin', 'HEAD:refs/heads/x')).rejects.toThrow(/error: 403/);
  repo.unarchive();
  await comment();
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'issues.opened',
    'repository.archived',
    'repository.unarchived',
    'issue_comment.created',
  ]);
  expect(github.violations()).toEqual([]);
});

test('a renamed repository is found under its old name, in the API and in git', async () => {
  const { github, ann, app, kit, repo } = await listening();
  const { number } = await ann.createIssue({ title: 'One' });
  repo.rename('library');
  expect((await kit.rest.repos.get(at)).data.full_name).toBe('acme/library');
  await kit.rest.issues.createComment({ ...at, issue_number: number, body: 'Still here?' });
  const { data } = await kit.rest.issues.listComments({
    owner: 'acme',
    repo: 'library',
    issue_number: number,
  });
  expect(data).toHaveLength(1);
  const raw = await fetch(`${github.apiUrl}/repos/acme/lib/issues?state=all`, { redirect: 'manual' });
  expect(raw.status).toBe(301);
  expect(raw.headers.get('location')).toMatch(/\/repositories\/\d+\/issues\?state=all$/);
  await git(await temporaryDir(), 'clone', '--quiet', cloneUrl(github), '.');
  await github.webhooksIdle();
  expect(JSON.parse(app.received[1]!.body)).toMatchObject({
    action: 'renamed',
    changes: { repository: { name: { from: 'lib' } } },
    repository: { name: 'library' },
  });
  expect(github.violations()).toEqual([]);
});

test('a deleted repository, or one taken from the app, is gone', async () => {
  const { github, app, kit, repo } = await listening();
  await github.createRepository({ ...name, name: 'two', source: { folder: await temporaryDir() } });
  const installed = async () =>
    (await kit.rest.apps.listReposAccessibleToInstallation()).data.repositories.map((one) => one.name);
  repo.removeFromApp();
  expect(await installed()).toEqual(['two']);
  await expect(asApp(github).rest.apps.getRepoInstallation(at)).rejects.toMatchObject({ status: 404 });
  github.repository({ owner: 'acme', name: 'two' }).delete();
  expect(await installed()).toEqual([]);
  await expect(kit.rest.repos.get({ ...at, repo: 'two' })).rejects.toMatchObject({ status: 404 });
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'installation_repositories.added',
    'installation_repositories.removed',
    'repository.deleted',
    'installation_repositories.removed',
  ]);
  expect(github.violations()).toEqual([]);
});

test('a suspended app is refused and hears nothing; an uninstalled one is unknown', async () => {
  const { github, ann, app, kit } = await listening();
  const token = await newToken(github);
  const acme = github.installation('acme');
  acme.suspend();
  await ann.createIssue({ title: 'One' });
  expect(await call(github, token, 'GET', '/repos/acme/lib')).toMatchObject({
    status: 403,
    body: { message: 'This installation has been suspended' },
  });
  await expect(newToken(github)).rejects.toMatchObject({ status: 403 });
  acme.unsuspend();
  await kit.rest.repos.get(at);
  acme.uninstall();
  expect(await call(github, token, 'GET', '/repos/acme/lib')).toMatchObject({ status: 401 });
  await expect(asApp(github).rest.apps.getRepoInstallation(at)).rejects.toMatchObject({ status: 404 });
  await ann.createIssue({ title: 'Two' });
  await github.webhooksIdle();
  expect(app.names()).toEqual(['installation.suspend', 'installation.unsuspend', 'installation.deleted']);
  expect(JSON.parse(app.received.at(-1)!.body).repositories).toMatchObject([{ name: 'lib' }]);
  expect(github.violations()).toEqual([]);
});

test('a transferred issue is followed, a deleted one is gone, and numbers are not given twice', async () => {
  const { github, ann, amy, app, kit } = await listening();
  await github.createRepository({ ...name, name: 'two', source: { folder: await temporaryDir() } });
  const one = await ann.createIssue({ title: 'One' });
  const { id } = await ann.comment(one.number, 'Mine');
  await ann.deleteComment(id);
  await ann.comment(one.number, 'Stays');
  const to = await ann.transferIssue(one.number, { owner: 'acme', name: 'two' });
  const { data } = await kit.rest.issues.get({ ...at, issue_number: one.number });
  expect(data).toMatchObject({ number: to.number, comments: 1, repository_url: /\/acme\/two$/ });
  const two = await ann.createIssue({ title: 'Two' });
  await expect(ann.deleteIssue(two.number)).rejects.toThrow('needs admin');
  await amy.deleteIssue(two.number);
  await expect(kit.rest.issues.get({ ...at, issue_number: two.number })).rejects.toMatchObject({
    status: 410,
    response: { data: { message: 'This issue was deleted' } },
  });
  expect((await ann.createIssue({ title: 'Three' })).number).toBe(3);
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'installation_repositories.added',
    'issues.opened',
    'issue_comment.created',
    'issue_comment.deleted',
    'issue_comment.created',
    'issues.transferred',
    'issues.opened',
    'issues.opened',
    'issues.deleted',
    'issues.opened',
  ]);
  expect(github.violations()).toEqual([]);
});

test('a force push by a person moves the pull request and says that it was forced', async () => {
  const { github, ann, app, kit } = await listening();
  await ann.push({ branch: 'x', files: { x: 'x' }, message: 'x' });
  const { number } = await ann.createPullRequest({ title: 'X', head: 'x' });
  const { sha } = await ann.push({ branch: 'x', files: { y: 'y' }, message: 'y', onto: 'main' });
  const { data } = await kit.rest.pulls.get({ ...at, pull_number: number });
  expect(data).toMatchObject({ head: { sha }, commits: 1 });
  await github.webhooksIdle();
  expect(JSON.parse(app.received.at(-2)!.body)).toMatchObject({ forced: true, after: sha });
  const events = await kit.rest.issues.listEvents({ ...at, issue_number: number });
  expect(events.data.map(({ event }) => event)).toEqual(['head_ref_force_pushed']);
  expect(github.violations()).toEqual([]);
});

test('deliveries are listed newest first and sent again, by the app itself', async () => {
  const { github, ann, app } = await listening();
  const jwt = asApp(github);
  app.answer.status = 500;
  for (const title of ['One', 'Two', 'Three']) await ann.createIssue({ title });
  await github.webhooksIdle();
  app.answer.status = 202;
  const failed = await jwt.rest.apps.listWebhookDeliveries({ status: 'failure', per_page: 2 });
  expect(failed.data.map(({ status_code, event, redelivery }) => [status_code, event, redelivery])).toEqual([
    [500, 'issues', false],
    [500, 'issues', false],
  ]);
  const cursor = /cursor=(\d+)/.exec(failed.headers.link ?? '')?.[1];
  const rest = await jwt.rest.apps.listWebhookDeliveries({ status: 'failure', per_page: 2, cursor });
  expect(rest.data).toHaveLength(1);
  const delivery_id = rest.data[0]!.id;
  const { data } = await jwt.rest.apps.getWebhookDelivery({ delivery_id });
  expect(data.request.payload).toMatchObject({ issue: { title: 'One' } });
  await jwt.rest.apps.redeliverWebhookDelivery({ delivery_id });
  await github.webhooksIdle();
  expect(app.received.at(-1)!.body).toContain('One');
  expect((await jwt.rest.apps.listWebhookDeliveries()).data[0]).toMatchObject({ redelivery: true });
  expect(github.violations()).toEqual([]);
});

test('requests are counted down, and refused when none is left', async () => {
  const { github, kit } = await listening();
  const left = async () => Number((await kit.rest.repos.get(at)).headers['x-ratelimit-remaining']);
  const before = await left();
  expect(await left()).toBe(before - 1);
  github.setRateLimitRemaining('acme', 1);
  expect(await left()).toBe(0);
  await expect(kit.rest.repos.get(at)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('API rate limit exceeded for installation ID'),
    response: { headers: { 'x-ratelimit-remaining': '0' } },
  });
  expect((await kit.rest.rateLimit.get()).data.rate).toMatchObject({ limit: 5000, remaining: 0, used: 5000 });
  expect(github.violations()).toEqual([]);
});

test('labels of an issue form come with the issue, from an author without triage', async () => {
  const { github, rob, app } = await listening();
  await rob.createIssue({ title: 'By form', labels: ['auto-build'] });
  github.addUser({ login: 'triage-bot[bot]', type: 'Bot' });
  github.setRole(name, 'triage-bot[bot]', 'triage');
  const bot = github.as('triage-bot[bot]', name);
  await bot.comment(1, 'beep');
  await bot.removeLabel(1, 'auto-build');
  await github.webhooksIdle();
  const [opened, labeled, comment] = app.received.map(({ body }) => JSON.parse(body));
  expect(opened.issue.labels).toMatchObject([{ name: 'auto-build', color: '5319e7' }]);
  expect(labeled).toMatchObject({ action: 'labeled', sender: { login: 'rob' } });
  expect(comment.sender).toMatchObject({ login: 'triage-bot[bot]', type: 'Bot' });
  expect(github.violations()).toEqual([]);
});

test('5,000 issues are made and listed quickly', async () => {
  const { github, kit, repo, app } = await listening();
  const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 60_000);
  const started = performance.now();
  const numbers = repo.seedIssues(
    Array.from({ length: 5000 }, (_, n) => ({
      title: `Issue ${n}`,
      body: 'It does not work. '.repeat(20),
      labels: n % 10 === 0 ? ['bug'] : [],
      state: n % 4 === 0 ? ('closed' as const) : ('open' as const),
      createdAt: day(n),
    })),
  );
  expect(numbers.at(-1)).toBe(5000);
  expect(performance.now() - started).toBeLessThan(2_000);
  const all = { ...at, state: 'all' as const, sort: 'updated' as const, direction: 'asc' as const };
  const { data, headers } = await kit.rest.issues.listForRepo({ ...all, per_page: 100, page: 50 });
  expect(data.at(-1)).toMatchObject({ number: 5000 });
  expect(headers.link).toContain('page=1');
  const since = day(4900).toISOString();
  const news = await kit.paginate(kit.rest.issues.listForRepo, { ...all, since, per_page: 100 });
  expect(news).toHaveLength(100);
  await github.webhooksIdle();
  expect(app.received).toEqual([]);
  expect(github.violations()).toEqual([]);
});
