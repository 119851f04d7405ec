import fs from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { UserError } from '../run/user-error.ts';
import { type BareRepository, GitCommandError, openBareRepository } from './command.ts';
import type { GitSettings } from './environment.ts';
import { openMirror } from './mirror.ts';
import { DEFAULT_LIMITS } from './patch-intake.ts';
import { isObjectId, requireRemoteUrl } from './remote.ts';
import type { FetchRequest, Mirror, Mirrors, MirrorsOptions } from './types.ts';
import { FetchLostError, isUnanswered } from './unanswered.ts';

/** `merge-tree --write-tree`, which replays candidates, is as old as this. */
const OLDEST_GIT = [2, 38] as const;

/** Branches and tags only: refs/replace and the like of a hostile repository stay away. */
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

interface Slot {
  queue: PQueue;
  /** A command failed on it since it was last proved sound. */
  suspect: boolean;
  /** Used by this process before. */
  opened: boolean;
}

/**
 * Opens a directory of bare mirrors, creating it if need be.
 * @throws UserError when git is missing or too old
 */
export async function openMirrors(options: MirrorsOptions): Promise<Mirrors> {
  const dir = path.resolve(options.dir);
  const home = path.join(dir, '.home');
  const scratch = path.join(dir, '.scratch');
  await fs.mkdir(home, { recursive: true });
  // Half clones and quarantines of a process that was killed.
  await fs.rm(scratch, { recursive: true, force: true });
  await fs.mkdir(scratch, { recursive: true });
  const settings: GitSettings = {
    gitPath: options.gitPath ?? 'git',
    home,
    protocols: options.protocols ?? ['https', 'http'],
  };
  await requireGit(settings, dir);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const slots = new Map<string, Slot>();

  async function update(
    request: FetchRequest,
    slot: Slot,
    target: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const repository = openBareRepository(settings, target);
    if (!slot.opened) await removeStaleLocks(target);
    slot.opened = true;
    if (!(await exists(target))) return cloneInto(request, slot, target, signal);
    if (slot.suspect && !(await isSound(repository, ['--full'], signal)))
      return cloneInto(request, slot, target, signal);
    slot.suspect = false;
    try {
      await fetchInto(repository, request, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof GitCommandError)) throw error;
      if (await isSound(repository, ['--connectivity-only'], signal)) throw unreachable(request, error);
      await cloneInto(request, slot, target, signal);
    }
  }

  /** A mirror appears or changes only as a whole: a killed clone leaves nothing behind that counts. */
  async function cloneInto(
    request: FetchRequest,
    slot: Slot,
    target: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const work = await fs.mkdtemp(path.join(scratch, 'clone-'));
    try {
      const fresh = openBareRepository(settings, path.join(work, 'new'));
      await fs.mkdir(fresh.dir);
      await fresh.run(['init', '--quiet', '--bare', '--template=', '--initial-branch=main']);
      await fetchInto(fresh, request, signal);
      await fs.mkdir(path.dirname(target), { recursive: true });
      if (await exists(target)) await fs.rename(target, path.join(work, 'damaged'));
      await fs.rename(fresh.dir, target);
      slot.suspect = false;
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof GitCommandError ? unreachable(request, error) : error;
    } finally {
      await fs.rm(work, { recursive: true, force: true });
    }
  }

  return {
    async fetch(request, signal): Promise<Mirror> {
      const target = path.join(dir, ...repoPath(request.repo));
      requireRemoteUrl(request.url, settings.protocols);
      requireFetchableRef(request.ref);
      const slot = slots.get(target) ?? {
        queue: new PQueue({ concurrency: 1 }),
        suspect: false,
        opened: false,
      };
      slots.set(target, slot);
      await slot.queue.add(() => update(request, slot, target, signal), { signal });
      const markSuspect = () => {
        slot.suspect = true;
      };
      return openMirror({
        repo: request.repo,
        repository: openBareRepository(settings, target, markSuspect),
        protocols: settings.protocols,
        scratch,
        limits,
      });
    },
  };
}

/** Deletes the mirror of a repository, if there is one. Nothing may be at work on it. */
export async function removeMirror(dir: string, repo: string): Promise<void> {
  await fs.rm(path.join(path.resolve(dir), ...repoPath(repo)), { recursive: true, force: true });
}

/** The mirror of a repository that has another name now; one that is there under that name already is kept. */
export async function renameMirror(dir: string, from: string, to: string): Promise<void> {
  if (from === to) return;
  const [before, after] = [from, to].map((repo) => path.join(path.resolve(dir), ...repoPath(repo)));
  await fs.mkdir(path.dirname(after!), { recursive: true });
  await fs.rename(before!, after!).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error;
  });
}

async function fetchInto(
  repository: BareRepository,
  request: FetchRequest,
  signal?: AbortSignal,
): Promise<void> {
  const refspecs = [...REFSPECS];
  if (request.ref?.startsWith('refs/pull/')) refspecs.push(`+${request.ref}:${request.ref}`);
  if (isObjectId(request.ref)) refspecs.push(`+${request.ref}:refs/fetched/${request.ref}`);
  const auth = await request.auth?.();
  await repository
    .client({ url: request.url, auth, signal })
    .raw(['fetch', '--quiet', '--no-tags', '--prune', '--no-write-fetch-head', request.url, ...refspecs]);
}

async function isSound(repository: BareRepository, depth: string[], signal?: AbortSignal): Promise<boolean> {
  try {
    await repository.run(['fsck', '--no-dangling', '--no-progress', ...depth], { signal });
    return true;
  } catch (error) {
    if (error instanceof GitCommandError) return false;
    throw error;
  }
}

/** Locks that are there before our first git process were left by one that was killed; git would wait for ever. */
async function removeStaleLocks(target: string): Promise<void> {
  for await (const lock of fs.glob(['*.lock', 'refs/**/*.lock'], { cwd: target })) {
    await fs.rm(path.join(target, lock), { force: true });
  }
}

async function requireGit(settings: GitSettings, dir: string): Promise<void> {
  const next = `Install git ${OLDEST_GIT.join('.')} or newer.`;
  let said: string;
  try {
    said = (await openBareRepository(settings, dir).run(['version'])).stdout.toString();
  } catch (cause) {
    throw new UserError(`git could not be started (${settings.gitPath}).`, { next, cause });
  }
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(said)?.slice(1) ?? []).map(Number);
  if (major < OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor < OLDEST_GIT[1])) {
    throw new UserError(`This git is too old: ${said.trim()}.`, { next });
  }
}

function repoPath(repo: string): [owner: string, name: string] {
  const [owner, name, ...rest] = repo.toLowerCase().split('/');
  const valid = (part: string | undefined) => part !== undefined && /^[a-z0-9_-][a-z0-9._-]*$/.test(part);
  if (!valid(owner) || !valid(name) || rest.length > 0) {
    throw new UserError(`"${repo}" is not the name of a repository.`, { next: 'Write it as owner/name.' });
  }
  return [owner!, `${name}.git`];
}

function requireFetchableRef(ref: string | undefined): void {
  if (ref === undefined || isObjectId(ref) || /^refs\/(heads|tags|pull)\/[^\s~^:?*[\\]+$/.test(ref)) return;
  throw new UserError(`"${ref}" cannot be fetched.`, {
    next: 'Name a full ref under refs/heads, refs/tags or refs/pull, or a commit id.',
  });
}

function unreachable(request: FetchRequest, cause: GitCommandError): UserError {
  if (isUnanswered(cause.stderr)) return new FetchLostError(request.repo, cause.stderr, cause);
  return new UserError(`The repository ${request.repo} could not be fetched: ${lastLine(cause.stderr)}`, {
    next: 'Check that it exists, that the app is installed on it and that the network is up; then try again.',
    cause,
  });
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^(fatal|error): /, '') || 'git gave no reason'
  );
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
