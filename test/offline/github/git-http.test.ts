import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  asInstallation,
  at,
  cloneUrl,
  git,
  newToken,
  startGitHub,
  startReceiver,
  temporaryDir,
} from './bench.ts';

async function cloned() {
  const world = await startGitHub();
  const work = await temporaryDir();
  await git(work, 'clone', '--quiet', cloneUrl(world.github, await newToken(world.github)), '.');
  const commit = async (file: string, content: string | Buffer) => {
    await writeFile(path.join(work, file), content);
    await git(work, 'add', '.');
    await git(work, 'commit', '--quiet', '-m', `change ${file}`);
    return (await git(work, 'rev-parse', 'HEAD')).stdout;
  };
  return { ...world, work, commit };
}

test('the head of a pull request follows pushes, and the app hears of it', async () => {
  const { github, work, commit } = await cloned();
  const kit = await asInstallation(github);
  const first = await commit('a.txt', 'a\n');
  await git(work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/auto-build/1-x');
  const { data } = await kit.rest.pulls.create({ ...at, title: 'A', head: 'auto-build/1-x', base: 'main' });
  expect(data.head.sha).toBe(first);

  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  const second = await commit('b.txt', 'b\n');
  await git(work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/auto-build/1-x');
  // At once: whoever pushed may look without waiting.
  expect((await kit.rest.pulls.get({ ...at, pull_number: data.number })).data).toMatchObject({
    head: { sha: second },
    commits: 2,
    changed_files: 2,
    additions: 2,
  });
  await github.webhooksIdle();
  expect(app.names()).toEqual(['push', 'pull_request.synchronize']);
  expect(JSON.parse(app.received[1]!.body)).toMatchObject({
    before: first,
    after: second,
    sender: { type: 'Bot' },
  });
  expect(JSON.parse(app.received[0]!.body)).toMatchObject({ commits: [{ id: second, added: ['b.txt'] }] });
  expect(
    github
      .ledger()
      .filter((entry) => entry.operation === 'git/receive-pack')
      .at(-1),
  ).toMatchObject({
    actor: 'auto-build[bot]',
    body: { updates: [{ ref: 'refs/heads/auto-build/1-x', before: first, after: second }] },
  });
  expect(github.violations()).toEqual([]);
});

test('a push too large for one request counts once', async () => {
  const { github, work, commit } = await cloned();
  const sha = await commit('large.bin', randomBytes(3_000_000));
  await git(work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/large');
  const pushes = github.ledger().filter((entry) => entry.operation === 'git/receive-pack');
  expect(pushes).toMatchObject([{ body: { updates: [{ after: sha }] } }]);
});

test('the scheme of the credentials is matched whatever its case', async () => {
  const { github } = await startGitHub({}, { private: true });
  const basic = Buffer.from(`x-access-token:${await newToken(github)}`).toString('base64');
  for (const scheme of ['basic', 'Basic', 'BASIC']) {
    await git(
      await temporaryDir(),
      '-c',
      `http.extraheader=Authorization: ${scheme} ${basic}`,
      'clone',
      '--quiet',
      cloneUrl(github),
    );
  }
});

test('a deleted branch closes its pull request and keeps its commits', async () => {
  const { github, work, commit } = await cloned();
  const kit = await asInstallation(github);
  const sha = await commit('a.txt', 'a\n');
  await git(work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/x');
  const { data } = await kit.rest.pulls.create({ ...at, title: 'A', head: 'x', base: 'main' });
  await git(work, 'push', '--quiet', 'origin', ':refs/heads/x');
  const after = await kit.rest.pulls.get({ ...at, pull_number: data.number });
  expect(after.data).toMatchObject({ state: 'closed', merged: false, changed_files: 1 });
  const { stdout } = await git(work, 'ls-remote', 'origin', `refs/pull/${data.number}/head`);
  expect(stdout.split('\t')[0]).toBe(sha);
});

test('nobody can push to refs/pull', async () => {
  const { work, commit } = await cloned();
  await commit('a.txt', 'a\n');
  await expect(git(work, 'push', 'origin', 'HEAD:refs/pull/9/head')).rejects.toThrow(
    /deny updating a hidden ref/,
  );
});
