import type { GitAuthProvider, Mirror, Mirrors } from '../git/types.ts';
import { UserError } from '../run/user-error.ts';
import type { Environment, Sandbox } from '../sandbox/sandbox.ts';
import type { RepoFiles, Stack } from '../stacks/stack.ts';

/** Lockfiles of large workspaces are the largest texts that are read. */
const maxTextBytes = 16 * 1024 * 1024;
/** Sources kept in memory: those of the runs at work and a few that came before. */
const mostKnown = 8;

/** A repository at one commit: its files, what kind of repository it is, its dependencies. */
export interface Source {
  readonly mirror: Mirror;
  readonly commit: string;
  readonly files: RepoFiles;
  readonly stack: Stack;
  /** Installed dependencies; undefined when the repository has none. The same promise for every caller. */
  environment(signal: AbortSignal): Promise<Environment | undefined>;
}

export interface Sources {
  /** Brings the mirror up to date. */
  mirror(repository: RepositoryAddress, signal: AbortSignal): Promise<Mirror>;
  /** The repository at a commit; fetched when the mirror does not have it. */
  at(repository: RepositoryAddress, commit: string, signal: AbortSignal): Promise<Source>;
}

export interface RepositoryAddress {
  owner: string;
  repo: string;
  run: string;
  auth: GitAuthProvider;
}

export interface SourcePorts {
  mirrors: Mirrors;
  sandbox: Pick<Sandbox, 'prepare' | 'open'>;
  /** undefined: none of the kinds that we can build and test. */
  detect(files: RepoFiles): Promise<Stack | undefined>;
  /** e.g. `https://github.com/owner/name.git` */
  cloneUrl(owner: string, repo: string): string;
}

/** Where git, stacks and the sandbox meet; the doors themselves do not know each other. */
export function createSources(ports: SourcePorts): Sources {
  const mirror = ({ owner, repo, auth }: RepositoryAddress, signal: AbortSignal) =>
    ports.mirrors.fetch({ repo: `${owner}/${repo}`, url: ports.cloneUrl(owner, repo), auth }, signal);
  const known = new Map<string, Promise<Source>>();

  /** A commit does not change: a run reads it once. A mirror that lost it, or a failure, is another try. */
  async function at(repository: RepositoryAddress, commit: string, signal: AbortSignal): Promise<Source> {
    const key = `${repository.run} ${commit}`;
    const before = await known.get(key)?.catch(() => undefined);
    if (before && (await isThere(before))) return before;
    const opening = open(repository, commit, signal);
    known.set(key, opening);
    for (const oldest of known.keys()) {
      if (known.size <= mostKnown) break;
      known.delete(oldest);
    }
    return opening;
  }

  async function open(repository: RepositoryAddress, commit: string, signal: AbortSignal): Promise<Source> {
    const fetched = await mirror(repository, signal);
    const files = await repoFiles(fetched, commit);
    const stack = await ports.detect(files);
    if (!stack) {
      throw new UserError(
        'auto-build cannot build and test this kind of repository: there is no package.json at its root, nor any JavaScript, TypeScript or Python file.',
        { next: 'It knows Node.js (npm, pnpm, yarn) and Python (pip).' },
      );
    }
    let environment: Promise<Environment | undefined> | undefined;
    return {
      mirror: fetched,
      commit,
      files,
      stack,
      environment(ending) {
        environment ??= prepare(ports, repository, stack, files, ending).catch((error) => {
          environment = undefined;
          throw error;
        });
        return environment;
      },
    };
  }

  return { mirror, at };
}

async function isThere({ mirror, commit }: Source): Promise<boolean> {
  return mirror.commitInfo(commit).then(
    () => true,
    () => false,
  );
}

async function repoFiles(mirror: Mirror, commit: string): Promise<RepoFiles> {
  const paths = (await mirror.listFiles(commit)).map((file) => file.path);
  return {
    list: () => paths,
    async read(path) {
      return (await mirror.readFile(commit, path, maxTextBytes))?.toString('utf8');
    },
  };
}

async function prepare(
  ports: SourcePorts,
  repository: RepositoryAddress,
  stack: Stack,
  files: RepoFiles,
  signal: AbortSignal,
): Promise<Environment | undefined> {
  const environment = await install(ports, repository, stack, files, signal);
  await checkNeeds(ports, repository, stack, environment, signal);
  return environment;
}

async function install(
  ports: SourcePorts,
  repository: RepositoryAddress,
  stack: Stack,
  files: RepoFiles,
  signal: AbortSignal,
): Promise<Environment | undefined> {
  if (!stack.dependencies) return undefined;
  const contents = await Promise.all(
    stack.dependencies.files.map(async (path) => {
      const content = await files.read(path);
      if (content === undefined)
        throw new UserError(`${path} is named as a dependency file but is not there.`);
      return { path, content };
    }),
  );
  return ports.sandbox.prepare(
    {
      key: `${repository.owner}-${repository.repo}`,
      files: [...contents, ...(stack.dependencies.written ?? [])],
      install: stack.dependencies.install,
      labels: { run: repository.run, phase: 'preflight', purpose: 'dependencies' },
    },
    signal,
  );
}

/** What a repository's tests cannot run without is said before a model is asked for anything. */
async function checkNeeds(
  ports: SourcePorts,
  repository: RepositoryAddress,
  { needs }: Stack,
  environment: Environment | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!needs) return;
  const labels = { run: repository.run, phase: 'preflight', purpose: 'needs' };
  await using container = await ports.sandbox.open(
    { purpose: 'work', labels, ...(environment && { environment }) },
    signal,
  );
  const { exitCode } = await container.exec({ argv: needs.argv, leavesNothing: true }, signal);
  if (exitCode !== 0) throw new UserError(needs.words, { next: needs.next });
}
