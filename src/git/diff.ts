import { fileURLToPath } from 'node:url';
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

/** Says of everything but media that it is text, whatever is in it; see `whyRefusedContent`. */
const ATTRIBUTES = fileURLToPath(new URL('./readable.gitattributes', import.meta.url));
const READABLE = ['-c', `core.attributesFile=${ATTRIBUTES}`];

/**
 * Unified diff of two commits or trees, for programs and people who look for what is wrong with it: every line of
 * every file, whatever git takes it for, because one NUL byte would make it a file that is only named. Media is only
 * named when it is binary.
 */
export async function readableDiff(repository: BareRepository, a: string, b: string): Promise<string> {
  return (await diffTree(repository, PATCH, a, b, READABLE)).toString();
}

/** Unified diff with binary content: `git apply` makes `b` out of `a`. */
export async function completePatch(repository: BareRepository, a: string, b: string): Promise<Buffer> {
  return diffTree(repository, [...PATCH, '--binary'], a, b);
}

/** Changed files in git's order with their numbers of lines; 0 for what `readableDiff` only names. */
export async function changedLines(
  repository: BareRepository,
  a: string,
  b: string,
): Promise<Array<Omit<ChangedFile, 'change'>>> {
  const records = (await diffTree(repository, ['--numstat', '-z'], a, b, READABLE))
    .toString()
    .split('\0')
    .slice(0, -1);
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
  config: readonly string[] = [],
): Promise<Buffer> {
  requireObjectId(a);
  requireObjectId(b);
  return (await repository.run([...config, ...FIXED, ...options, a, b])).stdout;
}

function lines(count: string): number {
  return count === '-' ? 0 : Number(count);
}
