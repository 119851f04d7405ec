import { type FileHandle, open } from 'node:fs/promises';
import { sql } from 'kysely';
import type { Db } from './schema.ts';

/** How transactions that are many come to be on disk. */
export interface Durability {
  /** The transaction is on disk when this resolves. */
  durable<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;
  /** It is on disk with the next one that has to be; a power cut before that undoes it. */
  lax<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** The database sees to it by itself. */
export function ordinary(db: Db): Durability {
  const commit: Durability['durable'] = (work) => db.transaction().execute(work);
  return { durable: commit, lax: commit, close: async () => {} };
}

/**
 * At `synchronous = FULL` SQLite ends a commit by syncing the write-ahead log, and the whole process stands still
 * meanwhile: for milliseconds, on a busy disk. The same call is made here after the commit, in a thread of its own, so that
 * more can arrive in that time. Every other transaction stays as SQLite does it.
 */
export async function syncedBeside(db: Db, file: string): Promise<Durability> {
  // SQLite keeps this file for as long as the database is open.
  const log: FileHandle = await open(`${file}-wal`, 'r+');
  const lax: Durability['lax'] = (work) =>
    db.connection().execute(async (connection) => {
      await sql`pragma synchronous = normal`.execute(connection);
      try {
        return await connection.transaction().execute(work);
      } finally {
        await sql`pragma synchronous = full`.execute(connection);
      }
    });
  return {
    lax,
    async durable(work) {
      const result = await lax(work);
      await log.datasync();
      return result;
    },
    close: () => log.close(),
  };
}
