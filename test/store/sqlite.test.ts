import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashOf } from '../../src/run/artifacts.ts';
import { UserError } from '../../src/run/user-error.ts';
import { openStore } from '../../src/store/open.ts';
import { acquireProcessLock } from '../../src/store/process-lock.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'auto-build-sqlite-'));
  file = path.join(folder, 'db.sqlite');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('the database is in WAL mode, and a second connection can read while the first writes', async () => {
  const store = await openStore({ path: file });
  const reader = await openStore({ path: file });
  const { run } = await store.createRun({ owner: 'o', repo: 'r', repoId: 1, installationId: 1, issue: 1 });
  expect(await reader.run(run.id)).toEqual(run);
  const raw = new Database(file, { readonly: true });
  expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
  raw.close();
  await store.close();
  await reader.close();
});

test('a database of a newer version is refused with words', async () => {
  await (await openStore({ path: file })).close();
  const raw = new Database(file);
  raw.prepare('insert into kysely_migration values (?, ?)').run('9999-later', new Date().toISOString());
  raw.close();
  const refusal = await openStore({ path: file }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(UserError);
  expect(refusal).toMatchObject({ message: 'The database was written by a newer version of auto-build.' });
});

test('a migration that was cut off in the middle is completed', async () => {
  await (await openStore({ path: file })).close();
  const raw = new Database(file);
  raw.exec('delete from kysely_migration; drop table deliveries; drop index one_live_run_per_issue');
  raw.close();
  const store = await openStore({ path: file });
  expect(await store.deliveries.list({ limit: 1 })).toEqual([]);
  await store.close();
});

test('changed artifacts, lost facts and dangling rows are found', async () => {
  const store = await openStore({ path: file });
  const hash = await store.putArtifact('plan', { a: 1 });
  const { run } = await store.createRun({ owner: 'o', repo: 'r', repoId: 1, installationId: 1, issue: 1 });
  const raw = new Database(file);
  raw.pragma('foreign_keys = OFF');
  raw.exec(`update artifacts set body = '{"a":2}'; update runs set length = 3;
            insert into facts values ('gone', 0, '{}')`);
  raw.close();
  await expect(store.artifact(hash)).rejects.toThrow(/corrupt/);
  expect(await store.integrityCheck()).toEqual([
    'row 1 of facts points to a missing row of runs',
    `run ${run.id} says that it has 3 facts, 0 are there`,
    `artifact ${hashOf({ a: 1 })} (plan) has another hash`,
  ]);
  await store.close();
});

test('one process at a time, and a killed one leaves no lock behind', async () => {
  const lockFile = path.join(folder, 'auto-build.lock');
  const module = path.resolve('src/store/process-lock.ts');
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { acquireProcessLock } = await import(${JSON.stringify(module)});
     acquireProcessLock(${JSON.stringify(lockFile)});
     console.log('held');
     setInterval(() => {}, 1000);`,
  ]);
  await once(child.stdout, 'data');
  expect(() => acquireProcessLock(lockFile, 10)).toThrow(/Another auto-build process/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  acquireProcessLock(lockFile, 10).release();
  acquireProcessLock(lockFile, 10).release();
});
