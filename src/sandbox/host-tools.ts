import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** Without these no repository command can be run or judged. */
export const NEEDED_TOOLS = 'sh bash git tar ldd env sleep cat tr mkdir ln rm setpriv'.split(' ');

/** What tests, package scripts and models commonly call; taken along when the host has them. */
export const USEFUL_TOOLS = (
  '[ awk base64 basename chmod cmp comm cp cut date dd df diff dirname du echo expr false find fold getconf ' +
  'grep gzip head hostname id install join ls md5sum mkfifo mktemp mv nl nohup nproc od paste patch printenv printf ' +
  'ps pwd readlink realpath rmdir sed seq sha1sum sha256sum shuf sort split stat stdbuf stty sync tac tail ' +
  'tee test timeout touch true truncate tty uname uniq unlink wc which whoami xargs yes'
).split(' ');

/** Absolute paths of the named programs, as the host's PATH finds them; absent ones are left out. */
export async function findOnPath(names: readonly string[]): Promise<Map<string, string>> {
  // `command -v` would answer with a bare name for a shell builtin (echo, test, …), so PATH is walked.
  const walk =
    'IFS=:; for n; do for d in $PATH; do [ -f "$d/$n" ] && [ -x "$d/$n" ] && echo "$n:$d/$n" && break; done; done';
  const { stdout } = await execa('sh', ['-c', walk, 'sh', ...names], { reject: false });
  const found = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) found.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return found;
}

/** An npm that can be copied: the directory of its package, which holds `bin/npm-cli.js`. */
export interface NpmPackage {
  directory: string;
  version: string;
}

/**
 * Finds the host's npm package. `execPath` is npm's own `npm_execpath`, when we were started by npm: the
 * surest hint where `npm` on PATH is a version manager's shim. Undefined when there is none.
 */
export async function findNpm(execPath?: string): Promise<NpmPackage | undefined> {
  const onPath = (await findOnPath(['npm'])).get('npm');
  const beside = path.resolve(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  for (const candidate of [execPath, onPath, beside]) {
    if (!candidate) continue;
    const cli = await realpath(candidate).catch(() => '');
    if (path.basename(cli) !== 'npm-cli.js') continue;
    const directory = path.resolve(path.dirname(cli), '..');
    const manifest: unknown = JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8'));
    if (hasVersion(manifest)) return { directory, version: manifest.version };
  }
  return undefined;
}

/** Shared libraries, and the loader, that programs need; none for a script. */
export async function librariesOf(...files: string[]): Promise<string[]> {
  const { stdout } = await execa('ldd', files, { reject: false });
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map((match) => match[1]!);
}

/**
 * Parts of the C library, and what compilers link besides, that no program of ours needs but a native
 * module of a dependency may: absent, it fails to load with words about something else.
 */
const NATIVE_MODULE_LIBRARIES =
  'libanl.so.1 libatomic.so.1 libcrypt.so.1 libdl.so.2 libgomp.so.1 libm.so.6 libnss_dns.so.2 libnss_files.so.2 ' +
  'libpthread.so.0 libresolv.so.2 librt.so.1 libutil.so.1';

/** Those of the libraries above that lie beside the given C library. */
export async function nativeModuleLibraries(libc: string): Promise<string[]> {
  const all = NATIVE_MODULE_LIBRARIES.split(' ').map((name) => path.join(path.dirname(libc), name));
  const there = await Promise.all(all.map((file) => stat(file).catch(() => undefined)));
  return all.filter((_, at) => there[at]?.isFile());
}

/** Whether a path exists as a directory. */
export async function isDirectory(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() ?? false;
}

function hasVersion(manifest: unknown): manifest is { version: string } {
  return (
    typeof manifest === 'object' &&
    manifest !== null &&
    'version' in manifest &&
    typeof manifest.version === 'string'
  );
}
