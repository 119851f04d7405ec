import type { Dependencies, RepoFiles, Stack } from '../stack.ts';
import type { Manifest } from './detect.ts';

/** Who installs a repository's dependencies, from which lockfile, and how that is said. */
export interface PackageManager {
  name: Stack['packageManager'];
  /** null when the repository has no dependencies. */
  dependencies: Dependencies | null;
  /** Half a sentence for people; empty where nothing is unusual. */
  words: string;
  /** What a person types to install; empty without dependencies. */
  command: string;
  /** What a person types before the name of a script: `npm run`, … */
  test: string;
}

const quiet = { CI: '1', NO_COLOR: '1', NO_UPDATE_NOTIFIER: '1' };
const npmLocks = ['package-lock.json', 'npm-shrinkwrap.json'];

/** Chosen by the lockfile, as the package managers themselves do it; npm where there is none. */
export async function packageManagerOf(
  files: RepoFiles,
  manifest: Manifest | undefined,
): Promise<PackageManager> {
  const paths = new Set(files.list());
  const npmLock = npmLocks.find((lock) => paths.has(lock));
  if (npmLock === undefined && paths.has('pnpm-lock.yaml')) {
    return pnpm(manifest, (await files.read('pnpm-lock.yaml')) ?? '');
  }
  if (npmLock === undefined && paths.has('yarn.lock')) {
    return yarn(manifest, (await files.read('yarn.lock')) ?? '');
  }
  const foreign = ['bun.lock', 'bun.lockb'].find((lock) => paths.has(lock));
  return npm(manifest, npmLock ?? null, foreign);
}

const hasDependencies = (manifest: Manifest | undefined): boolean =>
  manifest !== undefined &&
  [
    manifest.dependencies,
    manifest.devDependencies,
    manifest.optionalDependencies,
    manifest.peerDependencies,
  ].some((group) => Object.keys(group).length > 0);

function npm(
  manifest: Manifest | undefined,
  lockfile: string | null,
  foreign: string | undefined,
): PackageManager {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
  const needed = hasDependencies(manifest);
  const without = foreign
    ? `${foreign} is not used: npm resolves the dependencies once, and what it chose is kept`
    : 'no lockfile: npm resolves the dependencies once, and what it chose is kept';
  return {
    name: 'npm',
    test: 'npm test',
    command: needed ? `npm ${lockfile ? 'ci' : 'install'} --ignore-scripts` : '',
    words: needed && lockfile === null ? without : '',
    dependencies: needed
      ? {
          files: ['package.json', ...(lockfile ? [lockfile] : [])],
          lockfile,
          install: {
            argv: ['npm', lockfile ? 'ci' : 'install', ...flags],
            env: quiet,
            into: 'node_modules',
            ...(lockfile ? {} : { resolved: { file: 'package-lock.json', argv: ['npm', 'ci', ...flags] } }),
          },
        }
      : null,
  };
}

// Releases that read lockfiles of a version and leave them as they are, which a frozen install asks for.
const pnpmFor: [lockfile: RegExp, version: string][] = [
  [/^lockfileVersion:\s*'?5\./m, '7.33.7'],
  [/^lockfileVersion:\s*'?6\./m, '8.15.9'],
  [/^lockfileVersion:/m, '10.34.9'],
];

const berryFor: [lockfile: number, version: string][] = [
  [6, '3.8.7'],
  [8, '4.9.4'],
  [9, '4.14.1'],
];

function pnpm(manifest: Manifest | undefined, lock: string): PackageManager {
  const version = pnpmFor.find(([pattern]) => pattern.test(lock))?.[1] ?? '10.34.9';
  const install = [
    'install',
    ...['--frozen-lockfile', '--ignore-scripts', '--ignore-pnpmfile', '--reporter=append-only'],
    ...['--store-dir="$HOME/pnpm-store"', '--package-import-method=copy'],
  ];
  return {
    name: 'pnpm',
    test: 'pnpm test',
    words: `pnpm-lock.yaml is installed with pnpm ${version}`,
    command: 'pnpm install --frozen-lockfile --ignore-scripts',
    dependencies: hasDependencies(manifest)
      ? {
          files: ['package.json', 'pnpm-lock.yaml'],
          lockfile: 'pnpm-lock.yaml',
          install: {
            argv: fetched(`pnpm@${version}`, 'pnpm/bin/pnpm.cjs', install),
            // The manifest's `packageManager` would fetch another pnpm and hand over to it.
            env: { ...quiet, npm_config_manage_package_manager_versions: 'false' },
            words: `pnpm@${version} install --frozen-lockfile --ignore-scripts`,
            into: 'node_modules',
          },
        }
      : null,
  };
}

function yarn(manifest: Manifest | undefined, lock: string): PackageManager {
  const format = /^__metadata:\s*\n\s+version:\s*(\d+)/m.exec(lock)?.[1];
  const isBerry = format !== undefined;
  const version = !isBerry ? '1.22.22' : (berryFor.find(([most]) => Number(format) <= most)?.[1] ?? '4.18.1');
  const [spec, entry] = isBerry
    ? [`@yarnpkg/cli-dist@${version}`, '@yarnpkg/cli-dist/bin/yarn.js']
    : [`yarn@${version}`, 'yarn/bin/yarn.js'];
  const install = isBerry
    ? ['install', '--immutable', '--mode=skip-build']
    : [
        'install',
        '--frozen-lockfile',
        '--ignore-scripts',
        '--non-interactive',
        '--no-progress',
        '--no-default-rc',
      ];
  const shown = isBerry
    ? 'install --immutable --mode=skip-build'
    : 'install --frozen-lockfile --ignore-scripts';
  return {
    name: 'yarn',
    test: 'yarn test',
    words: `yarn.lock is installed with yarn ${version}`,
    command: `yarn ${shown}`,
    dependencies: hasDependencies(manifest)
      ? {
          files: ['package.json', 'yarn.lock'],
          lockfile: 'yarn.lock',
          install: {
            argv: fetched(spec, entry, install),
            env: { ...quiet, ...(isBerry ? berrySettings : { YARN_IGNORE_PATH: '1' }) },
            words: `yarn@${version} ${shown}`,
            into: 'node_modules',
          },
        }
      : null,
  };
}

/** In place of a .yarnrc.yml, which may name a program to run. */
const berrySettings = {
  YARN_IGNORE_PATH: '1',
  YARN_NODE_LINKER: 'node-modules',
  YARN_ENABLE_SCRIPTS: 'false',
  YARN_ENABLE_TELEMETRY: 'false',
  YARN_ENABLE_GLOBAL_CACHE: 'false',
  YARN_ENABLE_COLORS: 'false',
};

/** Fetches one exact version of a package manager beside the repository's files, and runs it on them. */
function fetched(spec: string, entry: string, args: readonly string[]): string[] {
  const bring = `npm install --prefix "$HOME/pm" --no-save --ignore-scripts --no-audit --no-fund ${spec} >&2`;
  const caches = 'YARN_CACHE_FOLDER="$HOME/yarn-cache" YARN_GLOBAL_FOLDER="$HOME/yarn"';
  return ['sh', '-c', `${bring} && ${caches} exec node "$HOME/pm/node_modules/${entry}" ${args.join(' ')}`];
}
