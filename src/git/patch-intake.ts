import { UserError } from '../run/user-error.ts';
import type { BareRepository } from './command.ts';
import { changedLines, readableDiff } from './diff.ts';
import { blobId, isFile, listTree } from './objects.ts';
import { foldName, isDependencyPath, refusePath, whyRefusedPath, whyReservedPath } from './path-rules.ts';
import { withQuarantine } from './quarantine.ts';
import type { Candidate, ChangedFile, Edit, IntakeLimits, TreeFile } from './types.ts';

export const DEFAULT_LIMITS: IntakeLimits = {
  edits: 3_000,
  bytesPerFile: 5 * 1024 ** 2,
  totalBytes: 50 * 1024 ** 2,
  tarEntries: 300_000,
};

type Files = Map<string, Pick<TreeFile, 'mode' | 'sha'>>;

/**
 * Patch intake: checks every edit against the rules, writes the tree into a quarantine, has git check the new
 * objects, and only then lets them into the bare repository.
 * @throws UserError naming the first path that is refused
 */
export async function applyEdits(
  repository: BareRepository,
  request: { base: string; edits: readonly Edit[] },
  place: { scratch: string; limits: IntakeLimits },
): Promise<Candidate> {
  const { base } = request;
  const ignored = request.edits.filter((edit) => isDependencyPath(edit.path)).map((edit) => edit.path);
  const edits = request.edits.filter((edit) => !isDependencyPath(edit.path));
  requireWithinLimits(edits, place.limits);
  const before: Files = new Map(
    (await listTree(repository, base)).filter(isFile).map((file) => [file.path, file]),
  );
  const after = editedFiles(before, edits);

  const tree = await withQuarantine(repository, place.scratch, async (quarantine) => {
    await quarantine.addBlobs(edits.flatMap((edit) => (edit.kind === 'write' ? [edit.content] : [])));
    await quarantine.writeIndex([...after].map(([path, file]) => ({ path, ...file })));
    const written = await repository.run(['write-tree'], { env: quarantine.env });
    const id = written.stdout.toString().trim();
    await quarantine.admit(id, base);
    await requireExactly(repository, id, after);
    return id;
  });

  const files: ChangedFile[] = (await changedLines(repository, base, tree)).map((lines) => {
    const isNew = !before.has(lines.path);
    return { ...lines, change: isNew ? 'added' : after.has(lines.path) ? 'modified' : 'deleted' };
  });
  return {
    tree,
    base,
    files,
    diff: await readableDiff(repository, base, tree),
    insertions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    ignored,
  };
}

/** `update-index` leaves out names that it does not trust and still reports success: look at what was written. */
async function requireExactly(repository: BareRepository, tree: string, files: Files): Promise<void> {
  const written = new Map((await listTree(repository, tree)).filter(isFile).map((file) => [file.path, file]));
  for (const [path, file] of files) {
    const found = written.get(path);
    if (found?.sha !== file.sha || found.mode !== file.mode) refusePath(path, 'git does not take this name');
  }
  if (written.size !== files.size) throw new Error(`the tree ${tree} has other files than were asked for`);
}

function requireWithinLimits(edits: readonly Edit[], limits: IntakeLimits): void {
  const next = 'Make a smaller change.';
  if (edits.length > limits.edits) {
    throw new UserError(`The patch changes ${edits.length} files; at most ${limits.edits} are taken.`, {
      next,
    });
  }
  const seen = new Set<string>();
  let total = 0;
  for (const edit of edits) {
    if (seen.has(edit.path)) refusePath(edit.path, 'it is changed twice');
    seen.add(edit.path);
    if (edit.kind === 'delete') continue;
    total += edit.content.length;
    if (edit.content.length > limits.bytesPerFile) {
      refusePath(edit.path, `it has ${edit.content.length} bytes; at most ${limits.bytesPerFile} are taken`);
    }
  }
  if (total > limits.totalBytes) {
    throw new UserError(`The patch has ${total} bytes; at most ${limits.totalBytes} are taken.`, { next });
  }
}

function editedFiles(before: Files, edits: readonly Edit[]): Files {
  const after: Files = new Map(before);
  // Deletions first: a file may make room for a directory of its name.
  for (const { kind, path } of edits) {
    const why = whyReservedPath(path);
    if (why) refusePath(path, why);
    if (before.get(path)?.mode === '160000') refusePath(path, 'submodules cannot be changed');
    if (kind === 'delete' && !after.delete(path)) refusePath(path, 'it is deleted but does not exist');
  }
  const written: string[] = [];
  for (const edit of edits) {
    if (edit.kind === 'delete') continue;
    const why = whyRefusedPath(edit.path);
    if (why) refusePath(edit.path, why);
    const executable = edit.executable ?? before.get(edit.path)?.mode === '100755';
    after.set(edit.path, { mode: executable ? '100755' : '100644', sha: blobId(edit.content) });
    if (!before.has(edit.path)) written.push(edit.path);
  }
  requireDistinct(after, written);
  return after;
}

/** No new path may meet another one on a file system that ignores case, nor be both file and directory. */
function requireDistinct(files: Files, added: readonly string[]): void {
  const names = new Map<string, Set<string>>();
  for (const path of files.keys()) {
    for (const name of prefixes(path)) {
      const folded = foldName(name);
      names.set(folded, (names.get(folded) ?? new Set()).add(name));
    }
  }
  for (const path of added) {
    for (const name of prefixes(path)) {
      if (name !== path && files.has(name))
        refusePath(path, `${JSON.stringify(name)} is a file, not a directory`);
      const twin = [...(names.get(foldName(name)) ?? [])].find((other) => other !== name);
      if (twin !== undefined) {
        refusePath(path, `it differs from ${JSON.stringify(twin)} only by case or invisible characters`);
      }
    }
  }
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function prefixes(path: string): string[] {
  const components = path.split('/');
  return components.map((_, index) => components.slice(0, index + 1).join('/'));
}
