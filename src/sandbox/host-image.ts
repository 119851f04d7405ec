import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { findPython, type HostPython, layOutPython } from './host-python.ts';
import {
  findNpm,
  findOnPath,
  isDirectory,
  librariesOf,
  NEEDED_TOOLS,
  type NpmPackage,
  nativeModuleLibraries,
  USEFUL_TOOLS,
} from './host-tools.ts';

/** Raise when the way the image is laid out changes: it makes every existing image stale. */
const RECIPE = 1;
const PATH = '/usr/local/bin:/usr/bin:/bin';

const DIRECTORIES =
  'usr/bin usr/lib/node_modules usr/lib64 usr/share/git-core/templates etc tmp proc dev sys'.split(' ');

/** What an image from the host's own files would be made of. */
export interface HostRecipe {
  /** Equal for hosts with the same versions: names the image. */
  hash: string;
  npm: NpmPackage;
  tools: Map<string, string>;
  /** Only one that has pytest: without it there is nothing to judge with. */
  python?: HostPython;
}

/** Looks what the host has. Resolves to words instead when it lacks something that an image must have. */
export async function hostRecipe(npmExecPath?: string): Promise<HostRecipe | string> {
  if (process.platform !== 'linux') return `files of ${process.platform} do not run in a Linux container`;
  const [npm, tools, python] = await Promise.all([
    findNpm(npmExecPath),
    findOnPath([...NEEDED_TOOLS, ...USEFUL_TOOLS]),
    findPython(),
  ]);
  if (!npm) return 'npm was not found on this machine';
  // Debian splits npm into hundreds of packages outside its directory: not to be copied from there.
  if (!(await isDirectory(path.join(npm.directory, 'node_modules/semver')))) {
    return `the npm in ${npm.directory} is not in one piece`;
  }
  const absent = NEEDED_TOOLS.filter((tool) => !tools.has(tool));
  if (absent.length > 0) return `this machine lacks ${absent.join(', ')}`;
  const git = await execa('git', ['--version']);
  const parts: unknown[] = [
    ...[RECIPE, process.version, process.arch, npm.version, git.stdout],
    [...tools.keys()],
  ];
  const judge = python?.pytest ? { python } : {};
  if (judge.python) parts.push(judge.python.version, judge.python.pytest, Object.keys(judge.python.packages));
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
  return { hash, npm, tools, ...judge };
}

/**
 * Builds an image from the host's node, npm, git, shells and small tools with the libraries they need:
 * no registry and no root, only an engine. Everything in it belongs to root.
 */
export async function importHostImage(recipe: HostRecipe, tag: string, signal?: AbortSignal): Promise<void> {
  const stage = await mkdtemp(path.join(tmpdir(), 'auto-build-image-'));
  try {
    await layOut(stage, recipe);
    const settings = [`ENV PATH=${PATH}`, 'ENV LANG=C.UTF-8', 'CMD ["sleep","infinity"]'];
    const rights = ['--mode=a+rX', '--owner=0', '--group=0', '--numeric-owner'];
    const pack = [...rights, '--sort=name', '--mtime=@0', '-cf', '-', '-C', stage, '.'];
    await execa('tar', pack, { buffer: false, cancelSignal: signal }).pipe(
      'docker',
      ['import', ...settings.flatMap((line) => ['--change', line]), '-', tag],
      { cancelSignal: signal },
    );
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function layOut(stage: string, { npm, tools, python }: HostRecipe): Promise<void> {
  for (const directory of DIRECTORIES) {
    await mkdir(path.join(stage, directory), { recursive: true });
  }
  await chmod(path.join(stage, 'tmp'), 0o1777);
  for (const name of ['bin', 'lib', 'lib64']) await symlink(`usr/${name}`, path.join(stage, name));
  await symlink('usr/bin', path.join(stage, 'sbin'));

  const programs = new Map(tools).set('node', process.execPath);
  const libraries = await copyPrograms(stage, programs);
  if (python) for (const library of await layOutPython(stage, python)) libraries.add(library);
  for (const libc of [...libraries].filter((file) => path.basename(file) === 'libc.so.6')) {
    for (const library of await nativeModuleLibraries(libc)) libraries.add(library);
  }
  await Promise.all([...libraries].map((library) => copyTo(stage, library, library)));

  await cp(npm.directory, path.join(stage, 'usr/lib/node_modules/npm'), {
    recursive: true,
    dereference: true,
  });
  for (const cli of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${cli}-cli.js`, path.join(stage, 'usr/bin', cli));
  }
  await writeFile(
    path.join(stage, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
  );
  await writeFile(path.join(stage, 'etc/group'), 'root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n');
  await writeFile(path.join(stage, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
}

/** Copies each distinct file once; other names of it (busybox, multi-call coreutils) become links to it. */
async function copyPrograms(stage: string, programs: Map<string, string>): Promise<Set<string>> {
  const firstName = new Map<string, string>();
  const libraries = new Set<string>();
  for (const [name, file] of programs) {
    const real = await realpath(file);
    const known = firstName.get(real);
    if (known) {
      await symlink(known, path.join(stage, 'usr/bin', name));
      continue;
    }
    firstName.set(real, name);
    await copyTo(stage, real, `/usr/bin/${name}`);
    for (const library of await librariesOf(real)) libraries.add(library);
  }
  return libraries;
}

async function copyTo(stage: string, from: string, to: string): Promise<void> {
  const target = path.join(stage, to);
  await mkdir(path.dirname(target), { recursive: true });
  await copyFile(from, target);
}
