import type { Git } from './git.ts';

/** Reading bare repositories. Diffs run with textconv and external diffs off: their content is not trusted. */

export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** Blob after the change; before it for a removed file. */
  readonly blob: string;
  readonly additions: number;
  readonly deletions: number;
  readonly patch: string | null;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly size: number;
  readonly path: string;
}

/** SHAs of branches and tags by full ref name. */
export async function readRefs(git: Git, dir: string): Promise<Map<string, string>> {
  const text = await git.text(dir, [
    'for-each-ref',
    '--format=%(objectname) %(refname)',
    'refs/heads',
    'refs/tags',
  ]);
  return new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(41), line.slice(0, 40)]),
  );
}

/** A branch, tag or SHA as a commit SHA; undefined when there is none. */
export async function resolveCommit(git: Git, dir: string, name: string): Promise<string | undefined> {
  const bySha = /^[0-9a-f]{4,40}$/.test(name) ? [name] : [];
  // The surest guess first: each one is a process.
  const candidates = /^refs\/|^[0-9a-f]{40}$/.test(name)
    ? [name]
    : [`refs/heads/${name}`, `refs/tags/${name}`, ...bySha];
  for (const candidate of candidates) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`];
    const { exitCode, stdout } = await git.try(dir, args);
    if (exitCode === 0) return stdout.trim();
  }
  return undefined;
}

const fields = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');

/** Commits reachable from the given revisions (SHAs and ranges of SHAs), newest first. */
export async function readCommits(git: Git, dir: string, revisions: readonly string[]): Promise<Commit[]> {
  const text = await git.pureText(dir, ['log', '-z', `--format=tformat:${fields}`, ...revisions, '--']);
  const values = text.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + 10 <= values.length; at += 10) {
    const [sha, tree, parents, an, ae, ad, cn, ce, cd, message] = values.slice(at, at + 10) as string[];
    commits.push({
      sha: sha!,
      tree: tree!,
      parents: parents!.split(' ').filter(Boolean),
      author: { name: an!, email: ae!, date: ad! },
      committer: { name: cn!, email: ce!, date: cd! },
      message: message!.trimEnd(),
    });
  }
  return commits;
}

export async function readCommit(git: Git, dir: string, sha: string): Promise<Commit> {
  const [commit] = await readCommits(git, dir, ['-1', sha]);
  if (!commit) throw new Error(`no commit ${sha} in ${dir}`);
  return commit;
}

/** This and what follows take commit SHAs, not names of refs: the answers are remembered. */
export async function mergeBase(git: Git, dir: string, a: string, b: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git.pure(dir, ['merge-base', a, b]);
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** How many commits each side has that the other has not. */
export async function aheadBehind(git: Git, dir: string, base: string, head: string) {
  const text = await git.pureText(dir, ['rev-list', '--left-right', '--count', `${base}...${head}`]);
  const [behind, ahead] = text.trim().split('\t').map(Number);
  return { ahead: ahead ?? 0, behind: behind ?? 0 };
}

const diffArgs = ['diff', '--no-ext-diff', '--no-textconv', '--no-color', '--full-index', '-M'];

export async function diffText(git: Git, dir: string, base: string, head: string): Promise<string> {
  return git.pureText(dir, [...diffArgs, base, head, '--']);
}

const statuses: Record<string, ChangedFile['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

/** Files that differ between two commits, with their hunks. */
export async function changedFiles(
  git: Git,
  dir: string,
  base: string,
  head: string,
): Promise<ChangedFile[]> {
  const raw = (await git.pureText(dir, [...diffArgs, '--raw', '-z', base, head, '--'])).split('\0');
  const text = await diffText(git, dir, base, head);
  // Lines of content begin with a space, + or -, so only headers begin with this. A change of type (T) has two.
  const sections = text.split(/^(?=diff --git )/m).filter(Boolean);
  const files: ChangedFile[] = [];
  for (let at = 0; raw[at]?.startsWith(':'); ) {
    const [, , before, after, letter] = raw[at]!.split(' ');
    const renamed = letter!.startsWith('R') || letter!.startsWith('C');
    const status = statuses[letter!.charAt(0)] ?? 'changed';
    const section = sections.splice(0, letter === 'T' ? 2 : 1).join('');
    const start = section.search(/^@@ /m);
    const patch = start < 0 ? null : section.slice(start).replace(/\n$/, '');
    const lines = patch?.split('\n') ?? [];
    files.push({
      path: renamed ? raw[at + 2]! : raw[at + 1]!,
      previousPath: renamed ? raw[at + 1]! : null,
      status,
      blob: status === 'removed' ? before! : after!,
      additions: lines.filter((line) => line.startsWith('+')).length,
      deletions: lines.filter((line) => line.startsWith('-')).length,
      patch,
    });
    at += renamed ? 3 : 2;
  }
  return files;
}

/** Entries of a tree: one level, or all blobs. An unknown path gives none. */
export async function listTree(
  git: Git,
  dir: string,
  treeish: string,
  recursive = false,
): Promise<TreeEntry[]> {
  const args = ['ls-tree', '-z', '--long', ...(recursive ? ['-r'] : []), treeish];
  const { exitCode, stdout } = await git.try(dir, args);
  if (exitCode !== 0) return [];
  return parseTree(stdout.split('\0'));
}

/** What stands at a path of a commit, by SHA. */
export async function treeEntry(
  git: Git,
  dir: string,
  commit: string,
  file: string,
): Promise<TreeEntry | undefined> {
  return (await treeEntries(git, dir, commit, [file]))[0];
}

/** What stands at some paths of a commit, by SHA; those that are not there are left out. */
export async function treeEntries(
  git: Git,
  dir: string,
  commit: string,
  files: readonly string[],
): Promise<TreeEntry[]> {
  const args = ['--literal-pathspecs', 'ls-tree', '-z', '--long', commit, '--', ...files];
  const lines = (await git.pureText(dir, args)).split('\0');
  return parseTree(lines).filter(({ path }) => files.includes(path));
}

function parseTree(lines: readonly string[]): TreeEntry[] {
  return lines.filter(Boolean).map((line) => {
    const [meta, name] = [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)];
    const [mode, type, sha, size] = meta.split(/ +/);
    return { mode: mode!, type: type as TreeEntry['type'], sha: sha!, size: Number(size) || 0, path: name };
  });
}

export async function readBlob(git: Git, dir: string, sha: string): Promise<Buffer> {
  return git.bytes(dir, ['cat-file', 'blob', sha]);
}
