import { UserError } from '../run/user-error.ts';
import type { BareRepository } from './command.ts';
import { completePatch, readableDiff } from './diff.ts';
import {
  isFile,
  listTree,
  readBlobs,
  readCommit,
  requireObjectId,
  resolveCommit,
  treeOf,
} from './objects.ts';
import { applyEdits } from './patch-intake.ts';
import { whyUnsafePath } from './path-rules.ts';
import { push } from './push.ts';
import { sourceTar } from './source-tar.ts';
import type { CommitRequest, IntakeLimits, Mirror, ReplayResult } from './types.ts';
import { editsFromTar } from './work-dir.ts';

/** Author of commits that exist only while trees are merged. */
const NOBODY = { author: { name: 'auto-build', email: 'auto-build@localhost' }, date: new Date(0) };

/** The operations on one mirror that is already on disk. */
export function openMirror(place: {
  repo: string;
  repository: BareRepository;
  protocols: readonly string[];
  /** For quarantines. */
  scratch: string;
  limits: IntakeLimits;
}): Mirror {
  const { repository } = place;
  return {
    repo: place.repo,
    resolve: (ref) => resolveCommit(repository, ref),
    commitInfo: (sha) => readCommit(repository, sha),
    listFiles: async (sha) => (await listTree(repository, sha)).filter(isFile),
    readFile: (sha, path, capBytes) => readFile(repository, sha, path, capBytes),
    sourceTar: (sha, signal) => sourceTar(repository, sha, signal),
    editsFromTar: (request) => editsFromTar(repository, request, place),
    applyEdits: (request) => applyEdits(repository, request, place),
    commit: (request) => commit(repository, request),
    replay: (request) => replay(repository, request),
    push: (request, signal) => push(repository, request, place.protocols, signal),
    diff: (a, b) => readableDiff(repository, a, b),
    patch: (a, b) => completePatch(repository, a, b),
  };
}

async function readFile(
  repository: BareRepository,
  sha: string,
  path: string,
  capBytes: number,
): Promise<Buffer | undefined> {
  if (whyUnsafePath(path)) return undefined;
  const file = (await listTree(repository, sha, path)).find((entry) => entry.path === path);
  if (file?.mode !== '100644' && file?.mode !== '100755') return undefined;
  if (file.size > capBytes) {
    throw new UserError(`The file ${path} has ${file.size} bytes; at most ${capBytes} are read.`, {
      next: 'Make the file smaller.',
    });
  }
  return (await readBlobs(repository, [file.sha]))[0];
}

async function commit(repository: BareRepository, request: CommitRequest): Promise<string> {
  const { tree, parents, message, author, date } = request;
  for (const id of [tree, ...parents]) requireObjectId(id);
  const when = `@${Math.floor(date.getTime() / 1000)} +0000`;
  const { stdout } = await repository.run(
    ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
    {
      input: message,
      env: {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_AUTHOR_DATE: when,
        GIT_COMMITTER_NAME: author.name,
        GIT_COMMITTER_EMAIL: author.email,
        GIT_COMMITTER_DATE: when,
      },
    },
  );
  return stdout.toString().trim();
}

/** Commits made for this purpose name the merge base, so that it is `from` whatever happened to the history. */
async function replay(
  repository: BareRepository,
  request: { candidate: string; from: string; onto: string },
): Promise<ReplayResult> {
  const seal = async (sha: string, parents: string[]) =>
    commit(repository, { tree: await treeOf(repository, sha), parents, message: 'replay\n', ...NOBODY });
  const from = await seal(request.from, []);
  const onto = await seal(request.onto, [from]);
  const candidate = await seal(request.candidate, [from]);
  const { stdout, exitCode } = await repository.run(
    ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', onto, candidate],
    { expect: [0, 1] },
  );
  const [tree, ...conflicts] = stdout.toString().split('\0').slice(0, -1);
  if (exitCode === 0) return { clean: true, tree: tree! };
  return { clean: false, conflicts: [...new Set(conflicts)].sort() };
}
