import fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openMirrors } from '../../src/git/mirrors.ts';
import { LeaseError, PushRefusedError } from '../../src/git/push.ts';
import type { Edit, Mirror } from '../../src/git/types.ts';
import { createOrigin, mirrorOf, serveOverHttp, tempDir } from './origin.ts';

const REF = 'refs/heads/auto-build/issue-1';
const author = { name: 'auto-build[bot]', email: '1+auto-build[bot]@users.noreply.github.com' };
const date = new Date('2026-01-02T03:04:05.678Z');

const write = (file: string, content: string): Edit => ({
  kind: 'write',
  path: file,
  content: Buffer.from(content),
});

async function commitOf(mirror: Mirror, base: string, ...edits: Edit[]): Promise<string> {
  const { tree } = await mirror.applyEdits({ base, edits });
  return mirror.commit({ tree, parents: [base], message: 'Add a thing\n\nFixes #1', author, date });
}

test('equal commits have equal ids, whatever the machine', async () => {
  const { mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  const sha = await commitOf(mirror, base, write('b.txt', 'b\n'));
  expect(sha).toBe(await commitOf(mirror, base, write('b.txt', 'b\n')));
  expect(sha).toBe('28f327ee13925b541473857ac0bee1480b8efede');
  expect(await mirror.commitInfo(sha)).toMatchObject({
    parents: [base],
    date: new Date('2026-01-02T03:04:05Z'),
    message: 'Add a thing\n\nFixes #1',
  });
  await expect(mirror.commit({ tree: '--help', parents: [], message: 'm', author, date })).rejects.toThrow(
    'object id',
  );
});

test('a candidate is replayed on a moved base, or the conflicts are named', async () => {
  const body = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', ''];
  const { origin, mirrors, mirror, base } = await mirrorOf({
    'a.txt': body.join('\n'),
    'gone.txt': 'x\n',
    keep: 'k\n',
  });
  const edits = [
    write('a.txt', body.with(0, 'A').join('\n')),
    write('gone.txt', 'y\n'),
    write('new.txt', 'n\n'),
  ];
  const { tree } = await mirror.applyEdits({ base, edits });

  // Not a descendant of the base: replay must not depend on history.
  const clean = await origin.commit({
    'a.txt': body.with(7, 'H').join('\n'),
    'gone.txt': 'x\n',
    keep: 'K\n',
  });
  const clash = await origin.commit(
    { 'a.txt': body.with(0, 'Z').join('\n'), keep: 'k\n' },
    { branch: 'clash' },
  );
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });

  const replayed = await mirror.replay({ candidate: tree, from: base, onto: clean });
  if (!replayed.clean) expect.fail('conflicts');
  expect((await mirror.readFile(replayed.tree, 'a.txt', 100))?.toString()).toBe(
    body.with(0, 'A').with(7, 'H').join('\n'),
  );
  expect((await mirror.listFiles(replayed.tree)).map((file) => file.path)).toEqual([
    'a.txt',
    'gone.txt',
    'keep',
    'new.txt',
  ]);
  expect(await mirror.replay({ candidate: tree, from: base, onto: clash })).toEqual({
    clean: false,
    conflicts: ['a.txt', 'gone.txt'],
  });
});

test('pushes with a lease: new, again, onwards, and not over the work of others', async () => {
  const { origin, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  const url = origin.url;
  const first = await commitOf(mirror, base, write('a.txt', 'two\n'));
  const second = await commitOf(mirror, base, write('a.txt', 'three\n'));
  expect(await mirror.push({ url, ref: REF, sha: first, lease: null })).toEqual({ status: 'pushed' });
  expect(await mirror.push({ url, ref: REF, sha: first, lease: null })).toEqual({ status: 'up-to-date' });
  await expect(mirror.push({ url, ref: REF, sha: second, lease: null })).rejects.toBeInstanceOf(LeaseError);
  expect(await mirror.push({ url, ref: REF, sha: second, lease: first })).toEqual({ status: 'pushed' });
  expect(await origin.git(['rev-parse', REF])).toBe(second);

  const theirs = await origin.commit(
    { 'a.txt': 'by hand\n' },
    { branch: 'auto-build/issue-1', parents: [second] },
  );
  await expect(mirror.push({ url, ref: REF, sha: first, lease: second })).rejects.toMatchObject({
    name: 'UserError',
    message: 'The branch auto-build/issue-1 was changed by somebody else; nothing was overwritten.',
    ref: REF,
    lease: second,
  });
  expect(await origin.git(['rev-parse', REF])).toBe(theirs);
});

test('a refusal of the server is told in its own words', async () => {
  const { origin, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  const hook = path.join(origin.dir, 'hooks/update');
  await fs.mkdir(path.dirname(hook), { recursive: true });
  await fs.writeFile(hook, '#!/bin/sh\nprintf "no \\033[2Jworkflows permission\\n" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const sha = await commitOf(mirror, base, write('a.txt', 'two\n'));
  const error = await mirror.push({ url: origin.url, ref: REF, sha, lease: null }).catch((reason) => reason);
  expect(error).toBeInstanceOf(PushRefusedError);
  expect(error.reason).toContain('hook declined: no \\x1b[2Jworkflows permission');
});

test('pushes to our own branches only', async () => {
  const { origin, mirror, base } = await mirrorOf({ 'a.txt': 'one\n' });
  for (const ref of [
    'refs/heads/main',
    'main',
    'refs/heads/auto-build/',
    'refs/heads/auto-build/x:refs/heads/main',
  ]) {
    await expect(mirror.push({ url: origin.url, ref, sha: base, lease: null }), ref).rejects.toThrow(
      'refusing',
    );
  }
});

test('pushes over HTTP with the token, and says no without it', async () => {
  const origin = await createOrigin({ 'a.txt': 'one\n' });
  const { url, seen } = await serveOverHttp(origin, 'tok3n');
  const auth = async () => ({ username: 'x-access-token', token: 'tok3n' });
  const mirrors = await openMirrors({ dir: await tempDir() });
  const mirror = await mirrors.fetch({ repo: 'ann/lib', url, auth });
  const base = await mirror.resolve('main');
  // Bigger than http.postBuffer, so that git sends it in chunks after a first probe.
  const big = Buffer.from(
    Uint8Array.from({ length: 2 * 1024 ** 2 }, (_, index) => (index * 2_654_435_761) >>> 13),
  );
  const edits: Edit[] = [{ kind: 'write', path: 'big.bin', content: big }];
  const { tree } = await mirror.applyEdits({ base, edits });
  const sha = await mirror.commit({ tree, parents: [base], message: 'big\n', author, date });
  expect(await mirror.push({ url, auth, ref: REF, sha, lease: null })).toEqual({ status: 'pushed' });
  expect(await origin.git(['rev-parse', REF])).toBe(sha);
  expect(seen.every((header) => header !== undefined)).toBe(true);

  const error = await mirror.push({ url, ref: REF, sha: base, lease: sha }).catch((reason) => reason);
  expect(error).toBeInstanceOf(PushRefusedError);
  const stale = await mirror.push({ url, auth, ref: REF, sha: base, lease: base }).catch((reason) => reason);
  expect(stale).toBeInstanceOf(LeaseError);
});
