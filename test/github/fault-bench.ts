import { openMirrors } from '../../src/git/mirrors.ts';
import type { Mirror } from '../../src/git/types.ts';
import type { WriteKind } from '../../src/github/writes.ts';
import type { RepositorySnapshot } from '../../src/offline/github/public-types.ts';
import type { EffectRequest } from '../../src/phases/effects-port.ts';
import { name, type TestWorld } from './world.ts';

/** Where a write is tried: a world of its own, the ledger's `ensure` for one cell, and a number that is that cell's. */
export interface Bench {
  world: Pick<TestWorld, 'local' | 'repository' | 'sha'>;
  ensure(request: EffectRequest): Promise<string>;
  cell: number;
  /** A directory for mirrors. */
  dir: string;
}

/** One mutating call of the app, as the app makes it. */
export interface Write {
  kind: WriteKind | 'push';
  /** GitHub's name of it. */
  operation: string;
  /** Prepares a cell; resolves to the call, and to how often its result is in the world in the end. */
  prepare(
    bench: Bench,
  ): Promise<{ call(): Promise<unknown>; count(end: RepositorySnapshot): number | Promise<number> }>;
}

export const mona = ({ world }: Bench) => world.local.as('mona', name);
export const issueOf = (end: RepositorySnapshot, number: number) =>
  end.issues.find((issue) => issue.number === number)!;
export const pullOf = (end: RepositorySnapshot, number: number) =>
  end.pulls.find((pull) => pull.number === number)!;

export async function newIssue(bench: Bench): Promise<number> {
  return (await mona(bench).createIssue({ title: `Issue ${bench.cell}`, body: 'text' })).number;
}

export async function newBranch(bench: Bench): Promise<{ branch: string; sha: string }> {
  const branch = `auto-build/${bench.cell}`;
  const files = { [`${bench.cell}.txt`]: 'new\n' };
  return { branch, sha: (await mona(bench).push({ branch, files, message: 'work' })).sha };
}

export async function newPull(bench: Bench, draft = false) {
  const { branch, sha } = await newBranch(bench);
  const request = { head: branch, base: 'main', title: branch, body: marker(bench), draft };
  return { ...(await bench.world.repository.pullRequests.create(request)), sha };
}

export const marker = ({ cell }: Bench) => `<!-- cell ${cell} -->`;

export const check = ({ cell }: Bench, sha: string, annotations: number) => ({
  name: 'auto-build',
  sha,
  externalId: `cell:${cell}`,
  status: 'completed' as const,
  conclusion: 'success' as const,
  output: { title: 'Title', summary: 'words' },
  annotations: Array.from({ length: annotations }, (_, line) => ({
    path: 'a.js',
    startLine: line + 1,
    endLine: line + 1,
    level: 'notice' as const,
    title: 'note',
    message: 'words',
  })),
});

/** Our mirror of the repository, and a tree in it that is this cell's. */
export async function mirrored({
  world,
  dir,
  cell,
}: Bench): Promise<{ mirror: Mirror; tree: string; url: string }> {
  const url = `${world.local.url}/${name.owner}/${name.name}.git`;
  const mirrors = await openMirrors({ dir });
  const auth = () => world.repository.gitAuth('read');
  const mirror = await mirrors.fetch({ repo: `${name.owner}/${name.name}`, url, auth });
  const content = Buffer.from(`${cell}\n`);
  const { tree } = await mirror.applyEdits({
    base: world.sha,
    edits: [{ kind: 'write', path: 'a.txt', content }],
  });
  return { mirror, tree, url };
}

/** 1 where there is such a file on the branch. Asked of the disk: the API may be lagging on purpose. */
export async function timesThere({ world }: Bench, branch: string, file: string): Promise<number> {
  return (await world.local.readFile(name, branch, file)) === undefined ? 0 : 1;
}
