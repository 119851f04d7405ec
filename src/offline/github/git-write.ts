import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Git } from './git.ts';
import type { FileChanges, MergeMethod } from './public-types.ts';

interface Identity {
  readonly name: string;
  readonly email: string;
}

interface Signing {
  readonly author: Identity;
  readonly at: Date;
}

const githubCommitter: Identity = { name: 'GitHub', email: 'noreply@github.com' };

function identityEnv(signing: Signing, committer: Identity): Record<string, string> {
  const date = `${Math.floor(signing.at.getTime() / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: signing.author.name,
    GIT_AUTHOR_EMAIL: signing.author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: date,
  };
}

async function commitTree(
  git: Git,
  dir: string,
  commit: {
    tree: string;
    parents: readonly string[];
    message: string;
    signing: Signing;
    committer: Identity;
  },
): Promise<string> {
  const parents = commit.parents.flatMap((sha) => ['-p', sha]);
  return git.word(dir, ['commit-tree', commit.tree, ...parents, '-F', '-'], {
    input: commit.message,
    env: identityEnv(commit.signing, commit.committer),
  });
}

/** One commit with the changes on top of a parent; moves no ref. */
export async function commitFiles(
  git: Git,
  dir: string,
  input: { parent: string; files: FileChanges; message: string; signing: Signing },
): Promise<string> {
  const scratch = await mkdtemp(path.join(dir, 'index-'));
  try {
    const env = { GIT_INDEX_FILE: path.join(scratch, 'index') };
    await git.text(dir, ['read-tree', input.parent], { env });
    const lines: string[] = [];
    for (const [file, content] of Object.entries(input.files)) {
      const blob = content === null ? undefined : await writeBlob(git, dir, content);
      lines.push(`${blob ? `100644 ${blob}` : `0 ${'0'.repeat(40)}`}\t${file}\0`);
    }
    await git.text(dir, ['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    const tree = await git.word(dir, ['write-tree'], { env });
    const { parent, message, signing } = input;
    return await commitTree(git, dir, {
      tree,
      parents: [parent],
      message,
      signing,
      committer: signing.author,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeBlob(git: Git, dir: string, content: string | Uint8Array): Promise<string> {
  return git.word(dir, ['hash-object', '-w', '--stdin'], { input: content });
}

/** The tree of a merge of two commits by SHA, or undefined when it conflicts. */
export async function mergeTree(
  git: Git,
  dir: string,
  base: string,
  head: string,
): Promise<string | undefined> {
  const args = ['merge-tree', '--write-tree', '--allow-unrelated-histories', base, head];
  const { exitCode, stdout, stderr } = await git.pure(dir, args);
  if (exitCode === 0) return stdout.trim();
  if (exitCode === 1) return undefined;
  throw new Error(`git merge-tree exited with ${exitCode}: ${stderr.trim()}`);
}

/** The commit that merges head into base by a method, or undefined when it conflicts; moves no ref. */
export async function mergeCommit(
  git: Git,
  dir: string,
  input: { method: MergeMethod; base: string; head: string; message: string; signing: Signing },
): Promise<string | undefined> {
  const { method, base, head, message, signing } = input;
  if (method === 'rebase') return rebase(git, dir, { base, head, signing });
  const tree = await mergeTree(git, dir, base, head);
  if (tree === undefined) return undefined;
  const parents = method === 'merge' ? [base, head] : [base];
  return commitTree(git, dir, { tree, parents, message, signing, committer: githubCommitter });
}

/** Replays in a work tree of its own: plumbing that rebases without one came only with git 2.44. */
async function rebase(
  git: Git,
  dir: string,
  input: { base: string; head: string; signing: Signing },
): Promise<string | undefined> {
  const scratch = await mkdtemp(path.join(dir, 'rebase-'));
  const tree = path.join(scratch, 'tree');
  const { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL } = identityEnv(input.signing, githubCommitter) as {
    GIT_COMMITTER_NAME: string;
    GIT_COMMITTER_EMAIL: string;
  };
  try {
    await git.text(dir, ['worktree', 'add', '--quiet', '--detach', tree, input.head]);
    const { exitCode } = await git.try(tree, ['rebase', '--quiet', '--force-rebase', input.base], {
      env: { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL },
    });
    return exitCode === 0 ? await git.word(tree, ['rev-parse', 'HEAD']) : undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await git.text(dir, ['worktree', 'prune']);
  }
}

/** Moves a ref only if it still is where it was seen; `null` for a ref that must not exist or shall go. */
export async function updateRef(
  git: Git,
  dir: string,
  ref: string,
  before: string | null,
  after: string | null,
): Promise<boolean> {
  const zero = '0'.repeat(40);
  const args =
    after === null ? ['update-ref', '-d', ref, before ?? zero] : ['update-ref', ref, after, before ?? zero];
  return (await git.try(dir, args)).exitCode === 0;
}
