import { describe, expect, test } from 'vitest';
import { type Files, stackOf } from './bench.ts';

const manifest = JSON.stringify({ dependencies: { ms: '2.1.3' }, packageManager: 'pnpm@9.0.0' });
const hostile = {
  '.npmrc': 'git=./evil',
  '.pnpmfile.cjs': 'evil()',
  '.yarnrc.yml': 'yarnPath: ./evil.cjs',
  '.yarnrc': 'yarn-path ./evil.js',
};

describe('the lockfile decides who installs', () => {
  test.each<[string, Files, string, string[], RegExp]>([
    ['npm', { 'package-lock.json': '{}', 'yarn.lock': '' }, 'npm', ['package-lock.json'], /^npm ci /],
    [
      'pnpm 10',
      { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
      'pnpm',
      ['pnpm-lock.yaml'],
      /pnpm@10\.34\.9 /,
    ],
    [
      'pnpm 8',
      { 'pnpm-lock.yaml': "lockfileVersion: '6.0'\n" },
      'pnpm',
      ['pnpm-lock.yaml'],
      /pnpm@8\.15\.9 /,
    ],
    ['pnpm 7', { 'pnpm-lock.yaml': 'lockfileVersion: 5.4\n' }, 'pnpm', ['pnpm-lock.yaml'], /pnpm@7\.33\.7 /],
    ['yarn 1', { 'yarn.lock': '# yarn lockfile v1\n' }, 'yarn', ['yarn.lock'], / yarn@1\.22\.22 /],
    ['yarn 3', { 'yarn.lock': '__metadata:\n  version: 6\n' }, 'yarn', ['yarn.lock'], /cli-dist@3\.8\.7 /],
    ['yarn 4', { 'yarn.lock': '__metadata:\n  version: 8\n' }, 'yarn', ['yarn.lock'], /cli-dist@4\.9\.4 /],
    [
      'yarn 4, newer',
      { 'yarn.lock': '__metadata:\n  version: 10\n' },
      'yarn',
      ['yarn.lock'],
      /cli-dist@4\.18\.1 /,
    ],
  ])('%s', async (_name, locks, packageManager, lockfiles, command) => {
    const stack = await stackOf({ 'package.json': manifest, ...hostile, ...locks });
    expect(stack.packageManager).toBe(packageManager);
    // Nothing that configures a package manager ever gets in.
    expect(stack.dependencies?.files).toEqual(['package.json', ...lockfiles]);
    const { argv, env, resolved } = stack.dependencies!.install;
    const line = argv[0] === 'sh' ? argv[2] : argv.join(' ');
    expect(line).toMatch(command);
    expect(resolved).toBeUndefined();
    if (packageManager === 'pnpm') {
      expect(line).toContain('--frozen-lockfile --ignore-scripts --ignore-pnpmfile');
      expect(env).toMatchObject({ npm_config_manage_package_manager_versions: 'false' });
    }
    if (packageManager === 'yarn') expect(env).toMatchObject({ YARN_IGNORE_PATH: '1' });
  });

  test('without one npm chooses, and what it chose is installed from then on', async () => {
    const stack = await stackOf({ 'package.json': manifest, ...hostile });
    expect(stack.dependencies).toMatchObject({
      files: ['package.json'],
      lockfile: null,
      install: { resolved: { file: 'package-lock.json', argv: expect.arrayContaining(['ci']) } },
    });
    expect(stack.describe).toContain(
      'no lockfile: npm resolves the dependencies once, and what it chose is kept',
    );
  });
});
