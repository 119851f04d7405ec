import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { asInstallation, at, cloneUrl, git, newToken, startGitHub, temporaryDir } from './bench.ts';

const name = { owner: 'acme', name: 'lib' };
const workflow = '.github/workflows/ci.yml';
const words =
  'refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission';

async function cloned() {
  const world = await startGitHub();
  world.github.setRole(name, 'amy', 'admin');
  const work = await temporaryDir();
  await git(work, 'clone', '--quiet', cloneUrl(world.github, await newToken(world.github)), '.');
  const commit = async (file: string, content: string) => {
    await mkdir(path.dirname(path.join(work, file)), { recursive: true });
    await writeFile(path.join(work, file), content);
    await git(work, 'add', '.');
    await git(work, 'commit', '--quiet', '-m', `change ${file}`);
    return (await git(work, 'rev-parse', 'HEAD')).stdout;
  };
  const push = async (...refs: string[]) =>
    git(work, 'push', '--quiet', 'origin', ...refs).then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    );
  return { ...world, amy: world.github.as('amy', name), work, commit, push };
}

test('a push that writes a workflow is refused in the words of GitHub, and leaves no trace', async () => {
  const { github, commit, push } = await cloned();
  const kit = await asInstallation(github);
  const good = await commit('a.txt', 'a\n');
  await push('HEAD:refs/heads/good');
  await commit(workflow, 'on: push\n');
  const said = await push('HEAD:refs/heads/bad', `${good}:refs/heads/better`);
  expect(said).toContain(`! [remote rejected] HEAD -> bad (${words})`);
  const branches = await kit.rest.repos.listBranches(at);
  expect(branches.data.map((branch) => branch.name)).toEqual(['better', 'good', 'main']);
  const refused = github.ledger().filter(({ status }) => status === 403);
  expect(refused).toMatchObject([{ operation: 'git/receive-pack', body: { refused: 'refs/heads/bad' } }]);
});

test('workflows that the default branch has may be pushed along, older ones may not', async () => {
  const { github, amy, work, commit, push } = await cloned();
  await amy.push({ branch: 'main', files: { [workflow]: 'on: push\n' }, message: 'ci' });
  await git(work, 'pull', '--quiet', 'origin', 'main');
  await commit('a.txt', 'a\n');
  expect(await push('HEAD:refs/heads/fresh')).toBe('');
  await amy.push({ branch: 'main', files: { [workflow]: 'on: pull_request\n' }, message: 'ci' });
  expect(await push('HEAD:refs/heads/stale')).toContain(words);
  await commit('b.txt', 'b\n');
  expect(await push('HEAD:refs/heads/fresh')).toBe('');
  // People may; merging what they wrote is still not for the app.
  await github
    .as('ann', name)
    .push({ branch: 'people', files: { [workflow]: 'on: issues\n' }, message: 'ci' });
  const { number } = await amy.createPullRequest({ title: 'CI', head: 'people' });
  const merge = (await asInstallation(github)).rest.pulls.merge({ ...at, pull_number: number });
  await expect(merge).rejects.toMatchObject({ status: 403, response: { data: { message: words } } });
});

test('the contents API writes files, but no workflows', async () => {
  const { github } = await cloned();
  const kit = await asInstallation(github);
  const put = (file: string, text: string, sha?: string) =>
    kit.rest.repos.createOrUpdateFileContents({
      ...at,
      path: file,
      message: `write ${file}`,
      content: Buffer.from(text).toString('base64'),
      ...(sha === undefined ? {} : { sha }),
    });
  await expect(put(workflow, 'on: push\n')).rejects.toMatchObject({ status: 403 });
  const made = await put('docs/a.md', 'a\n');
  expect(made).toMatchObject({ status: 201, data: { content: { path: 'docs/a.md' } } });
  await expect(put('docs/a.md', 'b\n')).rejects.toMatchObject({ status: 422 });
  await expect(put('docs/a.md', 'b\n', '0'.repeat(40))).rejects.toMatchObject({ status: 409 });
  const changed = await put('docs/a.md', 'b\n', made.data.content?.sha);
  expect(changed.status).toBe(200);
  expect(await github.readFile(name, 'main', 'docs/a.md')).toBe('b\n');
  const sha = String(changed.data.content?.sha);
  await kit.rest.repos.deleteFile({ ...at, path: 'docs/a.md', message: 'gone', sha });
  expect(await github.readFile(name, 'main', 'docs/a.md')).toBeUndefined();
  expect(github.violations()).toEqual([]);
});

test('rules of a branch refuse pushes, with what is missing', async () => {
  const { github, ann, amy, commit, push } = await cloned();
  const repo = github.repository(name);
  repo.setRules('main', { approvals: 1 });
  repo.setRules('signed/**', { signatures: true });
  await commit('a.txt', 'a\n');
  const toMain = await push('HEAD:main');
  expect(toMain).toContain('remote: error: GH013: Repository rule violations found for refs/heads/main.');
  expect(toMain).toContain('remote: - Changes must be made through a pull request.');
  expect(toMain).toContain(
    '[remote rejected] HEAD -> main (push declined due to repository rule violations)',
  );
  expect(await push('HEAD:refs/heads/signed/a/b')).toContain('Commits must have verified signatures.');
  repo.setRules('main', { kind: 'classic', requiredChecks: ['test'] });
  const toClassic = await push('HEAD:main');
  expect(toClassic).toContain('error: GH006: Protected branch update failed for refs/heads/main.');
  expect(toClassic).toContain('(protected branch hook declined)');
  const change = { branch: 'main', files: { b: 'b' }, message: 'b' };
  await expect(ann.push(change)).rejects.toThrow('Required status check "test" is expected.');
  await amy.push(change);
});
