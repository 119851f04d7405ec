import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { CA_FILE, LABELS, sandboxContract } from './sandbox-contract.ts';

const cacheDir = await mkdtemp(path.join(tmpdir(), 'auto-build-cache-'));
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

const choose = () => chooseSandbox({ wanted: 'process', instance: 'test', cacheDir, caFile: CA_FILE });

sandboxContract(async () => (await choose()).sandbox);

test('announces that nothing is isolated, and why', async () => {
  expect((await choose()).why).toBe(
    'NO ISOLATION: ordinary processes of this user in temporary directories, because it was asked for.',
  );
});

test('only finished installs stay in the cache', async () => {
  expect(await readdir(cacheDir)).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/)]);
});

test('sweep closes what is open', async () => {
  const { sandbox } = await choose();
  const container = await sandbox.open({ purpose: 'work', labels: LABELS });
  expect(await sandbox.sweep()).toBe(1);
  expect(await sandbox.sweep()).toBe(0);
  await expect(container.exec({ argv: ['true'] })).rejects.toThrow('closed');
});

describe('without an engine', () => {
  afterEach(() => vi.unstubAllEnvs());
  const options = { instance: 'test', cacheDir, caFile: CA_FILE };

  test('`auto` falls back and says why, `docker` refuses and says what to do', async () => {
    vi.stubEnv('DOCKER_HOST', `unix://${cacheDir}/no-such.sock`);
    const bin = await mkdtemp(path.join(cacheDir, 'bin-'));
    await symlink('/bin/sh', path.join(bin, 'sh'));
    vi.stubEnv('PATH', bin);
    const { sandbox, why } = await chooseSandbox({ ...options, wanted: 'auto' });
    expect(sandbox.kind).toBe('process');
    expect(why).toMatch(/^NO ISOLATION: .* because there is no `docker` command on this machine\.$/);
    await expect(chooseSandbox({ ...options, wanted: 'docker' })).rejects.toMatchObject({
      name: 'UserError',
      message: 'The sandbox `docker` cannot be used: there is no `docker` command on this machine.',
      next: expect.stringContaining('Install Docker'),
    });
  });
});
