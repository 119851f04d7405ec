import { expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../src/engine/effects.ts';
import { createPublisher } from '../../src/engine/publisher.ts';
import { runView } from '../../src/engine/run-view.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import type { Repository } from '../../src/github/types.ts';
import { hashOf } from '../../src/run/artifacts.ts';
import type { Fact } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import type { RunRow } from '../../src/store/store.ts';
import { formatMarker } from '../../src/text/markers.ts';
import { name, testWorld } from '../github/world.ts';

const body = { number: 1, title: 'Mean', body: '', author: 'a', startedBy: 'mona', url: '', removed: [] };
const issue = { kind: 'issue', body };
const start: Fact = {
  fact: 'saw',
  at: 1,
  what: 'start',
  issue: hashOf(body),
  base: 'b',
  policy: defaultPolicy,
};

/** A run in a real store, shown on an issue of a local GitHub; its words are told apart by what it spent. */
async function bench(over: (repository: Repository) => Repository = (repository) => repository) {
  const world = await testWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const store = await openStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  await world.local.as('mona', name).createIssue({ title: 'Mean' });
  const { run } = await store.createRun({
    owner: name.owner,
    repo: name.name,
    repoId: 1,
    installationId: 1,
    issue: 1,
    begin: {
      facts: [start],
      artifacts: [issue],
      derived: { ...deriveState([start]), branch: 'auto-build/1' },
    },
  });
  const held: { gate: Promise<void> } = { gate: Promise.resolve() };
  const warnings: unknown[] = [];
  const view = runView({ store, webUrl: 'http://127.0.0.1' });
  const repository = over(world.repository);
  const publisher = createPublisher({
    store,
    effects: openLedger({
      ledger: store.effects,
      crashPoint: () => {},
      mayIntend: async () => {},
      lagMs: [1, 1],
    }),
    github: () => repository,
    view: async (row, facts, now) => {
      await held.gate;
      const usd = (facts.at(-1)?.at ?? 0) / 100;
      return { ...(await view(row, facts, { atWork: now !== null })), cost: { usd, ms: 1 } };
    },
    warn: (error) => void warnings.push(error),
  });
  /** The body of each comment that was created or updated, by what it says was spent. */
  const written = () =>
    world.local.ledger().flatMap(({ operation, body: sent, status }) => {
      const [, verb] = /^issues\/(create|update)-comment$/.exec(operation ?? '') ?? [];
      if (verb === undefined || status >= 300) return [];
      return [`${verb} ${/Spent (\S+)/.exec((sent as { body: string }).body)?.[1]}`];
    });
  return { publisher, run, held, warnings, written, store, world, comments: () => commentsOf(world) };
}

async function commentsOf({ local }: Awaited<ReturnType<typeof testWorld>>): Promise<string[]> {
  return (await local.snapshot()).repositories[0]!.issues[0]!.comments.map((comment) => comment.body);
}

/** Facts of a run that has spent so many cents. */
const after = (cents: number): Fact[] => [{ ...start, at: cents }];
const atWork = { phase: 'spec', attempt: 1 } as const;

test('words that are out of date before they were written are not written', async () => {
  const { publisher, run, held, written, comments } = await bench();
  let release = () => {};
  held.gate = new Promise((resolve) => {
    release = resolve;
  });
  for (const cents of [100, 200, 300, 400]) publisher.show(run, after(cents), atWork);
  release();
  await publisher.close();
  expect(written().filter((each) => each.includes('$2.00') || each.includes('$3.00'))).toEqual([]);
  expect(written()[0]).toBe('create $1.00');
  expect(written().at(-1)).toBe('update $4.00');
  expect(await comments()).toHaveLength(1);
});

test('the same words are not written twice', async () => {
  const { publisher, run, written } = await bench();
  publisher.show(run, after(100), atWork);
  await publisher.close();
  const before = written();
  publisher.show(run, after(100), atWork);
  await publisher.close();
  expect(written()).toEqual(before);
});

test('what a run waits for or how it ended is there when settling resolves, whatever was being written', async () => {
  const { publisher, run, held, comments } = await bench();
  let release = () => {};
  held.gate = new Promise((resolve) => {
    release = resolve;
  });
  publisher.show(run, after(100), atWork);
  publisher.show(run, after(200), atWork);
  const settled = publisher.settle(run, after(500));
  release();
  await settled;
  const [comment, ...more] = await comments();
  expect(comment).toContain('Spent $5.00');
  expect(more).toEqual([]);
});

test('settled is one length of history, and it is remembered', async () => {
  const { publisher, run, store } = await bench();
  expect(await publisher.isSettled(run)).toBe(false);
  await publisher.settle(run, [start]);
  expect(await publisher.isSettled(run)).toBe(true);
  expect(await publisher.isSettled({ ...run, length: run.length + 1 })).toBe(false);
  expect(await store.effects.list(run.id)).toMatchObject([
    { key: 'eyes' },
    { key: 'sticky' },
    { kind: 'settled' },
  ]);
});

test('the comment of an earlier run on the issue is taken over', async () => {
  const { publisher, run, store, comments } = await bench();
  await publisher.settle(run, after(100));
  const { run: next } = await store.createRun({ ...asNew(run), issue: 2 });
  await publisher.settle({ ...next, issue: 1 }, after(200));
  expect(await comments()).toHaveLength(1);
  expect((await comments())[0]).toContain('Spent $2.00');
});

const asNew = ({ owner, repo, repoId, installationId, issue }: RunRow) => ({
  owner,
  repo,
  repoId,
  installationId,
  issue,
});

test('a comment that somebody deleted is made anew, once', async () => {
  let deleted: number | undefined;
  // Nobody deletes comments on the local GitHub: it loses its words, and every update is answered as if it were gone.
  const { publisher, run, comments } = await bench((repository) => ({
    ...repository,
    comments: {
      ...repository.comments,
      update: async (id, text) => {
        if (id !== deleted) return repository.comments.update(id, text);
        await repository.comments.update(id, 'deleted');
        throw new GitHubError({ kind: 'not-found', status: 404, words: 'Not Found', cause: undefined });
      },
      create: async (number, text) => {
        const made = await repository.comments.create(number, text);
        first ??= made.id;
        return made;
      },
    },
  }));
  let first: number | undefined;
  await publisher.settle(run, after(100));
  deleted = first;
  for (const cents of [200, 300, 400]) await publisher.settle(run, after(cents));
  const [gone, anew, ...more] = await comments();
  expect(gone).toBe('deleted');
  expect(anew).toContain('Spent $4.00');
  expect(more).toEqual([]);
});

test('of two that came to be there all the same, the older has the last words, and the other one goes', async () => {
  const { publisher, run, world, comments } = await bench();
  const { comments: door } = world.repository;
  await publisher.settle(run, after(100));
  // Another life, that did not see the first one in time.
  await door.create(1, `${formatMarker({ kind: 'sticky', issue: 1 })}\ntwin`);
  await publisher.settle(run, after(200));
  expect(await comments()).toHaveLength(2);
  const canceled: Fact = {
    fact: 'said',
    at: 300,
    who: 'mona',
    source: 'c',
    verb: 'cancel',
    text: '',
    bound: {},
  };
  await publisher.settle(run, [start, canceled]);
  const [only, ...more] = await comments();
  expect(only).toContain('Spent $3.00');
  expect(more).toEqual([]);
});

test('a comment that cannot be written is a warning while the run goes on, and an error when it has ended', async () => {
  let broken = true;
  const { publisher, run, warnings, comments } = await bench((repository) => ({
    ...repository,
    comments: {
      ...repository.comments,
      create: async (number, text) => {
        if (broken)
          throw new GitHubError({ kind: 'server', status: 502, words: 'Bad gateway', cause: undefined });
        return repository.comments.create(number, text);
      },
    },
  }));
  publisher.show(run, after(100), atWork);
  await publisher.close();
  expect(warnings).toMatchObject([{ kind: 'server' }]);
  await expect(publisher.settle(run, after(200))).rejects.toThrow(GitHubError);
  expect(await publisher.isSettled(run)).toBe(false);
  broken = false;
  await publisher.settle(run, after(200));
  expect(await comments()).toHaveLength(1);
});

test('where room is scarce, progress waits and only the newest of it is written; the first words and the last do not wait', async () => {
  const asked: AbortSignal[] = [];
  let room = Promise.withResolvers<void>();
  const { publisher, run, written, comments } = await bench((repository) => ({
    ...repository,
    roomForEdit: (signal) => {
      asked.push(signal);
      signal.addEventListener('abort', () => room.reject(signal.reason));
      return room.promise;
    },
  }));
  const shown = async (cents: number) => {
    publisher.show(run, after(cents), atWork);
    await expect.poll(() => written().at(-1)).toContain(`$${cents / 100}.00`);
  };
  await shown(100);
  expect(asked).toEqual([]);
  publisher.show(run, after(200), atWork);
  await expect.poll(() => asked.length).toBe(1);
  for (const cents of [300, 400]) publisher.show(run, after(cents), atWork);
  expect(written()).toEqual(['create $1.00']);
  room.resolve();
  await expect.poll(() => written()).toEqual(['create $1.00', 'update $4.00']);

  room = Promise.withResolvers();
  publisher.show(run, after(500), atWork);
  await expect.poll(() => asked.length).toBe(2);
  await publisher.settle(run, after(600));
  expect(written()).toEqual(['create $1.00', 'update $4.00', 'update $6.00']);

  room = Promise.withResolvers();
  publisher.show(run, after(700), atWork);
  await expect.poll(() => asked.length).toBe(3);
  // The server stops: whoever comes next writes what is true then.
  await publisher.close();
  expect(await comments()).toHaveLength(1);
  expect(written()).toHaveLength(3);
});

test('twenty runs that have news all the time leave a merge its turn', async () => {
  const { publisher, store, world, run } = await bench();
  const runs: RunRow[] = [];
  for (let number = 2; number <= 21; number++) {
    await world.local.as('mona', name).createIssue({ title: `Issue ${number}` });
    runs.push((await store.createRun({ ...asNew(run), issue: number })).run);
  }
  let news = 0;
  let busy = true;
  const keepShowing = async () => {
    while (busy) {
      news += 1;
      for (const each of runs) publisher.show(each, after(news), atWork);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const showing = keepShowing();
  const edits = () =>
    world.local.ledger().filter(({ operation }) => operation === 'issues/update-comment').length;
  await expect.poll(edits, { timeout: 20_000 }).toBeGreaterThan(40);
  const { sha } = await world.local
    .as('mona', name)
    .push({ branch: 'b', files: { a: 'b' }, message: 'work' });
  const { pullRequests } = world.repository;
  const request = { head: 'b', base: 'main', title: 'b', body: '', draft: false };
  const before = edits();
  const { number } = await pullRequests.create(request);
  await world.repository.merge({ number, sha, method: 'squash', title: 'b', message: '' });
  // Each found at most the one edit before it that was under way, and one that began while it was told of the last.
  const passed = edits() - before;
  busy = false;
  await showing;
  await publisher.close();
  expect(passed).toBeLessThanOrEqual(6);
});
