import type { BareRepository } from './command.ts';
import { requireObjectId } from './objects.ts';
import type { ChangedFile } from './types.ts';

/** Every setting that changes the bytes of a diff, spelled out; nothing outside git is asked how to show a file. */
const FIXED = [
  'diff-tree',
  '-r',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--diff-algorithm=myers',
  '--no-indent-heuristic',
  '--submodule=short',
] as const;
const PATCH = ['-p', '--unified=3', '--full-index', '--src-prefix=a/', '--dst-prefix=b/'] as const;

/** Unified diff of two commits or trees; binary files are only named. */
export async function readableDiff(repository: BareRepository, a: string, b: string): Promise<string> {
  return (await diffTree(repository, PATCH, a, b)).toString();
}

/** Unified diff with binary content: `git apply` makes `b` out of `a`. */
export async function completePatch(repository: BareRepository, a: string, b: string): Promise<Buffer> {
  return diffTree(repository, [...PATCH, '--binary'], a, b);
}

/** Changed files in git's order with their numbers of lines; 0 for binary ones. */
export async function changedLines(
  repository: BareRepository,
  a: string,
  b: string,
): Promise<Array<Omit<ChangedFile, 'change'>>> {
  const records = (await diffTree(repository, ['--numstat', '-z'], a, b)).toString().split('\0').slice(0, -1);
  return records.map((record) => {
    const [, additions, deletions, path] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(record)!;
    return { path: path!, additions: lines(additions!), deletions: lines(deletions!) };
  });
}

async function diffTree(
  repository: BareRepository,
  options: readonly string[],
  a: string,
  b: string,
): Promise<Buffer> {
  requireObjectId(a);
  requireObjectId(b);
  return (await repository.run([...FIXED, ...options, a, b])).stdout;
}

function lines(count: string): number {
  return count === '-' ? 0 : Number(count);
}
