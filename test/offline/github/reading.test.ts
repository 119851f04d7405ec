import { expect, test } from 'vitest';
import { UserError } from '../../../src/run/user-error.ts';
import { asInstallation, at, git, startGitHub, temporaryDir } from './bench.ts';

test('contents, refs, commits and comparisons are what git says', async () => {
  const { github, ann, sha } = await startGitHub();
  const kit = await asInstallation(github);
  const { sha: head } = await ann.push({
    branch: 'feature/x',
    files: { 'dir/ä b.txt': 'grüß\n' },
    message: 'add',
  });
  const ref = 'feature/x';

  const file = await kit.rest.repos.getContent({ ...at, path: 'dir/ä b.txt', ref });
  const { content } = file.data as { content: string };
  expect(Buffer.from(content, 'base64').toString()).toBe('grüß\n');
  const raw = await kit.rest.repos.getContent({ ...at, path: 'README.md', mediaType: { format: 'raw' } });
  expect(raw.data).toBe('# lib\n');
  const root = await kit.rest.repos.getContent({ ...at, path: '', ref });
  expect((root.data as { name: string; type: string }[]).map(({ name, type }) => [name, type])).toEqual([
    ['README.md', 'file'],
    ['dir', 'dir'],
    ['src', 'dir'],
  ]);
  await expect(kit.rest.repos.getContent({ ...at, path: 'dir/ä b.txt' })).rejects.toMatchObject({
    status: 404,
  });
  expect((await kit.rest.repos.getBranch({ ...at, branch: ref })).data.commit.sha).toBe(head);
  expect((await kit.rest.git.getRef({ ...at, ref: `heads/${ref}` })).data.object.sha).toBe(head);
  await expect(kit.rest.git.getRef({ ...at, ref: 'heads/none' })).rejects.toMatchObject({ status: 404 });
  expect((await kit.rest.git.getCommit({ ...at, commit_sha: head })).data.parents[0]?.sha).toBe(sha);
  expect((await kit.rest.repos.getCommit({ ...at, ref: sha })).data.files).toHaveLength(2);
  expect((await kit.rest.repos.listCommits({ ...at, sha: ref })).data.map((one) => one.sha)).toEqual([
    head,
    sha,
  ]);
  const compared = await kit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `main...${ref}` });
  expect(compared.data).toMatchObject({
    status: 'ahead',
    ahead_by: 1,
    files: [{ filename: 'dir/ä b.txt', status: 'added' }],
  });
  await kit.request('GET /repos/{owner}/{repo}/rules/branches/{branch}', { ...at, branch: 'main' });
  await kit.rest.repos.getCombinedStatusForRef({ ...at, ref });
  await kit.rest.rateLimit.get();
  expect(github.violations()).toEqual([]);
});

test('check runs are made, completed, annotated and found by name', async () => {
  const { github, sha } = await startGitHub();
  const kit = await asInstallation(github);
  const { data } = await kit.rest.checks.create({
    ...at,
    name: 'gate',
    head_sha: sha,
    external_id: 'run-1',
    status: 'in_progress',
  });
  const annotation = {
    path: 'README.md',
    start_line: 1,
    end_line: 1,
    annotation_level: 'warning' as const,
    message: 'm',
  };
  const output = { title: 'T', summary: 'S', annotations: [annotation] };
  for (let n = 0; n < 2; n++) await kit.rest.checks.update({ ...at, check_run_id: data.id, output });
  await kit.rest.checks.update({ ...at, check_run_id: data.id, conclusion: 'success' });
  await kit.rest.checks.create({ ...at, name: 'other', head_sha: sha });
  const found = await kit.rest.checks.listForRef({ ...at, ref: 'main', check_name: 'gate' });
  expect(found.data).toMatchObject({
    total_count: 1,
    check_runs: [
      {
        external_id: 'run-1',
        status: 'completed',
        conclusion: 'success',
        output: { title: 'T', annotations_count: 2 },
      },
    ],
  });
  expect((await kit.rest.checks.listAnnotations({ ...at, check_run_id: data.id })).data).toHaveLength(2);
  await expect(kit.rest.checks.create({ ...at, name: 'x', head_sha: 'f'.repeat(40) })).rejects.toMatchObject({
    status: 422,
  });
  expect(github.violations()).toEqual([]);
});

test('a folder always becomes the same commit', async () => {
  const { sha } = await startGitHub();
  expect(sha).toBe((await startGitHub()).sha);
});

test('a repository starts from a clone, a shallow clone or a bundle at any ref', async () => {
  const { github, ann, dir } = await startGitHub();
  const { sha: old } = await ann.push({ branch: 'main', files: { a: 'a' }, message: 'old' });
  const { sha: tip } = await ann.push({ branch: 'main', files: { a: 'b' }, message: 'tip' });
  await git(dir, 'tag', 'v1', old);
  const work = await temporaryDir();
  await git(work, 'clone', '--quiet', '--depth=1', `file://${dir}`, 'shallow');
  await git(dir, 'bundle', 'create', '--quiet', `${work}/all.bundle`, '--all');

  let count = 0;
  const from = async (source: string, ref: string, defaultBranch?: string) => {
    const name = `copy-${++count}`;
    await github.createRepository({ owner: 'acme', name, source: { git: source, ref }, defaultBranch });
    const [repo] = (await github.snapshot()).repositories.slice(-1);
    return [repo?.branches, repo?.files];
  };
  const files = ['README.md', 'a', 'src/index.js'];
  expect(await from(dir, 'v1')).toEqual([{ main: old }, files]);
  expect(await from(dir, old.slice(0, 10), 'trunk')).toEqual([{ trunk: old }, files]);
  expect(await from(`${work}/shallow`, 'main')).toEqual([{ main: tip }, files]);
  expect(await from(`${work}/all.bundle`, 'v1')).toEqual([{ main: old }, files]);
  await expect(from(dir, 'v9')).rejects.toThrow(UserError);
  await expect(from(`${work}/nothing`, 'main')).rejects.toThrow(/no git repository or bundle/);
});

test('pages are served beside the API', async () => {
  const { github } = await startGitHub();
  const get = async (path: string) => {
    const answer = await fetch(`${github.url}${path}`);
    return [answer.status, await answer.text()];
  };
  expect(await get('/healthz')).toEqual([200, 'ok']);
  expect((await get('/acme/lib/issues/1'))[0]).toBe(404);
  github.setPageHandler((request) => new Response(`page ${new URL(request.url).pathname}`));
  expect(await get('/acme/lib/issues/1')).toEqual([200, 'page /acme/lib/issues/1']);
});
