import { existsSync } from 'node:fs';
import { access, copyFile, link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { UserError } from '../run/user-error.ts';
import { databaseIn, lockIn } from './files.ts';
import { openStore } from './open.ts';
import { acquireProcessLock } from './process-lock.ts';
import { withWords } from './storage-trouble.ts';

/**
 * Writes a copy of the database as it is at one moment, while a server goes on writing to it. What is there in the end
 * is whole and on disk, or not there at all. Throws a UserError where that cannot be.
 * @param file must not exist
 * @returns its size in bytes
 */
export async function backUp(dataDir: string, file: string): Promise<number> {
  const database = databaseIn(dataDir);
  if (!existsSync(database)) {
    throw new UserError(`There is no database in ${dataDir}.`, {
      next: 'Set DATA_DIR to the folder that the server uses.',
    });
  }
  if (existsSync(file)) {
    throw new UserError(`${file} exists already.`, { next: 'Name a file that does not exist yet.' });
  }
  const partial = `${file}.partial`;
  try {
    await rm(partial, { force: true });
    // Private source and transcripts are in it. SQLite fills a file that is there if it is empty.
    await (await open(partial, 'wx', 0o600)).close();
    vacuumInto(database, partial);
    checkPages(partial);
    const size = await sync(partial);
    await rename(partial, file);
    await sync(path.dirname(file));
    return size;
  } catch (error) {
    await rm(partial, { force: true });
    throw withWords(error, partial);
  }
}

/** One transaction of a reader: whatever is written meanwhile is not in it, and nobody waits. */
function vacuumInto(database: string, copy: string): void {
  const source = new Database(database, { readonly: true, timeout: 5_000 });
  try {
    source.prepare('vacuum into ?').run(copy);
  } finally {
    source.close();
  }
}

function checkPages(file: string): void {
  const copy = new Database(file, { readonly: true });
  try {
    const found = copy.pragma('integrity_check', { simple: true });
    if (found !== 'ok') {
      throw new UserError(`The copy is damaged, and so may be the database: ${found}`, {
        next: 'Run doctor, which reads all of the database.',
      });
    }
  } finally {
    copy.close();
  }
}

/**
 * Puts a copy in the place of the database, which is kept beside it. No server may be at work on it. The copy is first
 * checked to the last row and brought to this version's schema; until all of that has gone well nothing is touched.
 * @returns where the database that was there is now; undefined when there was none
 */
export async function restore(dataDir: string, file: string, now: Date): Promise<string | undefined> {
  await access(file).catch((cause) => {
    throw new UserError(`${file} cannot be read.`, { next: 'Name a file that backup has written.', cause });
  });
  const lock = acquireProcessLock(lockIn(dataDir));
  try {
    const database = databaseIn(dataDir);
    const prepared = `${database}.restoring`;
    for (const each of withLog(prepared)) await rm(each, { force: true });
    try {
      await copyFile(file, prepared);
      await checkRows(prepared, file);
      await sync(prepared);
      const replaced = `${database}.replaced-${now.toISOString().replaceAll(':', '-')}`;
      const kept = await putAside(database, replaced);
      await rename(prepared, database);
      await sync(dataDir);
      return kept ? replaced : undefined;
    } finally {
      for (const each of withLog(prepared)) await rm(each, { force: true });
    }
  } finally {
    lock.release();
  }
}

async function checkRows(prepared: string, file: string): Promise<void> {
  requireOurs(prepared, file);
  const store = await openStore({ path: prepared });
  try {
    const problems = await store.integrityCheck();
    if (problems.length > 0) {
      throw new UserError(`${file} is damaged: ${problems.slice(0, 5).join('; ')}.`, {
        next: 'Take an older copy.',
      });
    }
  } finally {
    await store.close();
  }
}

/** Opening any other file would make an empty database of ours in it. */
function requireOurs(prepared: string, file: string): void {
  let ours: unknown;
  try {
    const copy = new Database(prepared, { readonly: true });
    try {
      ours = copy.prepare("select 1 from sqlite_master where name = 'kysely_migration'").get();
    } finally {
      copy.close();
    }
  } catch (cause) {
    throw new UserError(`${file} is no database, or damaged.`, { next: 'Take an older copy.', cause });
  }
  if (ours === undefined) {
    throw new UserError(`${file} is not a database of auto-build.`, {
      next: 'Name a file that backup has written.',
    });
  }
}

/**
 * A link, so that at no moment there is no database. The write-ahead log goes before it is replaced: without its log the
 * old one is only some moments older, while the new one would be damaged by a log that is not its own.
 */
async function putAside(database: string, replaced: string): Promise<boolean> {
  if (!existsSync(database)) return false;
  await link(database, replaced);
  if (existsSync(`${database}-wal`)) await rename(`${database}-wal`, `${replaced}-wal`);
  await rm(`${database}-shm`, { force: true });
  return true;
}

/** A database, its write-ahead log and the log's index. */
const withLog = (database: string): string[] => ['', '-wal', '-shm'].map((end) => `${database}${end}`);

/** Resolves when the file, or the names in the folder, are on disk. */
async function sync(at: string): Promise<number> {
  const handle = await open(at, 'r');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
