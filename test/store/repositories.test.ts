import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { databases, type TestDatabase } from './databases.ts';

const first = { owner: 'octo', repo: 'slug', repoId: 2 ** 33, installationId: 5, issue: 7 };
const ended = { state: 'canceled', outcome: 'closed', words: 'The issue was closed.' } as const;

describe.each(Object.entries(databases))('repositories in the store on %s', (_name, createDatabase) => {
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await createDatabase();
    store = await database.open();
  });
  afterEach(async () => {
    await store.close();
    await database.remove();
  });

  test('runs follow their repository to another name, owner and installation', async () => {
    const { run } = await store.createRun(first);
    const other = await store.createRun({ ...first, repo: 'other', repoId: 3, issue: 1 });
    await store.repositoryMoved({ id: first.repoId, owner: 'new-octo', name: 'slugs', installationId: 6 });
    expect(await store.run(run.id)).toMatchObject({ owner: 'new-octo', repo: 'slugs', installationId: 6 });
    expect(await store.run(other.run.id)).toMatchObject({ owner: 'octo', repo: 'other', installationId: 5 });
    expect((await store.repositories()).toSorted((a, b) => a.id - b.id)).toEqual([
      { id: 3, owner: 'octo', name: 'other', installationId: 5 },
      { id: first.repoId, owner: 'new-octo', name: 'slugs', installationId: 6 },
    ]);
  });

  test('up to when something was asked about is kept, and goes with its repository', async () => {
    expect(await store.heard.until(`repo:${first.repoId}`)).toBeUndefined();
    await store.createRun(first);
    await store.heard.set(`repo:${first.repoId}`, 1_000);
    await store.heard.set(`repo:${first.repoId}`, 2_000_000_000_000);
    await store.heard.set('deliveries', 3);
    await store.close();
    store = await database.open();
    expect(await store.heard.until(`repo:${first.repoId}`)).toBe(2_000_000_000_000);
    await store.retention.purge({ installationId: first.installationId });
    expect(await store.heard.until(`repo:${first.repoId}`)).toBeUndefined();
    expect(await store.heard.until('deliveries')).toBe(3);
  });

  test('ended runs whose last effect of a kind is missing or unfinished are found, however many came after', async () => {
    const ids: string[] = [];
    for (let issue = 1; issue <= 4; issue += 1) {
      const { run } = await store.createRun({ ...first, issue });
      ids.push(run.id);
      if (issue < 4) await store.append(run.id, { expected: 0, facts: [], artifacts: [], derived: ended });
    }
    const [missing, unfinished, done] = ids as [string, string, string, string];
    await store.effects.intend(missing, 'settled:9', 'settled', {});
    await store.effects.done(missing, 'settled:9', 'canceled');
    await store.effects.intend(unfinished, 'settled:0', 'settled', {});
    await store.effects.intend(done, 'settled:0', 'settled', {});
    await store.effects.done(done, 'settled:0', 'canceled');
    expect((await store.runsEndedWithout('settled')).map(({ id }) => id)).toEqual([missing, unfinished]);
  });
});
