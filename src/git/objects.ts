import { createHash } from 'node:crypto';
import { UserError } from '../run/user-error.ts';
import type { BareRepository } from './command.ts';
import { isObjectId } from './remote.ts';
import type { CommitInfo, TreeFile } from './types.ts';

export interface TreeEntry {
  path: string;
  /** A file's mode, or `040000` for a directory. */
  mode: TreeFile['mode'] | '040000';
  size: number;
  sha: string;
}

const MODES: ReadonlySet<string> = new Set(['100644', '100755', '120000', '160000', '040000']);

/** Commit id of a branch, tag, full ref or commit id. @throws UserError when there is no such commit */
export async function resolveCommit(repository: BareRepository, ref: string): Promise<string> {
  const simple = /^[^\s~^:?*[\\]+$/.test(ref) && !ref.includes('..') && !ref.includes('@{');
  const names =
    isObjectId(ref) || ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const name of simple ? names : []) {
    const { stdout, exitCode } = await repository.run(
      ['rev-parse', '--verify', '--quiet', `${name}^{commit}`],
      {
        expect: [0, 1],
      },
    );
    if (exitCode === 0) return stdout.toString().trim();
  }
  throw new UserError(`There is no commit "${ref}" in the repository.`, {
    next: 'Check the name of the branch, or fetch it first.',
  });
}

/** Tree id of a commit or tree. */
export async function treeOf(repository: BareRepository, sha: string): Promise<string> {
  requireObjectId(sha);
  const { stdout } = await repository.run(['rev-parse', '--verify', '--quiet', `${sha}^{tree}`]);
  return stdout.toString().trim();
}

export async function readCommit(repository: BareRepository, sha: string): Promise<CommitInfo> {
  requireObjectId(sha);
  const { stdout } = await repository.run(['cat-file', 'commit', sha]);
  const text = stdout.toString();
  const end = text.indexOf('\n\n');
  const header = text.slice(0, end).split('\n');
  const values = (key: string) =>
    header.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const seconds = Number(/> (\d+) [+-]\d+$/.exec(values('committer')[0] ?? '')?.[1] ?? 0);
  return {
    tree: values('tree')[0]!,
    parents: values('parent'),
    date: new Date(seconds * 1000),
    message: text.slice(end + 2),
  };
}

/**
 * Every entry of a tree with its directories, parents before children, in git's order.
 * @param only one path, to be found among the answers: its parents and children may be there too
 */
export async function listTree(repository: BareRepository, sha: string, only?: string): Promise<TreeEntry[]> {
  requireObjectId(sha);
  const paths = only === undefined ? [] : ['--', only];
  const { stdout } = await repository.run(['ls-tree', '-r', '-t', '-l', '-z', '--full-tree', sha, ...paths]);
  const entries: TreeEntry[] = [];
  for (let start = 0; start < stdout.length; ) {
    const end = stdout.indexOf(0, start);
    const tab = stdout.indexOf(9, start);
    const [mode = '', , id = '', size = ''] = stdout.toString('latin1', start, tab).split(/ +/);
    const path = stdout.toString('utf8', tab + 1, end);
    if (path.includes('\uFFFD')) {
      throw new UserError(`The name of the file ${path} is not UTF-8.`, {
        next: 'Rename it in the repository.',
      });
    }
    entries.push({ path, mode: knownMode(mode), size: size === '-' ? 0 : Number(size), sha: id });
    start = end + 1;
  }
  return entries;
}

/** Only files, links and submodules. */
export function isFile(entry: TreeEntry): entry is TreeFile {
  return entry.mode !== '040000';
}

/** Content of blobs, in the order of `ids`, by one process. */
export async function readBlobs(
  repository: BareRepository,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Buffer[]> {
  if (ids.length === 0) return [];
  const { stdout } = await repository.run(['cat-file', '--batch'], { input: `${ids.join('\n')}\n`, signal });
  const blobs: Buffer[] = [];
  let at = 0;
  for (const id of ids) {
    const end = stdout.indexOf(10, at);
    const [found, type, size] = stdout.toString('latin1', at, end).split(' ');
    if (found !== id || type !== 'blob') {
      // A rotten object is "missing" to cat-file, with exit code 0.
      repository.markSuspect();
      throw new Error(`git has no blob ${id}`);
    }
    at = end + 1 + Number(size);
    blobs.push(stdout.subarray(end + 1, at));
    at += 1;
  }
  return blobs;
}

/** The id that git gives to a file of this content. */
export function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** Ids go into argv: anything else could be read as an option or an expression. */
export function requireObjectId(sha: string): void {
  if (!isObjectId(sha)) throw new Error(`"${sha}" is not a full object id`);
}

/** Old repositories hold modes such as 100664, which git itself reads as 100644. */
function knownMode(mode: string): TreeEntry['mode'] {
  if (MODES.has(mode)) return mode as TreeEntry['mode'];
  return Number.parseInt(mode, 8) & 0o100 ? '100755' : '100644';
}
