import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openMirrors } from '../../src/git/mirrors.ts';
import { FetchLostError } from '../../src/git/unanswered.ts';
import { UserError } from '../../src/run/user-error.ts';
import { createOrigin, mirrorOf, serveOverHttp, spyOnGit, tempDir } from './origin.ts';

const TOKEN = 'ghs_verySecret/0123+456';
const auth = async () => ({ username: 'x-access-token', token: TOKEN });

test('clones once, then follows the origin, and forgets what was deleted there', async () => {
  const { origin, mirrors, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  const next = await origin.commit({ 'a.txt': 'two\n' }, { parents: [base] });
  await origin.commit({ 'a.txt': 'x\n' }, { branch: 'feature/x', parents: [base] });
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  expect(await mirror.resolve('main')).toBe(next);
  expect(await mirror.resolve('feature/x')).toMatch(/^[0-9a-f]{40}$/);
  expect(await mirror.resolve('refs/heads/main')).toBe(next);
  expect(await mirror.commitInfo(next)).toEqual({
    tree: await origin.git(['rev-parse', 'main^{tree}']),
    parents: [base],
    date: new Date(1_700_000_000_000),
    message: 'a commit\n',
  });

  await origin.git(['update-ref', '-d', 'refs/heads/feature/x']);
  await origin.commit({ 'a.txt': 'y\n' }, { branch: 'feature', parents: [base] });
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  await expect(mirror.resolve('feature/x')).rejects.toThrow('There is no commit "feature/x"');
  await expect(mirror.resolve('main~1')).rejects.toThrow('There is no commit');
  await expect(mirror.resolve('--all')).rejects.toThrow('There is no commit');
});

test('fetches a pull request head and a lone commit when asked', async () => {
  const { origin, mirrors, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  const pull = await origin.commit({ 'a.txt': 'pr\n' }, { branch: 'tmp', parents: [base] });
  await origin.git(['update-ref', 'refs/pull/3/head', pull]);
  const lone = await origin.commit({ 'a.txt': 'lone\n' }, { branch: 'tmp', parents: [base] });
  await origin.git(['update-ref', '-d', 'refs/heads/tmp']);
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url, ref: 'refs/pull/3/head' });
  expect(await mirror.resolve('refs/pull/3/head')).toBe(pull);
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url, ref: lone });
  expect(await mirror.resolve(lone)).toBe(lone);
  await expect(mirrors.fetch({ repo: 'ann/lib', url: origin.url, ref: '--upload-pack=x' })).rejects.toThrow(
    'cannot be fetched',
  );
});

test('concurrent fetches of one repository take turns', async () => {
  const origin = await createOrigin({ 'a.txt': 'one\n' });
  const { gitPath, argv } = await spyOnGit();
  const mirrors = await openMirrors({ dir: await tempDir(), protocols: ['file'], gitPath });
  const all = await Promise.all(
    Array.from({ length: 4 }, () => mirrors.fetch({ repo: 'Ann/Lib', url: origin.url })),
  );
  expect(new Set(await Promise.all(all.map((mirror) => mirror.resolve('main')))).size).toBe(1);
  expect((await argv()).filter((line) => line.includes(' init '))).toHaveLength(1);
});

test('a mirror whose refs are damaged is replaced by a new clone', async () => {
  const { origin, mirrors, dir, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  await fs.rm(path.join(dir, 'ann/lib.git/objects'), { recursive: true });
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  expect(await mirror.resolve('main')).toBe(base);
  expect(await fs.readdir(path.join(dir, '.scratch'))).toEqual([]);
});

test('damage that a fetch does not see is repaired by the fetch after the read that failed', async () => {
  const { origin, mirrors, dir, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  const blob = await origin.git(['rev-parse', 'main:a.txt']);
  const objects = path.join(dir, 'ann/lib.git/objects');
  for await (const file of fs.glob([`${blob.slice(0, 2)}/${blob.slice(2)}`, 'pack/*.pack'], {
    cwd: objects,
  })) {
    await fs.chmod(path.join(objects, file), 0o644);
    await fs.writeFile(path.join(objects, file), 'rotten');
  }
  await expect(mirror.readFile(base, 'a.txt', 100)).rejects.toThrow();
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  expect((await mirror.readFile(base, 'a.txt', 100))?.toString()).toBe('one\n');
});

test('the lock of a killed process does not stop the next one', async () => {
  const { origin, dir, base } = await mirrorOf({ 'a.txt': 'one\n' });
  await fs.mkdir(path.join(dir, 'ann/lib.git/refs/heads'), { recursive: true });
  await fs.writeFile(path.join(dir, 'ann/lib.git/refs/heads/main.lock'), '');
  await fs.mkdir(path.join(dir, '.scratch/clone-half'), { recursive: true });
  const next = await origin.commit({ 'a.txt': 'two\n' }, { parents: [base] });
  const restarted = await openMirrors({ dir, protocols: ['file'] });
  const mirror = await restarted.fetch({ repo: 'ann/lib', url: origin.url });
  expect(await mirror.resolve('main')).toBe(next);
  expect(await fs.readdir(path.join(dir, '.scratch'))).toEqual([]);
});

test('an origin that is gone is said in words, and the mirror stays', async () => {
  const { origin, mirrors, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  await fs.rename(origin.dir, `${origin.dir}-away`);
  await expect(mirrors.fetch({ repo: 'ann/lib', url: origin.url })).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('ann/lib could not be fetched'),
  });
  await fs.rename(`${origin.dir}-away`, origin.dir);
  expect(await mirror.resolve('main')).toBe(base);
});

test.each([
  [503, 'FetchLostError'],
  [404, 'UserError'],
])('a server that answers %i: %s', async (status, kind) => {
  const server = http.createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const mirrors = await openMirrors({ dir: await tempDir() });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ann/lib.git`;
  const error: unknown = await mirrors.fetch({ repo: 'ann/lib', url }).catch((reason) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(error instanceof FetchLostError ? 'FetchLostError' : 'UserError').toBe(kind);
});

test('refuses odd names, transports that are not allowed and credentials in the address', async () => {
  const mirrors = await openMirrors({ dir: await tempDir() });
  const url = 'https://github.com/ann/lib.git';
  for (const repo of ['lib', 'a/b/c', '../lib', 'ann/..', '.scratch/x', 'ann/']) {
    await expect(mirrors.fetch({ repo, url }), repo).rejects.toThrow('not the name of a repository');
  }
  for (const bad of [
    'file:///tmp/x',
    'ext::sh -c id',
    'git@github.com:ann/lib.git',
    '/tmp/x',
    '--upload-pack=id',
  ]) {
    await expect(mirrors.fetch({ repo: 'ann/lib', url: bad }), bad).rejects.toThrow('cannot be used');
  }
  const error = await mirrors
    .fetch({ repo: 'ann/lib', url: 'https://u:s3cret@github.com/a/b' })
    .catch(String);
  expect(error).toContain('must not contain credentials');
  expect(error).not.toContain('s3cret');
});

test('the token reaches the server, and neither argv, nor disk, nor an error', async () => {
  const origin = await createOrigin({ 'a.txt': 'one\n' });
  const dir = await tempDir();
  const { gitPath, argv } = await spyOnGit();
  const { url, seen } = await serveOverHttp(origin, TOKEN);
  const mirrors = await openMirrors({ dir, gitPath });
  const mirror = await mirrors.fetch({ repo: 'ann/lib', url, auth });
  expect(await mirror.resolve('main')).toMatch(/^[0-9a-f]{40}$/);
  expect(seen.length).toBeGreaterThan(0);

  const secrets = [
    TOKEN,
    encodeURIComponent(TOKEN),
    Buffer.from(`x-access-token:${TOKEN}`).toString('base64'),
  ];
  const commands = (await argv()).join('\n');
  expect(commands).toContain(`fetch --quiet --no-tags --prune --no-write-fetch-head ${url}`);
  const files = (await fs.readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const onDisk = await Promise.all(
    files.map((file) => fs.readFile(path.join(file.parentPath, file.name), 'latin1')),
  );
  for (const secret of secrets) {
    expect(commands).not.toContain(secret);
    expect(onDisk.join()).not.toContain(secret);
  }

  const wrong = await serveOverHttp(origin, 'another');
  const error: Error = await mirrors
    .fetch({ repo: 'ann/lib', url: wrong.url, auth })
    .catch((reason) => reason);
  const told = [
    error.message,
    error.stack,
    JSON.stringify(error),
    JSON.stringify(error.cause),
    String(error.cause),
  ].join();
  expect(error.message).toContain('could not be fetched');
  expect(told).toContain('denied: Basic ***');
  for (const secret of secrets) expect(told).not.toContain(secret);
});

test('a fetch can be given up', async () => {
  const { origin, mirrors } = await mirrorOf({ 'a.txt': 'one\n' });
  await expect(
    mirrors.fetch({ repo: 'ann/lib', url: origin.url }, AbortSignal.abort(new Error('enough'))),
  ).rejects.toThrow('enough');
});

test('a fetch that hangs returns when it is given up, and leaves nothing behind', async () => {
  const dir = await tempDir();
  const mirrors = await openMirrors({ dir });
  const giveUp = new AbortController();
  const server = http.createServer(() => giveUp.abort(new Error('enough')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ann/lib.git`;
  await expect(mirrors.fetch({ repo: 'ann/lib', url }, giveUp.signal)).rejects.toThrow('enough');
  await vi.waitFor(async () => expect(await fs.readdir(path.join(dir, '.scratch'))).toEqual([]));
  expect(await fs.readdir(dir)).not.toContain('ann');
});

test('a missing git is said in words', async () => {
  await expect(openMirrors({ dir: await tempDir(), gitPath: '/nonexistent/git' })).rejects.toMatchObject({
    name: 'UserError',
    next: expect.stringContaining('Install git'),
  });
});
