import { access, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { CA_FILE, LABELS, sandboxContract } from './sandbox-contract.ts';

const cacheDir = await mkdtemp(path.join(tmpdir(), 'auto-build-cache-'));
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

const choose = (instance = 'test') =>
  chooseSandbox({ wanted: 'process', instance: `${instance}-${process.pid}`, cacheDir, caFile: CA_FILE });

sandboxContract(async () => (await choose()).sandbox);

test('announces that nothing is isolated, and why', async () => {
  expect((await choose()).why).toBe(
    'NO ISOLATION: ordinary processes of this user in temporary directories, because it was asked for.',
  );
});

test('only finished installs stay in the cache', async () => {
  expect(await readdir(cacheDir)).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/)]);
});

test('sweep ends and removes what an earlier life left, and nothing that is in use', async () => {
  const [{ sandbox: earlier }, { sandbox: other }, { sandbox }] = await Promise.all([
    choose('swept'),
    choose('another'),
    choose('swept'),
  ]);
  const left = await earlier.open({ purpose: 'work', labels: LABELS });
  await using others = await other.open({ purpose: 'work', labels: LABELS });
  await using own = await sandbox.open({ purpose: 'work', labels: LABELS });
  // Whoever waits for it has died; one of its children has forgotten where it came from.
  const running = left.exec({ argv: ['sh', '-c', 'env -i sh -c "echo $$ > pids; sleep 300" & wait'] });
  const orphan = await vi.waitFor(async () => {
    const pid = Number(await readFile(path.join(left.workdir, 'pids'), 'utf8'));
    expect(pid).toBeGreaterThan(0);
    return pid;
  }, 10_000);

  expect(await sandbox.sweep()).toBe(1);
  expect(await sandbox.sweep()).toBe(0);
  expect((await running).exitCode).toBe(128 + 9);
  await vi.waitFor(() => expect(() => process.kill(orphan, 0)).toThrow('ESRCH'), 10_000);
  await expect(access(left.workdir)).rejects.toThrow('ENOENT');
  for (const container of [others, own]) expect((await container.exec({ argv: ['true'] })).exitCode).toBe(0);
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
