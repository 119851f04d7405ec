import { expect, onTestFinished, test } from 'vitest';
import { GitHubError, type GitHubErrorKind } from '../../src/github/github-error.ts';
import { createRefresh, type RefreshPorts } from '../../src/intake/refresh.ts';
import type { Fact } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';

const failure = (kind: GitHubErrorKind) =>
  new GitHubError({ kind, status: null, words: `GitHub: ${kind}`, cause: undefined });
const covered = (id: number) => ({
  ...{ installationId: id, owner: 'octo', name: `r${id}`, id, defaultBranch: 'main' },
  ...{ archived: false, pushedAt: '' },
});
const installed = (id: number, trouble?: GitHubError) => ({
  ...{ id, suspended: false, trouble },
  repositories: trouble ? [] : [covered(id)],
});
const minuteMs = 60_000;

/** Refreshes of a GitHub whose answers are given, and what they led to. */
async function refreshes(given: Partial<Record<keyof RefreshPorts, unknown>>) {
  const store = await openStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  let at = 10_000_000;
  const seen: string[] = [];
  const warned: object[] = [];
  const refresh = () =>
    createRefresh({
      ...{ store, now: () => at, moved: async () => {} },
      engine: { see: async (id: string, { what }: { what: string }) => seen.push(`${id} ${what}`) },
      intake: { offer: async () => {}, takeUp: () => {}, idle: async () => {} },
      ...{ installations: async () => [installed(1)], allowed: () => true, label: async () => 'auto-build' },
      ...{ failed: undefined, act: async () => {} },
      log: { info: () => {}, warn: (fields: object) => warned.push(fields) },
      ...given,
    } as never);
  let current = refresh();
  return {
    store,
    seen,
    warned,
    at: () => at,
    restart: () => {
      current = refresh();
    },
    async turn(): Promise<void> {
      at += 5 * minuteMs;
      await current(new AbortController().signal);
    },
    async run(repoId: number): Promise<string> {
      const issue = await store.putArtifact('issue', {});
      const start: Fact = { fact: 'saw', at, what: 'start', issue, base: 'b', policy: defaultPolicy };
      await store.createRun({
        ...{ owner: 'octo', repo: `r${repoId}`, repoId, installationId: repoId, issue: 7 },
        begin: { facts: [start], artifacts: [], derived: deriveState([start]) },
      });
      return (await store.latestRun(repoId, 7))!.id;
    },
  };
}

/** News of a repository: everything that was told since, however often it was told before. */
function talk() {
  const acted: string[] = [];
  const sinces: number[] = [];
  const troubles = new Map<string, Error>();
  return {
    acted,
    sinces,
    troubles,
    ports: {
      repository: () => ({
        async news({ since }: { since: number }) {
          sinces.push(since + 5 * minuteMs);
          const news = sinces.length === 1 ? ['/help', '/cancel'] : [];
          return { news: news.map((name) => ({ name, payload: {} })), gone: [], changed: [], versions: {} };
        },
      }),
      async act(name: string) {
        acted.push(name);
        const trouble = troubles.get(name);
        if (trouble) throw trouble;
      },
    },
  };
}

test('news that GitHub will never let us act on is given up, and what comes after it is heard', async () => {
  const { acted, sinces, troubles, ports } = talk();
  troubles.set('/help', failure('forbidden'));
  const { turn, store, at } = await refreshes(ports);
  await turn();
  await turn();
  expect(acted).toEqual(['/help', '/cancel']);
  expect(await store.heard.until('repo:1')).toBe(at());
  expect(sinces[1]).toBe(at() - 5 * minuteMs);
});

test.each([failure('server'), failure('rate-limited'), new Error('the disk is full')])(
  'news that cannot be acted on for now (%s) is tried again, alone, and a new life asks for it',
  async (trouble) => {
    const { acted, sinces, troubles, ports } = talk();
    troubles.set('/help', trouble);
    const { turn, store, at, restart } = await refreshes(ports);
    const begun = at();
    await turn();
    await turn();
    expect(acted).toEqual(['/help', '/cancel', '/help']);
    expect(sinces).toEqual([begun, begun + 5 * minuteMs]);
    expect(await store.heard.until('repo:1')).toBeUndefined();
    troubles.clear();
    await turn();
    await turn();
    expect(acted).toEqual(['/help', '/cancel', '/help', '/help']);
    expect(await store.heard.until('repo:1')).toBe(at());
    restart();
    await turn();
    expect(sinces.at(-1)).toBe(at() - 5 * minuteMs);
  },
);

test('news that could not be acted on all day is given up', async () => {
  const { acted, troubles, ports } = talk();
  troubles.set('/help', failure('server'));
  const { turn, store, at } = await refreshes(ports);
  for (let minutes = 0; minutes <= 25 * 60; minutes += 5) await turn();
  const tries = acted.length;
  await turn();
  expect(acted).toHaveLength(tries);
  expect(await store.heard.until('repo:1')).toBe(at());
});

test('a failed webhook that cannot be fetched does not hide the next; it is asked for until it is there or gone', async () => {
  const offered: string[] = [];
  let trouble = failure('server');
  const { turn, store, at } = await refreshes({
    failed: {
      since: async () => ['one', 'two'].map((id, attempt) => ({ attempt, id, name: 'push' })),
      async payload({ id }: { id: string }) {
        if (id === 'one') throw trouble;
        return {};
      },
    },
    intake: {
      offer: async ({ id }: { id: string }) => offered.push(id),
      takeUp: () => {},
      idle: async () => {},
    },
    installations: async () => [],
  });
  await turn();
  expect(offered).toEqual(['two']);
  expect(await store.heard.until('deliveries')).toBeUndefined();
  trouble = failure('gone');
  await turn();
  expect(await store.heard.until('deliveries')).toBe(at());
});

test('an installation that cannot be asked is not gone, and said once; a run that cannot be looked at hides none', async () => {
  const { turn, run, seen, warned } = await refreshes({
    installations: async () => [installed(1, failure('forbidden'))],
    repository: ({ id }: { id: number }) => ({
      async about() {
        throw failure(id === 2 ? 'forbidden' : 'not-found');
      },
    }),
  });
  await run(1);
  const forbidden = await run(2);
  const gone = await run(3);
  await turn();
  await turn();
  expect(seen).toEqual([`${gone} app`, `${gone} app`]);
  expect(warned.filter((fields) => 'installation' in fields)).toHaveLength(1);
  expect(warned.filter((fields) => 'run' in fields && fields.run === forbidden)).toHaveLength(2);
});
