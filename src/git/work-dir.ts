import { UserError } from '../run/user-error.ts';
import type { BareRepository } from './command.ts';
import { blobId, isFile, listTree } from './objects.ts';
import {
  isDependencyPath,
  refusePath,
  whyRefusedContent,
  whyRefusedPath,
  whyUnsafePath,
} from './path-rules.ts';
import { withQuarantine } from './quarantine.ts';
import { readMembers, TarFormatError, type TarMember } from './tar-format.ts';
import type { Edit, IntakeLimits, TreeFile } from './types.ts';

/** One name of the work directory, hard links already followed. */
type Found = { type: 'file'; content: Buffer; executable: boolean } | { type: 'symlink'; target: string };

/**
 * What happened to a work directory since it was unpacked from `base`, as edits.
 * Left out, as `git add` would: `node_modules`, `.git` at the root, and new files that `.gitignore` names
 * (the work directory's own .gitignore files count, as data; patterns run nothing).
 * @param request.tar made in the work directory with `tar -cf - .`; the less of `node_modules`, the faster
 * @throws UserError naming a path that cannot be part of a patch: new or changed links, devices, `.git` inside,
 * files other than media that are not text
 */
export async function editsFromTar(
  repository: BareRepository,
  request: { base: string; tar: Buffer },
  place: { scratch: string; limits: IntakeLimits },
): Promise<Edit[]> {
  const found = readWorkDir(request.tar, place.limits);
  const files = (await listTree(repository, request.base)).filter(isFile);
  const base = new Map(files.filter((file) => !isDependencyPath(file.path)).map((file) => [file.path, file]));
  const news = [...found.keys()].filter((path) => !base.has(path));
  const ignored = await ignoredPaths(repository, place.scratch, found, news);

  const edits: Edit[] = [];
  for (const [path, now] of found) {
    if (ignored.has(path)) continue;
    const edit = editFor(path, base.get(path), now, place.limits);
    if (edit) edits.push(edit);
  }
  for (const [path, file] of base) {
    if (!found.has(path) && file.mode !== '160000') edits.push({ kind: 'delete', path });
  }
  return edits.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function editFor(
  path: string,
  before: TreeFile | undefined,
  now: Found | 'other',
  limits: IntakeLimits,
): Edit | undefined {
  if (now === 'other') return refusePath(path, 'it is a device, pipe or socket');
  if (now.type === 'symlink') {
    if (before?.mode === '120000' && before.sha === blobId(Buffer.from(now.target))) return undefined;
    return refusePath(path, 'symbolic links cannot be added or changed');
  }
  const mode = now.executable ? '100755' : '100644';
  if (before?.mode === mode && before.sha === blobId(now.content)) return undefined;
  if (now.content.length > limits.bytesPerFile) {
    return refusePath(path, `it has ${now.content.length} bytes; at most ${limits.bytesPerFile} are taken`);
  }
  const why = before?.sha === blobId(now.content) ? undefined : whyRefusedContent(path, now.content);
  if (why) return refusePath(path, why);
  return { kind: 'write', path, content: now.content, executable: now.executable };
}

function readWorkDir(tar: Buffer, limits: IntakeLimits): Map<string, Found | 'other'> {
  const found = new Map<string, Found | 'other'>();
  try {
    let entries = 0;
    for (const member of readMembers(tar)) {
      entries += 1;
      if (entries > limits.tarEntries)
        throw new TarFormatError(`it has more than ${limits.tarEntries} entries`);
      const path = member.path.replace(/^(\.\/)+/, '').replace(/\/$/, '');
      if (member.type === 'directory' || isLeftOut(path)) continue;
      const why = whyUnsafePath(path);
      if (why) refusePath(path, why);
      if (found.has(path)) refusePath(path, 'it is in the work directory twice');
      found.set(path, contentOf(member, path, found));
    }
    if (entries === 0) throw new TarFormatError('it is empty');
  } catch (cause) {
    if (!(cause instanceof TarFormatError)) throw cause;
    throw new UserError(`The result of the work directory cannot be read: ${cause.message}.`, {
      next: 'Run the task again.',
      cause,
    });
  }
  return found;
}

/** Never part of a patch, and never looked at: its names may be anything. */
function isLeftOut(path: string): boolean {
  return path === '.git' || path.startsWith('.git/') || isDependencyPath(path);
}

function contentOf(member: TarMember, path: string, found: Map<string, Found | 'other'>): Found | 'other' {
  switch (member.type) {
    case 'file':
      return { type: 'file', content: member.content, executable: (member.mode & 0o100) !== 0 };
    case 'symlink':
      return { type: 'symlink', target: member.target };
    case 'hardlink': {
      const first = found.get(member.target.replace(/^(\.\/)+/, ''));
      return first ?? refusePath(path, 'it is a hard link to something that is not part of the patch');
    }
    default:
      return 'other';
  }
}

/**
 * Asks git which new paths `.gitignore` names. The .gitignore files are entries of a throw-away index marked
 * "skip-worktree", which git reads from the index: no file of the work directory is written to disk.
 */
async function ignoredPaths(
  repository: BareRepository,
  scratch: string,
  found: Map<string, Found | 'other'>,
  paths: readonly string[],
): Promise<Set<string>> {
  const rules = [...found].flatMap(([path, now]) =>
    /(^|\/)\.gitignore$/.test(path) && !whyRefusedPath(path) && now !== 'other' && now.type === 'file'
      ? [{ path, content: now.content }]
      : [],
  );
  if (rules.length === 0 || paths.length === 0) return new Set();
  return withQuarantine(repository, scratch, async ({ env, emptyDir, addBlobs, writeIndex }) => {
    await addBlobs(rules.map((rule) => rule.content));
    await writeIndex(rules.map(({ path, content }) => ({ mode: '100644', sha: blobId(content), path })));
    const withoutFiles = { ...env, GIT_WORK_TREE: emptyDir };
    await repository.run(['update-index', '--skip-worktree', '-z', '--stdin'], {
      env: withoutFiles,
      input: rules.map((rule) => `${rule.path}\0`).join(''),
    });
    // check-ignore knows no literal pathspecs; `./` keeps a name such as `:(top)x` from being an expression.
    const { stdout } = await repository.run(['check-ignore', '-z', '--stdin'], {
      env: { ...withoutFiles, GIT_LITERAL_PATHSPECS: '0' },
      input: paths.map((path) => `./${path}\0`).join(''),
      expect: [0, 1],
    });
    return new Set(
      stdout
        .toString()
        .split('\0')
        .map((path) => path.slice(2)),
    );
  });
}
