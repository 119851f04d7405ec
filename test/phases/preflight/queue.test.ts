import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpenPullRequest } from '../../../src/github/types.ts';
import { openAtMost, placeInQueue } from '../../../src/phases/preflight/open-work.ts';
import { hashOf } from '../../../src/run/artifacts.ts';
import type { Cause, Fact } from '../../../src/run/facts.ts';
import { defaultPolicy } from '../../../src/run/history.ts';
import { deriveState } from '../../../src/run/state.ts';
import { openStore } from '../../../src/store/open.ts';
import type { RunRow, Store } from '../../../src/store/store.ts';

const repoId = 1;
let store: Store;
beforeEach(async () => {
  store = await openStore({ path: ':memory:' });
});
afterEach(() => store.close());

/** A live run, which waits in preflight when there is a cause. */
async function live(issue: number, cause?: Cause): Promise<RunRow> {
  const body = { issue, cause };
  const start: Fact = {
    fact: 'saw',
    at: 1,
    what: 'start',
    issue: hashOf(body),
    base: 'b',
    policy: defaultPolicy,
  };
  const made: Fact = {
    fact: 'made',
    at: 2,
    phase: 'preflight',
    kind: 'preflight',
    round: { issue: 1 },
    inputs: [],
    hash: hashOf(body),
    cost: { ms: 1, usd: 0 },
    result: cause ? { pass: false, cause, words: 'x' } : { pass: true },
  };
  const facts = [start, made];
  const begin = { facts, artifacts: [{ kind: 'preflight', body }], derived: deriveState(facts) };
  // Ids sort by time of creation, in milliseconds.
  const before = Date.now();
  while (Date.now() === before);
  const started = await store.createRun({
    owner: 'octo',
    repo: 'x',
    repoId,
    installationId: 1,
    issue,
    begin,
  });
  return started.run;
}
const pulls = (issues: number[], ours = true): OpenPullRequest[] =>
  issues.map((issue) => ({
    number: 100 + issue,
    title: 'x',
    body: '',
    author: 'x',
    ours,
    branch: `auto-build/${issue}-x`,
  }));

test('there is room until five pull requests are open or on their way', async () => {
  expect(openAtMost).toBe(5);
  const run = await live(9);
  expect(await placeInQueue(store, run, pulls([1, 2, 3, 4]))).toBe(0);
  expect(await placeInQueue(store, run, pulls([1, 2, 3, 4, 5]))).toBe(1);
  expect(await placeInQueue(store, run, pulls([1, 2, 3, 4, 5], false))).toBe(0);
});

test('older runs that are at work count, those that wait in preflight do not', async () => {
  await live(1);
  await live(2);
  await live(3, 'blocked');
  await live(4, 'duplicate-suspected');
  const run = await live(9);
  expect(await placeInQueue(store, run, pulls([2, 5, 6]))).toBe(0);
  expect(await placeInQueue(store, run, pulls([5, 6, 7]))).toBe(1);
  await live(8);
  expect(await placeInQueue(store, run, pulls([2, 5, 6]))).toBe(0);
});

test('who came first goes first, and a place that is free is left to them', async () => {
  await live(1, 'queued');
  const second = await live(2, 'queued');
  const third = await live(3);
  expect(await placeInQueue(store, third, pulls([4, 5, 6, 7, 8]))).toBe(3);
  expect(await placeInQueue(store, second, pulls([4, 5, 6, 7, 8]))).toBe(2);
  expect(await placeInQueue(store, second, pulls([4, 5, 6, 7]))).toBe(2);
  expect(await placeInQueue(store, second, pulls([4, 5, 6]))).toBe(0);
});

test('a run that continues its open pull request needs no other place', async () => {
  const run = await live(1);
  expect(await placeInQueue(store, run, pulls([1, 2, 3, 4, 5]))).toBe(0);
});
