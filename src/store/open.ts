import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { type Dialect, Kysely, SqliteDialect } from 'kysely';
import { openArtifacts } from './artifacts.ts';
import { createClock } from './clock.ts';
import { openDeliveries } from './deliveries.ts';
import { openEffects } from './effects.ts';
import { findProblems } from './integrity.ts';
import { openIssueIndex } from './issue-index.ts';
import { migrate } from './migrations.ts';
import { openProvenance } from './provenance.ts';
import { openRetention } from './retention.ts';
import { openRuns } from './runs.ts';
import type { Schema } from './schema.ts';
import type { Store } from './store.ts';
import { openTranscripts } from './transcripts.ts';

/**
 * Opens the store and brings its schema up to date.
 * @param where `path` of an SQLite file (its folder is made) or `:memory:`; or a kysely dialect for PostgreSQL
 */
export async function openStore(where: { path: string } | { dialect: Dialect }): Promise<Store> {
  const sqlite = 'path' in where ? openSqlite(where.path) : undefined;
  const dialect = 'dialect' in where ? where.dialect : new SqliteDialect({ database: sqlite! });
  const db = new Kysely<Schema>({ dialect });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const clock = createClock();
  return {
    ...openRuns(db, clock),
    ...openArtifacts(db, clock),
    effects: openEffects(db, clock),
    provenance: openProvenance(db, clock),
    transcripts: openTranscripts(db, clock),
    deliveries: openDeliveries(db, clock),
    issues: openIssueIndex(db),
    retention: openRetention(db),
    integrityCheck: () => findProblems(db, sqlite),
    close: () => db.destroy(),
  };
}

function openSqlite(file: string): Database.Database {
  // Private source and transcripts are in it: nobody else's business.
  if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const sqlite = new Database(file, { timeout: 5_000 });
  sqlite.pragma('journal_mode = WAL');
  // A 202 and a recorded effect are promises: they survive a power cut, not only a crash.
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  return sqlite;
}
