import { createSign, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  appId,
  asApp,
  asInstallation,
  at,
  call,
  cloneUrl,
  git,
  newToken,
  privateKey,
  startGitHub,
  temporaryDir,
} from './bench.ts';

test('a token ends after an hour, in the API and in git', async () => {
  let now = new Date();
  const { github } = await startGitHub({ clock: () => now }, { private: true });
  const token = await newToken(github);
  expect((await call(github, token, 'GET', '/repos/acme/lib')).status).toBe(200);

  now = new Date(now.getTime() + 60 * 60 * 1000);
  expect(await call(github, token, 'GET', '/repos/acme/lib')).toMatchObject({
    status: 401,
    body: { message: 'Bad credentials', status: '401' },
  });
  const clone = git(await temporaryDir(), 'clone', cloneUrl(github, token));
  await expect(clone).rejects.toThrow(/Authentication failed/);
});

test('a jumping clock leaves tokens alone when credentials go by their own', async () => {
  let now = new Date();
  const { github, ann } = await startGitHub({ clock: () => now, authClock: () => new Date() });
  const kit = await asInstallation(github);
  await kit.rest.repos.get(at);
  now = new Date(now.getTime() + 4 * 60 * 60 * 1000);
  const { number } = await ann.createIssue({ title: 'Later' });
  const { data } = await kit.rest.issues.get({ ...at, issue_number: number });
  expect(Date.parse(data.created_at)).toBe(Math.floor(now.getTime() / 1000) * 1000);
});

test('a token narrowed to some permissions cannot do the rest', async () => {
  const { github, ann } = await startGitHub();
  const { number } = await ann.createIssue({ title: 'One' });
  const token = await newToken(github, { permissions: { issues: 'read', contents: 'read' } });

  expect((await call(github, token, 'GET', `/repos/acme/lib/issues/${number}`)).status).toBe(200);
  const comment = await call(github, token, 'POST', `/repos/acme/lib/issues/${number}/comments`, {
    body: 'x',
  });
  expect(comment).toMatchObject({ status: 403, body: { message: 'Resource not accessible by integration' } });
  expect((await call(github, token, 'GET', '/repos/acme/lib/pulls')).status).toBe(403);

  const work = await temporaryDir();
  await git(work, 'clone', '--quiet', cloneUrl(github, token), '.');
  await git(work, 'commit', '--allow-empty', '-m', 'x');
  await expect(git(work, 'push', 'origin', 'HEAD:refs/heads/x')).rejects.toThrow(/403/);
  expect(github.ledger().at(-1)).toMatchObject({ operation: 'git/receive-pack', status: 403 });
});

test('a pull request token may comment on pull requests, not on issues', async () => {
  const { github, ann } = await startGitHub();
  const issue = await ann.createIssue({ title: 'One' });
  await ann.push({ branch: 'x', files: { x: 'x' }, message: 'x' });
  const pull = await ann.createPullRequest({ title: 'Two', head: 'x' });
  const token = await newToken(github, { permissions: { pull_requests: 'write' } });
  const on = (n: number) =>
    call(github, token, 'POST', `/repos/acme/lib/issues/${n}/comments`, { body: 'x' });
  expect((await on(pull.number)).status).toBe(201);
  expect((await on(issue.number)).status).toBe(403);
});

test('a token for one repository does not see another private one', async () => {
  const { github } = await startGitHub({}, { private: true });
  const folder = await temporaryDir();
  await github.createRepository({ owner: 'acme', name: 'other', source: { folder }, private: true });
  const token = await newToken(github, { repositories: ['lib'] });
  expect((await call(github, token, 'GET', '/repos/acme/lib')).status).toBe(200);
  expect((await call(github, token, 'GET', '/repos/acme/other')).status).toBe(404);
});

test('more than was granted is refused', async () => {
  const { github } = await startGitHub();
  await expect(newToken(github, { permissions: { administration: 'write' } })).rejects.toMatchObject({
    status: 422,
  });
  await expect(newToken(github, { repositories: ['unknown'] })).rejects.toMatchObject({ status: 422 });
});

test('a JWT of another key, too long a life or another algorithm is refused', async () => {
  const { github } = await startGitHub();
  expect((await asApp(github).rest.apps.getAuthenticated()).data?.slug).toBe('auto-build');

  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const foreign = asApp(github, other.export({ type: 'pkcs8', format: 'pem' }).toString());
  await expect(foreign.rest.apps.getAuthenticated()).rejects.toMatchObject({ status: 401 });

  const now = Math.floor(Date.now() / 1000);
  const asked = async (claims: object, alg = 'RS256') => {
    const body = [{ alg, typ: 'JWT' }, claims]
      .map((x) => Buffer.from(JSON.stringify(x)).toString('base64url'))
      .join('.');
    const signature = createSign('RSA-SHA256').update(body).sign(privateKey, 'base64url');
    const headers = { authorization: `Bearer ${body}.${signature}` };
    const answer = await fetch(`${github.apiUrl}/app`, { headers });
    return `${answer.status} ${((await answer.json()) as { message?: string }).message ?? ''}`.trim();
  };
  expect(await asked({ iss: appId, iat: now - 30, exp: now + 500 })).toBe('200');
  expect(await asked({ iss: appId, iat: now, exp: now + 700 })).toMatch(/401 .*too far in the future/);
  expect(await asked({ iss: appId, iat: now - 700, exp: now - 100 })).toMatch(
    /401 .*must be a numeric value/,
  );
  expect(await asked({ iss: appId + 1, iat: now, exp: now + 500 })).toMatch(/401 'Issuer'/);
  expect(await asked({ iss: appId, iat: now, exp: now + 500 }, 'none')).toMatch(/^401/);
});

test('nobody reads a private repository, anybody a public one', async () => {
  const hidden = await startGitHub({}, { private: true });
  const open = await startGitHub();
  const get = async (url: string) => (await fetch(url)).status;
  expect(await get(`${hidden.github.apiUrl}/repos/acme/lib`)).toBe(404);
  expect(await get(`${open.github.apiUrl}/repos/acme/lib`)).toBe(200);
  await expect(git(await temporaryDir(), 'clone', cloneUrl(hidden.github))).rejects.toThrow(
    /could not read Username/,
  );
  await git(await temporaryDir(), 'clone', '--quiet', cloneUrl(open.github));
});

test('Octokit corrects its clock by the Date header and the words of the refusal', async () => {
  const { github } = await startGitHub({ authClock: () => new Date(Date.now() + 2 * 60 * 60 * 1000) });
  const { data } = await asApp(github).rest.apps.getAuthenticated();
  expect(data?.slug).toBe('auto-build');
});
