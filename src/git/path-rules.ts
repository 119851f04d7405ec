import { isUtf8 } from 'node:buffer';
import { UserError } from '../run/user-error.ts';

const MAX_COMPONENT_BYTES = 255;
const MAX_PATH_BYTES = 4096;

/** Endings of files that may hold bytes nobody can read; the same as in `readable.gitattributes`. */
export const MEDIA_ENDINGS = [
  ...['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'ico', 'icns', 'tif', 'tiff'],
  ...['woff', 'woff2', 'ttf', 'otf', 'eot', 'mp3', 'mp4', 'm4a', 'ogg', 'wav', 'flac', 'webm', 'mov', 'pdf'],
] as const;

/**
 * The form in which a file system that ignores case, Unicode form and invisible characters (HFS+, NTFS, APFS)
 * compares names: two names with equal folds can be the same file there.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase();
}

/** Dependencies are installed, not written: they are not part of a patch. */
export function isDependencyPath(path: string): boolean {
  return path.split('/').includes('node_modules');
}

/**
 * Why a path leads out of the tree or into git's own files, on any file system; undefined if it does not.
 * Holds for trees of others that are unpacked as well as for patches.
 */
export function whyUnsafePath(path: string): string | undefined {
  if (path === '' || path.startsWith('/') || /^[a-z]:[\\/]/i.test(path)) return 'it is not a relative path';
  for (const component of path.split('/')) {
    if (component === '' || component === '.') return 'it has an empty component';
    if (component === '..') return 'it leads out of the repository';
    if (isAlias(component, 'git', 'git')) return 'it reaches into .git';
  }
  return undefined;
}

/** Why a patch may not write to this path; undefined if it may. */
export function whyRefusedPath(path: string): string | undefined {
  const unsafe = whyUnsafePath(path);
  if (unsafe) return unsafe;
  if (!path.isWellFormed() || path.includes('\uFFFD')) return 'its name is not valid UTF-8';
  if (/\p{Cc}/u.test(path)) return 'its name has control characters';
  if (/\p{Cf}|[\u2028\u2029]/u.test(path)) return 'its name has invisible characters';
  if (path.includes('\\')) return 'its name has a backslash';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `its name is longer than ${MAX_PATH_BYTES} bytes`;
  if (path.split('/').some((component) => Buffer.byteLength(component) > MAX_COMPONENT_BYTES)) {
    return `a part of its name is longer than ${MAX_COMPONENT_BYTES} bytes`;
  }
  return undefined;
}

/** Why a patch may neither write nor delete this file; undefined if it may. */
export function whyReservedPath(path: string): string | undefined {
  if (/^\.github\/workflows(\/|$)/.test(foldName(path))) {
    return 'GitHub refuses a push of an app that touches workflows';
  }
  if (path.split('/').some((component) => isAlias(component, 'gitmodules', 'gitmod'))) {
    return 'submodules cannot be changed';
  }
  return undefined;
}

/**
 * Why a patch may not give this content to a file; undefined if it may. What is not text can be read neither by a
 * scan nor by a reviewer, and still runs: to node a NUL byte in a comment is a character like any other.
 */
export function whyRefusedContent(path: string, content: Buffer): string | undefined {
  if (MEDIA_ENDINGS.some((ending) => path.endsWith(`.${ending}`))) return undefined;
  if (content.includes(0)) return 'it holds a NUL byte, so that nobody can read it as text';
  if (!isUtf8(content)) return 'it is not text in UTF-8';
  return undefined;
}

/** @throws UserError with the path made visible */
export function refusePath(path: string, why: string): never {
  throw new UserError(`The patch was refused because of ${JSON.stringify(path).slice(0, 300)}: ${why}.`, {
    next: 'Leave this path as it is in the repository and put the change elsewhere.',
  });
}

/** NTFS drops trailing dots, spaces and `:stream`, and gives short names; HFS+ ignores invisible characters. */
function isAlias(component: string, dotName: string, shortName: string): boolean {
  const folded = foldName(component)
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return folded === `.${dotName}` || new RegExp(`^${shortName}~\\d+$`).test(folded);
}
