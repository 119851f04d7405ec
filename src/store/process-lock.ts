import { mkdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { UserError } from '../run/user-error.ts';
import { withWords } from './storage-trouble.ts';

/** A connection that is collected as garbage lets its lock go: these stay reachable, whoever forgets the handle. */
const held = new Set<Database.Database>();

export interface ProcessLock {
  /**
   * The file was not here when the lock was last taken: nobody has had it, or it was deleted or put back meanwhile, and
   * then whoever holds the old one may be alive, stopped, and know nothing of it.
   */
  readonly isNew: boolean;
  /** False when another file, or none, is in the place of the one that is locked: then this lock keeps nobody out. */
  isHeld(): boolean;
  release(): void;
}

/**
 * Makes sure that one process at a time works on a data directory. The lock is the operating system's, held through
 * an open SQLite transaction, so it ends with the process however that dies; there is no stale file to clean up.
 * @param file kept beside the database
 * @param waitMs how long a predecessor that is still stopping gets
 */
export function acquireProcessLock(file: string, waitMs = 3_000): ProcessLock {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const lock = openLock(file, waitMs);
  let own: Stats;
  let isNew: boolean;
  try {
    lock.exec('BEGIN EXCLUSIVE');
    own = statSync(file);
    // As the file cannot be another while somebody has it open, its number is enough to know it by.
    const number = own.ino % 2 ** 31;
    isNew = lock.pragma('user_version', { simple: true }) !== number;
    if (isNew) {
      lock.pragma(`user_version = ${number}`);
      lock.exec('COMMIT; BEGIN EXCLUSIVE');
    }
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') {
      throw new UserError(`Another auto-build process already works on ${path.dirname(file)}.`, {
        next: 'Stop it first, or give this one a DATA_DIR of its own.',
        cause: error,
      });
    }
    throw withWords(error, file);
  }
  held.add(lock);
  return {
    isNew,
    isHeld() {
      const now = statSync(file, { throwIfNoEntry: false });
      return now?.ino === own.ino && now.dev === own.dev;
    },
    release() {
      held.delete(lock);
      lock.close();
    },
  };
}

function openLock(file: string, waitMs: number): Database.Database {
  try {
    return new Database(file, { timeout: waitMs });
  } catch (error) {
    throw withWords(error, file);
  }
}
