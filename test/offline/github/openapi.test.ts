import { expect, test } from 'vitest';
import { loadOpenApi } from '../../../src/offline/github/openapi.ts';
import { asInstallation, at, call, newToken, startGitHub } from './bench.ts';

test('a request that the description forbids is refused and recorded', async () => {
  const { github, ann, sha } = await startGitHub();
  const { number } = await ann.createIssue({ title: 'One' });
  const token = await newToken(github);
  const issue = `/repos/acme/lib/issues/${number}`;

  const wrong: [string, string, unknown, RegExp][] = [
    ['POST', `${issue}/reactions`, { content: 'thumbsup' }, /content must be equal to one of/],
    ['POST', `${issue}/comments`, {}, /required property 'body'/],
    [
      'POST',
      '/repos/acme/lib/check-runs',
      { name: 'x', head_sha: sha, extenal_id: '1' },
      /extenal_id is not in the description/,
    ],
    ['GET', '/repos/acme/lib/issues?state=merged', undefined, /query parameter state/],
    ['GET', '/repos/acme/lib/issues?stat=open', undefined, /query parameter stat is not/],
    ['GET', '/repos/acme/lib/issues/one', undefined, /path parameter issue_number: {2}must be integer/],
  ];
  for (const [method, route, body, problem] of wrong) {
    const before = github.violations().length;
    expect(await call(github, token, method, route, body)).toMatchObject({
      status: 422,
      body: { status: '422' },
    });
    expect(github.violations().slice(before)).toMatchObject([
      { kind: 'request', problem: expect.stringMatching(problem) },
    ]);
  }
  expect(await call(github, token, 'POST', `${issue}/comments`, '{"body":')).toMatchObject({
    status: 400,
    body: { message: 'Problems parsing JSON' },
  });
  expect(github.ledger().at(-1)).toMatchObject({
    status: 400,
    operation: 'issues/create-comment',
    actor: 'auto-build[bot]',
  });
});

test('what is not built here is a violation, not a silent 404', async () => {
  const { github } = await startGitHub();
  const token = await newToken(github);
  expect((await call(github, token, 'GET', '/repos/acme/lib/topics')).status).toBe(404);
  expect((await call(github, token, 'GET', '/no/such/path')).status).toBe(404);
  expect((await fetch(`${github.url}/api/v4`, { method: 'POST', body: '{}' })).status).toBe(404);
  expect(github.violations().map(({ kind, problem }) => `${kind}: ${problem}`)).toEqual([
    'not implemented: not implemented: GET /repos/{owner}/{repo}/topics',
    'not implemented: not implemented: GET /no/such/path',
    'not implemented: not implemented: POST /api/v4',
  ]);
});

test('an answer that does not fit the description is found', async () => {
  const { github } = await startGitHub();
  const openApi = await loadOpenApi();
  const match = openApi.match('GET', '/repos/acme/lib')!;
  const { data } = await (await asInstallation(github)).rest.repos.get(at);
  expect(openApi.checkAnswer(match, 200, data)).toBeUndefined();
  expect(openApi.checkAnswer(match, 200, { ...data, default_branch: null })).toMatch(
    /default_branch must be string/,
  );
  expect(openApi.checkAnswer(match, 200, { ...data, clone_url: undefined })).toMatch(/property 'clone_url'/);
  expect(openApi.checkAnswer(match, 202, data)).toMatch(/status 202 is not in the description/);
  expect(openApi.checkWebhook('issues', 'labeled', { action: 'labeled' })).toMatch(/required property/);
});

test('a path is matched by its static parts first, and encoded slashes stay inside a parameter', async () => {
  const openApi = await loadOpenApi();
  const found = (method: string, path: string) => {
    const match = openApi.match(method, path);
    return [match?.operation.operationId, match?.params];
  };
  const repo = { owner: 'a', repo: 'b' };
  expect(found('GET', '/repos/a/b/issues/comments/7')).toEqual([
    'issues/get-comment',
    { ...repo, comment_id: '7' },
  ]);
  expect(found('GET', '/repos/a/b/branches/x%2Fy')).toEqual(['repos/get-branch', { ...repo, branch: 'x/y' }]);
  expect(found('GET', '/repos/a/b/git/ref/heads/x/y')).toEqual([
    'git/get-ref',
    { ...repo, ref: 'heads/x/y' },
  ]);
  expect(found('GET', '/repos/a/b/contents/src/i.js')).toEqual([
    'repos/get-content',
    { ...repo, path: 'src/i.js' },
  ]);
  expect(found('GET', '/repos/a/b/contents')).toEqual(['repos/get-content', { ...repo, path: '' }]);
  expect(found('GET', '/repos/a/b/compare/x...y%2Fz')).toEqual([
    'repos/compare-commits-with-basehead',
    { ...repo, basehead: 'x...y/z' },
  ]);
});
