import { createHash } from 'node:crypto';
import path from 'node:path';
import { UserError } from '../run/user-error.ts';
import type { DependencySpec, Environment } from './sandbox.ts';

/**
 * What may enter an install. Everything else is refused, above all package-manager configuration: an
 * `.npmrc` can run code even with scripts off.
 */
const MANIFESTS = new Set([
  ...['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock'],
  ...['requirements.txt', 'requirements.lock'],
]);

/** Rejects (throws) a specification with a file that is no manifest or lockfile, or lies outside its root. */
export function checkManifests(spec: DependencySpec): void {
  for (const file of spec.files) {
    const plain = path.posix.normalize(file.path) === file.path && !path.posix.isAbsolute(file.path);
    if (!plain || file.path.startsWith('..') || !MANIFESTS.has(path.posix.basename(file.path))) {
      throw new Error(
        `${JSON.stringify(file.path)} may not enter an install: only manifest and lockfile may`,
      );
    }
  }
}

/** What makes two environments the same: the base, every byte that enters, and the command. Hex, 24 digits. */
export function environmentHash(spec: DependencySpec, base: string): string {
  const hash = createHash('sha256');
  const files = spec.files.map((file) => [
    file.path,
    createHash('sha256').update(file.content).digest('hex'),
  ]);
  hash.update(JSON.stringify([base, process.platform, process.arch, spec.key, files.sort(), spec.install]));
  return hash.digest('hex').slice(0, 24);
}

/** npm's settings for an install: ours alone, whatever the repository or the user has lying around. */
export function npmSettings(home: string, registry: string | undefined): Record<string, string> {
  return {
    npm_config_userconfig: `${home}/no-user-npmrc`,
    npm_config_globalconfig: `${home}/no-global-npmrc`,
    npm_config_cache: `${home}/npm-cache`,
    npm_config_update_notifier: 'false',
    npm_config_ignore_scripts: 'true',
    ...(registry && { npm_config_registry: registry }),
  };
}

/**
 * Shell lines that make `$1/node_modules` a directory of links into `$2/node_modules`. A directory of links,
 * and not one link: tools write caches into `node_modules` (vite does), which must not reach the installed
 * packages. What the source brought under that name is replaced, as `npm ci` would.
 */
export const LINK_DEPENDENCIES =
  '[ ! -d "$2/node_modules" ] || { rm -rf "$1/node_modules" && mkdir "$1/node_modules" && ' +
  'for e in "$2"/node_modules/* "$2"/node_modules/.bin; do [ ! -e "$e" ] || set -- "$@" "$e"; done && ' +
  'd=$1 && shift 2 && { [ $# -eq 0 ] || ln -s "$@" "$d/node_modules/"; }; }';

/** Where the installed packages are below `root`, and how commands find them there. */
export function installed({ install }: DependencySpec, root: string): Pick<Environment, 'modules' | 'env'> {
  const into = install.into ?? 'node_modules';
  const modules = path.posix.join(root, into);
  return { modules, env: into === 'site-packages' ? { PYTHONPATH: modules } : {} };
}

/** More certificates than node and pip bring: where a package registry is behind a proxy. */
export const certificates = (file: string) => ({ NODE_EXTRA_CA_CERTS: file, REQUESTS_CA_BUNDLE: file });

/** Why an install did not succeed, for people. */
export function installFailure({ install }: DependencySpec, words: string): UserError {
  const command = install.words ?? install.argv.join(' ');
  return new UserError(`the dependencies could not be installed (\`${command}\`):\n${words}`, {
    next: 'Check that the lockfile fits the manifest and that the package registry can be reached.',
  });
}

/** The last lines a package manager wrote, for people. */
export function lastWords(stdout: string, stderr: string): string {
  const lines = (stderr.trim() || stdout.trim())
    .split('\n')
    .filter((line) => !/^(?:npm warn|WARNING: (?:Retrying|Running pip))/.test(line));
  return lines.slice(-8).join('\n').slice(-1500);
}
