import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hashOf } from '../../src/run/artifacts.ts';
import type { Fact } from '../../src/run/facts.ts';
import type { IndexedIssue, NewRun, Store } from '../../src/store/store.ts';
import { databases, type TestDatabase } from './databases.ts';

// The first that needs PostgreSQL waits until it has started.
vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 });

const repo = 2 ** 33;
const other = 7;

function issue(number: number, title: string, body = '', over: Partial<IndexedIssue> = {}): IndexedIssue {
  return { number, kind: 'issue', state: 'open', title, body, updatedAt: number, ...over };
}

describe.each(Object.entries(databases))('the index of issues on %s', (_name, createDatabase) => {
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await createDatabase();
    store = await database.open();
  });
  afterEach(async () => {
    expect(await store.integrityCheck()).toEqual([]);
    await store.close();
    await database.remove();
  });

  const find = async (terms: string[], except = 0) =>
    (await store.issues.search(repo, { terms, except, limit: 10 })).map(({ number }) => number);

  test('finds by stem, the title before the text, what has more of the words first', async () => {
    await store.issues.put(repo, [
      issue(1, 'Docs', 'slugify is mentioned here'),
      issue(2, 'slugify crashes', 'on an empty string'),
      issue(3, 'Something else', 'entirely'),
      issue(4, 'Crash', 'in truncate'),
    ]);
    expect(await find(['slugify', 'crash'])).toEqual([2, 4, 1]);
    expect(await find(['crashing'])).toEqual(expect.arrayContaining([2, 4]));
    expect(await find(['slugify', 'crash'], 2)).toEqual([4, 1]);
    expect(await find(['nothing'])).toEqual([]);
  });

  test('gives back what it was told last, and forgets', async () => {
    await store.issues.put(repo, [issue(1, 'slugify crashes', 'old words')]);
    await store.issues.put(repo, [
      issue(1, 'truncate hangs', 'new', { state: 'merged', kind: 'pull-request' }),
    ]);
    expect(await find(['slugify'])).toEqual([]);
    expect(await store.issues.search(repo, { terms: ['truncate'], except: 0, limit: 1 })).toEqual([
      { number: 1, kind: 'pull-request', state: 'merged', title: 'truncate hangs', body: 'new' },
    ]);
    await store.issues.remove(repo, 1);
    expect(await find(['truncate'])).toEqual([]);
    expect(await store.issues.size(repo)).toBe(0);
  });

  test('keeps repositories apart', async () => {
    await store.issues.put(other, [issue(1, 'slugify crashes')]);
    await store.issues.put(repo, [issue(2, 'slugify crashes')]);
    expect(await find(['slugify'])).toEqual([2]);
    await store.issues.setFilledUntil(other, 5);
    await store.issues.remove(repo, 1);
    expect(await find(['slugify'])).toEqual([2]);
    expect(await store.issues.size(other)).toBe(1);
    expect(await store.issues.filledUntil(other)).toBe(5);
  });

  test('knows how far it was filled', async () => {
    expect(await store.issues.filledUntil(repo)).toBeUndefined();
    await store.issues.setFilledUntil(repo, 1_700_000_000_000);
    await store.issues.setFilledUntil(repo, 1_700_000_000_001);
    expect(await store.issues.filledUntil(repo)).toBe(1_700_000_000_001);
  });

  test('takes whatever people write, in texts and in terms', async () => {
    const hostile = `"; drop table issues; -- NEAR( * ^ \0 \u{D800} ' OR 1=1 {title} : r${repo}`;
    await store.issues.put(repo, [issue(1, hostile, hostile), issue(1, hostile, 'again')]);
    expect(await find(['"', '*', 'NEAR(', "' OR", 'title:x', '', '&|!', hostile])).toBeDefined();
    expect(await find(['drop'])).toEqual([1]);
    expect(await find(Array.from({ length: 500 }, (_, at) => `term${at}`))).toEqual([]);
    expect(await find([])).toEqual([]);
  });

  test('finds among 5,000 issues in a moment', async () => {
    const words = 'alpha beta gamma delta epsilon zeta eta theta iota kappa'.split(' ');
    const many = Array.from({ length: 5_000 }, (_, at) =>
      issue(
        at + 1,
        `${words[at % 10]} ${words[(at * 7) % 10]} item${at}`,
        `${words.join(' ')} text of issue ${at} `.repeat(4),
      ),
    );
    await store.issues.put(repo, many);
    const startedAt = performance.now();
    expect((await find(['item4321', 'alpha', ...words]))[0]).toBe(4322);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe.each(Object.entries(databases))('the past of a repository on %s', (_name, createDatabase) => {
  test('runs that ended, and what was spent since', async () => {
    const database = await createDatabase();
    const store = await database.open();
    const run = (repoId: number, issue: number): NewRun => ({
      owner: 'octo',
      repo: 'slug',
      repoId,
      installationId: 5,
      issue,
    });
    const spent = (at: number, usd: number): Fact => ({
      fact: 'made',
      at,
      phase: 'spec',
      kind: 'plan',
      round: {},
      inputs: [],
      hash: hashOf('x'),
      cost: { ms: 1, usd },
      result: { pass: true },
    });
    const begin = async (repoId: number, issue: number, facts: Fact[], ended: boolean) =>
      store.createRun({
        ...run(repoId, issue),
        begin: {
          facts,
          artifacts: [{ kind: 'plan', body: 'x' }],
          derived: ended
            ? { state: 'failed', outcome: 'rejected', words: '' }
            : { state: 'running', outcome: null, words: '' },
        },
      });
    const now = Date.now();
    await begin(repo, 1, [spent(now - 1_000, 1), spent(now, 2)], true);
    await begin(repo, 2, [spent(now, 4)], false);
    await begin(other, 1, [spent(now, 8)], true);
    expect((await store.finishedRuns(repo, { limit: 5 })).map(({ issue }) => issue)).toEqual([1]);
    expect(await store.spentSince(now, repo)).toBe(6);
    expect(await store.spentSince(now)).toBe(14);
    expect(await store.spentSince(now - 1_000)).toBe(15);
    await store.close();
    await database.remove();
  });
});
