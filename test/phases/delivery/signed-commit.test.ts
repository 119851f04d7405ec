import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMirrors } from '../../../src/git/mirrors.ts';
import type { Edit, Mirror } from '../../../src/git/types.ts';
import { besides, mustBeSigned, signedCommit } from '../../../src/phases/delivery/signed-commit.ts';
import type { Effects } from '../../../src/phases/effects-port.ts';
import type { PhaseContext } from '../../../src/phases/phase.ts';
import { name, type TestWorld, testWorld } from '../../github/world.ts';

let world: TestWorld;
let dir: string;
let mirror: Mirror;
beforeAll(async () => {
  world = await testWorld();
  dir = await mkdtemp(path.join(tmpdir(), 'auto-build-signed-'));
  const mirrors = await openMirrors({ dir });
  mirror = await mirrors.fetch({
    repo: `${name.owner}/${name.name}`,
    url: `${world.local.url}/${name.owner}/${name.name}.git`,
    auth: () => world.repository.gitAuth('read'),
  });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const branch = 'auto-build/1-signed';
/** As much of a phase's context as is reached for; each effect is new, as after a crash before it was recorded. */
function context(): PhaseContext<never> {
  const effects: Effects = { ensure: async ({ look, act }) => (await look?.()) ?? act() };
  const run = { base: world.sha, baseBranch: 'main', branch };
  return { run, github: world.repository, effects } as unknown as PhaseContext<never>;
}
async function treeOf(...edits: Edit[]): Promise<string> {
  return (await mirror.applyEdits({ base: world.sha, edits })).tree;
}
const write = (file: string, executable = false): Edit => ({
  kind: 'write',
  path: file,
  content: Buffer.from(`${file}\n`),
  executable,
});
const words = { title: 'fix: it', message: 'Fixes #1' };

test('the commit that GitHub signs has the tree and the parent that were scored, and is found again', async () => {
  const tree = await treeOf(write('src/new.js'), { kind: 'delete', path: 'CHANGELOG.md' });
  const sha = await signedCommit(context(), mirror, { tree, ...words });
  expect(await world.repository.signedCommits.read(sha)).toEqual({ tree, parents: [world.sha] });
  const before = world.local.ledger().length;
  expect(await signedCommit(context(), mirror, { tree, ...words })).toBe(sha);
  expect(world.local.ledger().slice(before)).toEqual([]);

  // Another candidate: the branch beside ours is put back to the base first.
  const other = await treeOf(write('src/other.js'));
  const second = await signedCommit(context(), mirror, { tree: other, ...words });
  expect(await world.repository.signedCommits.read(second)).toEqual({ tree: other, parents: [world.sha] });
  await world.repository.signedCommits.drop(besides(branch));
  await world.repository.signedCommits.drop(besides(branch));
  expect(await world.repository.branchTip(besides(branch))).toBeUndefined();
  expect(world.local.violations()).toEqual([]);
});

test('an executable file, which the API cannot express, is refused before anything is written', async () => {
  const tree = await treeOf(write('run.sh', true));
  const before = world.local.ledger().length;
  await expect(signedCommit(context(), mirror, { tree, ...words })).rejects.toThrow('run.sh is executable');
  expect(world.local.ledger().slice(before)).toEqual([]);
});

test('rules ask for signatures on the base, or on branches that are not there yet', async () => {
  const admin = world.local.repository(name);
  expect(await mustBeSigned(context())).toBe(false);
  admin.setRules('auto-build/**', { signatures: true });
  expect(await mustBeSigned(context())).toBe(true);
  admin.setRules('auto-build/**', null);
  admin.setRules('main', { signatures: true });
  expect(await mustBeSigned(context())).toBe(true);
});
