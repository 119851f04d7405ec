import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { UserError } from '../run/user-error.ts';

/** A connection that is collected as garbage lets its lock go: these stay reachable, whoever forgets the handle. */
const held = new Set<Database.Database>();

/**
 * Makes sure that one process at a time works on a data directory. The lock is the operating system's, held through
 * an open SQLite transaction, so it ends with the process however that dies; there is no stale file to clean up.
 * @param file kept beside the database; it stays empty
 * @param waitMs how long a predecessor that is still stopping gets
 */
export function acquireProcessLock(file: string, waitMs = 3_000): { release(): void } {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const lock = new Database(file, { timeout: waitMs });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') {
      throw new UserError(`Another auto-build process already works on ${path.dirname(file)}.`, {
        next: 'Stop it first, or give this one a DATA_DIR of its own.',
        cause: error,
      });
    }
    throw error;
  }
  held.add(lock);
  return {
    release() {
      held.delete(lock);
      lock.close();
    },
  };
}
