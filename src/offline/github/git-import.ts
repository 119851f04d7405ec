import { mkdir, stat } from 'node:fs/promises';
import { UserError } from '../../run/user-error.ts';
import type { Git } from './git.ts';
import type { RepositorySource } from './public-types.ts';

/** Fixed, so that the same folder always becomes the same commit. */
const initialCommit = {
  GIT_AUTHOR_NAME: 'Octo Cat',
  GIT_AUTHOR_EMAIL: 'octocat@users.noreply.github.com',
  GIT_AUTHOR_DATE: '2026-01-05T09:00:00Z',
  GIT_COMMITTER_NAME: 'Octo Cat',
  GIT_COMMITTER_EMAIL: 'octocat@users.noreply.github.com',
  GIT_COMMITTER_DATE: '2026-01-05T09:00:00Z',
};

/** Makes a bare repository whose default branch is the source; answers its SHA. Throws UserError for a bad source. */
export async function importRepository(
  git: Git,
  input: { dir: string; source: RepositorySource; defaultBranch: string },
): Promise<string> {
  const { dir, source, defaultBranch } = input;
  await mkdir(dir, { recursive: true });
  await git.text(dir, ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`]);
  const sha =
    'folder' in source ? await importFolder(git, dir, source.folder) : await importGit(git, dir, source);
  await git.text(dir, ['update-ref', `refs/heads/${defaultBranch}`, sha]);
  return sha;
}

async function kindOf(file: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && (found.isDirectory() ? 'folder' : 'file');
}

async function importFolder(git: Git, dir: string, folder: string): Promise<string> {
  if ((await kindOf(folder)) !== 'folder') {
    throw new UserError(`There is no folder ${folder} to make a repository from.`, {
      next: 'Check the path of the repository folder.',
    });
  }
  const place = { env: { GIT_DIR: dir, GIT_WORK_TREE: folder } };
  // Without --force a .gitignore in the folder leaves out what it names, node_modules for one, as on GitHub.
  await git.text(folder, ['add', '--all', '.'], place);
  const tree = await git.word(folder, ['write-tree'], place);
  return git.word(dir, ['commit-tree', tree, '-m', 'Initial commit'], { env: initialCommit });
}

async function importGit(git: Git, dir: string, source: { git: string; ref: string }): Promise<string> {
  const kind = await kindOf(source.git);
  if (!kind) {
    throw new UserError(`There is no git repository or bundle at ${source.git}.`, {
      next: 'Give the path of a clone on this machine, or of a bundle made by `git bundle create`.',
    });
  }
  const sha = kind === 'folder' ? await fetchFolder(git, dir, source) : await fetchBundle(git, dir, source);
  if (sha === undefined) {
    throw new UserError(`${source.git} has no branch, tag or commit ${source.ref}.`, {
      next: 'Check the ref; in a clone, `git rev-parse <ref>` must print a commit.',
    });
  }
  return sha;
}

async function revParse(git: Git, dir: string, name: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const { exitCode, stdout } = await git.try(dir, args);
  return exitCode === 0 ? stdout.trim() : undefined;
}

async function fetchFolder(git: Git, dir: string, source: { git: string; ref: string }) {
  const sha =
    (await revParse(git, source.git, source.ref)) ??
    (await revParse(git, source.git, `origin/${source.ref}`));
  if (sha !== undefined) await fetch(git, dir, source.git, sha);
  return sha;
}

async function fetchBundle(git: Git, dir: string, source: { git: string; ref: string }) {
  await fetch(git, dir, source.git, '+refs/*:refs/source/*');
  for (const name of [`refs/source/heads/${source.ref}`, `refs/source/tags/${source.ref}`, source.ref]) {
    const sha = await revParse(git, dir, name);
    if (sha === undefined) continue;
    const refs = await git.text(dir, ['for-each-ref', '--format=delete %(refname)', 'refs/source']);
    await git.text(dir, ['update-ref', '--stdin'], { input: refs });
    return sha;
  }
  return undefined;
}

async function fetch(git: Git, dir: string, from: string, refspec: string): Promise<void> {
  // The source may be a shallow clone.
  const { exitCode, stderr } = await git.try(dir, [
    'fetch',
    '--quiet',
    '--update-shallow',
    '--',
    from,
    refspec,
  ]);
  if (exitCode !== 0) {
    throw new UserError(`git cannot read ${from}: ${stderr.trim()}`, {
      next: 'Check that it is a complete git repository or bundle.',
    });
  }
}
