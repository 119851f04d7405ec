import { copyFile, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backUp, restore } from '../../src/store/backup.ts';
import { databaseIn, lockIn } from '../../src/store/files.ts';
import { openStore } from '../../src/store/open.ts';
import { acquireProcessLock } from '../../src/store/process-lock.ts';
import type { Store } from '../../src/store/store.ts';

let folder: string;
let dataDir: string;
let copy: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'auto-build-backup-'));
  dataDir = path.join(folder, 'data');
  copy = path.join(folder, 'copy.sqlite');
  store = await openStore({ path: databaseIn(dataDir) });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const insert = (id: string) =>
  store.deliveries.insertMany([
    { id, name: 'push', identity: undefined, lane: 'repo:1', payload: '{}', receivedAt: 1 },
  ]);
async function idsIn(file: string): Promise<string[]> {
  const opened = await openStore({ path: file });
  const ids = (await opened.deliveries.list({ limit: 10_000 })).map(({ id }) => id);
  await opened.close();
  return ids.reverse();
}
const at = new Date('2026-05-03T10:11:12.130Z');

describe('a backup', () => {
  test('has everything that was stored before, and is whole, while the server goes on writing', async () => {
    for (let index = 0; index < 50; index += 1) await insert(`before-${index}`);
    let writing = true;
    const writer = (async () => {
      for (let index = 0; writing; index += 1) {
        await insert(`during-${index}`);
        await new Promise(setImmediate);
      }
    })();
    const lock = acquireProcessLock(lockIn(dataDir));
    const bytes = await backUp(dataDir, copy);
    writing = false;
    await writer;
    lock.release();
    expect((await stat(copy)).size).toBe(bytes);
    // Private source is in it.
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect((await idsIn(copy)).slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, n) => `before-${n}`));
    const opened = await openStore({ path: copy });
    expect(await opened.integrityCheck()).toEqual([]);
    await opened.close();
  });

  test('replaces nothing, and leaves nothing behind that is not whole', async () => {
    await backUp(dataDir, copy);
    await expect(backUp(dataDir, copy)).rejects.toThrow('exists already');
    await expect(backUp(path.join(folder, 'elsewhere'), `${copy}2`)).rejects.toThrow('There is no database');
    await store.close();
    await damage(databaseIn(dataDir));
    await expect(backUp(dataDir, `${copy}2`)).rejects.toThrow('damaged');
    expect((await readdir(folder)).sort()).toEqual(['copy.sqlite', 'data']);
  });
});

describe('restoring', () => {
  test('puts a copy back and keeps what was there, up to the last row', async () => {
    await insert('a');
    await backUp(dataDir, copy);
    await insert('b');
    // Not closed: the last row is in the write-ahead log alone, as after a crash.
    const replaced = await restore(dataDir, copy, at);
    expect(replaced).toBe(`${databaseIn(dataDir)}.replaced-2026-05-03T10-11-12.130Z`);
    expect(await idsIn(databaseIn(dataDir))).toEqual(['a']);
    expect(await idsIn(replaced!)).toEqual(['a', 'b']);
    expect(await restore(path.join(folder, 'new'), copy, at)).toBeUndefined();
  });

  test('is refused while a server is at work', async () => {
    await backUp(dataDir, copy);
    const lock = acquireProcessLock(lockIn(dataDir));
    await expect(restore(dataDir, copy, at)).rejects.toThrow('Another auto-build process');
    lock.release();
  });

  test.each<[string, RegExp, () => Promise<unknown>]>([
    ['a file that is not there', /cannot be read/, () => rm(copy)],
    ['a file that is no database', /is no database, or damaged/, () => writeFile(copy, 'x'.repeat(10_000))],
    ['an empty file', /not a database of auto-build/, () => writeFile(copy, '')],
    ['a damaged copy', /damaged/, () => damage(copy)],
    ['half a copy', /damaged/, async () => truncate(copy, (await stat(copy)).size - 8_192)],
    [
      'a copy with a history that has a hole',
      /has 3 facts/,
      async () => {
        await store.createRun({ owner: 'o', repo: 'r', repoId: 1, installationId: 1, issue: 1 });
        await rm(copy);
        await backUp(dataDir, copy);
        change(copy, 'update runs set length = 3');
      },
    ],
    [
      "a newer version's copy",
      /newer version/,
      async () => change(copy, `insert into kysely_migration values ('9999-later', '2030')`),
    ],
  ])('%s is refused, and nothing is touched', async (_name, words, prepare) => {
    await insert('a');
    await backUp(dataDir, copy);
    await prepare();
    const before = (await readdir(dataDir)).filter((name) => !name.includes('lock'));
    await expect(restore(dataDir, copy, at)).rejects.toThrow(words);
    expect((await readdir(dataDir)).filter((name) => !name.includes('lock'))).toEqual(before);
    expect((await store.deliveries.list({ limit: 5 })).map(({ id }) => id)).toEqual(['a']);
  });

  test('leaves the copy as it was', async () => {
    await backUp(dataDir, copy);
    await copyFile(copy, `${copy}.second`);
    await restore(dataDir, copy, at);
    await restore(dataDir, `${copy}.second`, new Date(at.getTime() + 1));
    expect((await readdir(folder)).sort()).toEqual(['copy.sqlite', 'copy.sqlite.second', 'data']);
  });
});

function change(file: string, statement: string): void {
  const sqlite = new Database(file);
  sqlite.exec(statement);
  sqlite.close();
}

/** Every page but the first says something else. */
async function damage(file: string): Promise<void> {
  const { size } = await stat(file);
  await truncate(file, 4_096);
  await truncate(file, size);
}
