import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packFiles } from '../../src/sandbox/pack-files.ts';
import type { Container, DependencySpec, Environment, Sandbox } from '../../src/sandbox/sandbox.ts';

export const LABELS = { run: 'run-1', phase: 'test', purpose: 'contract' };

/** Where the package registry needs more certificates than node brings. */
export const CA_FILE = process.env.NODE_EXTRA_CA_CERTS;

/** One small dependency with a command of its own, locked. */
export function dependencies(key: string): DependencySpec {
  const manifest = { name: 'sample', version: '1.0.0', type: 'module', dependencies: { semver: '7.7.3' } };
  const semver = {
    version: '7.7.3',
    integrity:
      'sha512-SdsKMrI9TdgjdweUSR9MweHA4EJ8YxHn8DFaDisvhVlUOe4BF1tLD7GAj0lIqWVl+dPb/rExr0Btby5loQm20Q==',
    bin: { semver: 'bin/semver.js' },
  };
  const lock = {
    name: 'sample',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: { '': manifest, 'node_modules/semver': semver },
  };
  return {
    key,
    files: [
      { path: 'package.json', content: JSON.stringify(manifest) },
      { path: 'package-lock.json', content: JSON.stringify(lock) },
    ],
    install: { argv: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], env: {} },
    labels: LABELS,
  };
}

/** What every sandbox owes, whatever stands behind it. */
export function sandboxContract(make: () => Promise<Sandbox>): void {
  describe('contract of every sandbox', () => {
    let sandbox: Sandbox;
    let container: Container;
    let environment: Environment;

    beforeAll(async () => {
      sandbox = await make();
      environment = await sandbox.prepare(dependencies('contract'));
      container = await sandbox.open({ purpose: 'work', labels: LABELS, environment });
    }, 90_000);
    afterAll(async () => {
      await container?.close();
    });

    const sh = (script: string, more: { timeoutMs?: number; outputBytes?: number } = {}) =>
      container.exec({ argv: ['sh', '-c', script], ...more });

    test('says in words which isolation it gives', () => {
      expect(sandbox.describe).toMatch(/^(Docker .*without network.*|NO ISOLATION: .*)\.$/);
    });

    test('exit code, stdout and stderr come back as they were', async () => {
      const result = await sh('printf out; printf "err\\n" >&2; exit 7');
      expect(result).toMatchObject({ exitCode: 7, stdout: 'out', stderr: 'err\n', timedOut: false });
      expect(result).toMatchObject({ truncated: false, outOfMemory: false });
    });

    test('a command that does not exist is exit code 127, a killed one 128 + n', async () => {
      expect((await container.exec({ argv: ['no-such-command'] })).exitCode).toBe(127);
      expect((await sh('kill -9 $$')).exitCode).toBe(137);
    });

    test('stdin and the given variables reach the command, and nothing of ours does', async () => {
      const env = await container.exec({ argv: ['env'], env: { CI: '1' }, stdin: '' });
      const names = env.stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]);
      expect(names.sort()).toEqual(['CI', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
      expect((await container.exec({ argv: ['cat'], stdin: 'ä→' })).stdout).toBe('ä→');
    });

    test('a command that runs too long is ended', async () => {
      const result = await sh('echo begun; sleep 60', { timeoutMs: 400 });
      expect(result).toMatchObject({ exitCode: null, timedOut: true, stdout: 'begun\n' });
      expect(result.durationMs).toBeLessThan(5_000);
    });

    test('a flood of output is cut off at the cap', async () => {
      const result = await sh('yes', { outputBytes: 100_000 });
      expect(result).toMatchObject({ exitCode: null, truncated: true, timedOut: false });
      expect(result.stdout.length).toBe(100_000);
    });

    test('what a command leaves running is killed, also when it holds the pipes', async () => {
      const result = await sh('(while :; do echo x >> alive; sleep 0.02; done) & echo started', {
        timeoutMs: 20_000,
      });
      expect(result.timedOut).toBe(false);
      const size = 'wc -c < alive 2>/dev/null || echo 0';
      const before = await sh(size);
      expect((await sh(`sleep 0.2; ${size}`)).stdout).toBe(before.stdout);
    });

    test('an abort ends the command and rejects with its reason', async () => {
      const abort = new AbortController();
      const running = container.exec({ argv: ['sleep', '60'] }, abort.signal);
      setTimeout(() => abort.abort(new Error('changed my mind')), 50);
      await expect(running).rejects.toThrow('changed my mind');
      expect((await sh('echo still here')).stdout).toBe('still here\n');
    });

    test('files go in and come out as data; links are not followed', async () => {
      await using own = await sandbox.open({ purpose: 'work', labels: LABELS });
      await own.putTar(await packFiles([{ path: 'a/b.txt', content: 'b' }]), `${own.workdir}/sub`);
      await own.exec({ argv: ['ln', '-s', '/etc', `${own.workdir}/sub/etc`] });
      expect(await listing(await own.getTar(own.workdir))).toEqual([
        './',
        './sub/',
        './sub/a/',
        './sub/a/b.txt',
        './sub/etc -> /etc',
      ]);
      expect(await listing(await own.getTar(`${own.workdir}/sub`, ['a/b.txt']))).toEqual(['a/b.txt']);
      await expect(own.getTar(own.workdir, ['absent'])).rejects.toThrow('absent');
      await expect(own.getTar(own.workdir, ['.'], 100)).rejects.toThrow('more than 100 bytes');
    });

    test('a closed container is closed for good', async () => {
      const own = await sandbox.open({ purpose: 'work', labels: LABELS });
      await own.close();
      await own.close();
      await expect(own.exec({ argv: ['true'] })).rejects.toThrow('closed');
    });

    test('a gate container keeps its own directory beside the source', async () => {
      await using gate = await sandbox.open({ purpose: 'gate', labels: LABELS });
      await gate.putTar(await packFiles([{ path: 'sealed.txt', content: 'secret' }]), gate.gatedir, 'root');
      const read = await gate.exec({ argv: ['cat', `${gate.gatedir}/sealed.txt`], user: 'root' });
      expect(read.stdout).toBe('secret');
      expect(await listing(await gate.getTar(gate.gatedir, ['sealed.txt']))).toEqual(['sealed.txt']);
    });

    test('node:test finds the installed dependencies by import and by command, and may write a cache', async () => {
      const source = [
        "import test from 'node:test'; import assert from 'node:assert'; import semver from 'semver';",
        "test('order', () => assert.ok(semver.gt('1.10.0', '1.9.0')));",
      ].join('\n');
      const files = [
        { path: 'package.json', content: '{"type":"module"}' },
        { path: 'order.test.js', content: source },
        { path: 'node_modules/semver/index.js', content: 'throw new Error("a forged dependency")' },
      ];
      await container.putTar(await packFiles(files), container.workdir);
      const result = await sh('node --test && node_modules/.bin/semver 1.2.3 && mkdir node_modules/.vite');
      expect(result.stdout).toMatch(/pass 1\n[\s\S]*1\.2\.3\n$/);
      expect(result.exitCode).toBe(0);
      expect(await listing(await container.getTar(container.workdir, ['.']))).not.toContainEqual(
        expect.stringContaining('node_modules'),
      );
    });

    test('the same dependencies are found again without an install', async () => {
      const begun = performance.now();
      expect(await sandbox.prepare(dependencies('contract'))).toEqual(environment);
      expect(performance.now() - begun).toBeLessThan(1_000);
    });

    test('package-manager configuration may not enter an install', async () => {
      for (const path of ['.npmrc', '../package.json', '/package.json', 'x/../.npmrc']) {
        const spec = { ...dependencies('evil'), files: [{ path, content: 'git=./evil' }] };
        await expect(sandbox.prepare(spec)).rejects.toThrow('may not enter');
      }
    });

    test('a lockfile that does not fit is said in words', async () => {
      const spec = dependencies('broken');
      spec.files[0]!.content = '{"dependencies":{"semver":"1.0.0"}}';
      await expect(sandbox.prepare(spec)).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringContaining('npm error'),
        next: expect.stringContaining('lockfile'),
      });
    });
  });
}

async function listing(tar: Buffer): Promise<string[]> {
  const running = promisify(execFile)('tar', ['-tvf', '-']);
  running.child.stdin?.end(tar);
  const { stdout } = await running;
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(\S+\s+){5}/, ''))
    .sort();
}
