import { UserError } from '../run/user-error.ts';
import type { BareRepository } from './command.ts';
import { isFile, listTree, readBlobs, readCommit, type TreeEntry } from './objects.ts';
import { whyUnsafePath } from './path-rules.ts';
import { endOfTar, writeMember } from './tar-format.ts';
import type { SourceTar } from './types.ts';

const MAX_SOURCE_BYTES = 512 * 1024 ** 2;
const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1\n';

/**
 * The tree of one commit as a tar. `git archive` would obey `export-ignore` and `export-subst` of the tree's own
 * .gitattributes (it reads them in a bare repository too), so that what is built would not be what is committed:
 * the tar is made from the objects instead.
 * @throws UserError for trees that cannot be unpacked safely, or are too big
 */
export async function sourceTar(
  repository: BareRepository,
  sha: string,
  signal?: AbortSignal,
): Promise<SourceTar> {
  const { date } = await readCommit(repository, sha);
  const entries = await listTree(repository, sha);
  requireUnpackable(entries);
  const blobs = entries.filter((entry) => isFile(entry) && entry.mode !== '160000');
  const contents = await readBlobs(
    repository,
    blobs.map((entry) => entry.sha),
    signal,
  );
  const contentOf = new Map(blobs.map((entry, index) => [entry.path, contents[index]!]));
  const chunks: Buffer[] = [];
  const lfs: string[] = [];
  const submodules: string[] = [];

  for (const { path, mode } of entries) {
    const content = contentOf.get(path);
    if (content === undefined) {
      if (mode === '160000') submodules.push(path);
      chunks.push(...writeMember({ path, type: 'directory', mode: 0o755 }, date));
    } else if (mode === '120000') {
      chunks.push(...writeMember({ path, type: 'symlink', mode: 0o777, target: content }, date));
    } else {
      if (content.toString('latin1', 0, LFS_POINTER.length) === LFS_POINTER) lfs.push(path);
      const bits = mode === '100755' ? 0o755 : 0o644;
      chunks.push(...writeMember({ path, type: 'file', mode: bits, content }, date));
    }
  }
  chunks.push(endOfTar());
  return { tar: Buffer.concat(chunks), lfs, submodules };
}

/** A forged tree can hold a name twice, a link and a directory of one name, or names that lead elsewhere. */
function requireUnpackable(entries: readonly TreeEntry[]): void {
  const seen = new Set<string>();
  let bytes = 0;
  for (const { path, size } of entries) {
    const why = whyUnsafePath(path) ?? (seen.has(path) ? 'it is there twice' : undefined);
    if (why) {
      throw new UserError(
        `The repository cannot be unpacked safely because of ${JSON.stringify(path)}: ${why}.`,
        {
          next: 'Remove this entry from the repository.',
        },
      );
    }
    seen.add(path);
    bytes += size;
  }
  if (bytes > MAX_SOURCE_BYTES) {
    const megabytes = Math.round(bytes / 1024 ** 2);
    throw new UserError(`The files of the repository are too big: ${megabytes} MiB.`, {
      next: `auto-build takes repositories of up to ${MAX_SOURCE_BYTES / 1024 ** 2} MiB without history.`,
    });
  }
}
