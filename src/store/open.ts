import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { type Dialect, type Driver, Kysely, SqliteDialect, sql } from 'kysely';
import { openArtifacts } from './artifacts.ts';
import { createClock } from './clock.ts';
import { openDeliveries } from './deliveries.ts';
import { ordinary, syncedBeside } from './durability.ts';
import { openEffects } from './effects.ts';
import { findProblems } from './integrity.ts';
import { openIssueIndex } from './issue-index.ts';
import { migrate } from './migrations.ts';
import { openProvenance } from './provenance.ts';
import { openRepositories } from './repositories.ts';
import { openRetention } from './retention.ts';
import { openRuns } from './runs.ts';
import type { Schema } from './schema.ts';
import { type StorageTrouble, storageTrouble, withWords } from './storage-trouble.ts';
import type { Store } from './store.ts';
import { openTranscripts } from './transcripts.ts';

/**
 * Opens the store and brings its schema up to date.
 * @param where `path` of an SQLite file (its folder is made) or `:memory:`; or a kysely dialect for PostgreSQL
 */
export async function openStore(where: { path: string } | { dialect: Dialect }): Promise<Store> {
  const sqlite = 'path' in where ? openSqlite(where.path) : undefined;
  const dialect = 'dialect' in where ? where.dialect : new OwnSqliteDialect(sqlite!);
  let trouble: StorageTrouble | undefined;
  const db = new Kysely<Schema>({
    dialect,
    log(event) {
      if (event.level === 'error') trouble = storageTrouble(event.error) ?? trouble;
    },
  });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw 'path' in where ? withWords(error, where.path) : error;
  }
  const durability =
    'path' in where && where.path !== ':memory:' ? await syncedBeside(db, where.path) : ordinary(db);
  const clock = createClock();
  return {
    ...openRuns(db, clock),
    ...openArtifacts(db, clock),
    ...openRepositories(db),
    effects: openEffects(db, clock),
    provenance: openProvenance(db, clock),
    transcripts: openTranscripts(db, clock),
    deliveries: openDeliveries(db, clock, durability),
    issues: openIssueIndex(db),
    retention: openRetention(db),
    integrityCheck: () => findProblems(db, sqlite),
    trouble: () => trouble,
    async tryAgain() {
      if (trouble === undefined) return;
      // Writes a page and syncs it, and changes nothing.
      if (sqlite) await sql`pragma user_version = 0`.execute(db);
      trouble = undefined;
    },
    async close() {
      await db.destroy();
      await durability.close();
    },
  };
}

/** A full disk rolls a transaction back by itself; asking for it again would hide what happened behind another error. */
class OwnSqliteDialect extends SqliteDialect {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    const driver = super.createDriver();
    const rollBack = driver.rollbackTransaction.bind(driver);
    driver.rollbackTransaction = async (connection) => {
      if (this.#database.inTransaction) await rollBack(connection);
    };
    return driver;
  }
}

function openSqlite(file: string): Database.Database {
  // Private source and transcripts are in it: nobody else's business.
  if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    const wasCutOff = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
    const sqlite = new Database(file, { timeout: 5_000 });
    try {
      sqlite.pragma('journal_mode = WAL');
      // A 202 and a recorded effect are promises: they survive a power cut, not only a crash.
      sqlite.pragma('synchronous = FULL');
      // 16 MB: pages that change all the time are written back less often.
      sqlite.pragma('wal_autocheckpoint = 4000');
      sqlite.pragma('foreign_keys = ON');
      // Whoever had it did not close it. What was recovered is looked at before anything is built on it.
      if (wasCutOff) requireSound(sqlite);
      return sqlite;
    } catch (error) {
      sqlite.close();
      throw error;
    }
  } catch (error) {
    throw withWords(error, file);
  }
}

function requireSound(sqlite: Database.Database): void {
  const found = sqlite.pragma('quick_check(1)', { simple: true });
  if (found === 'ok') return;
  throw new Database.SqliteError(String(found), 'SQLITE_CORRUPT');
}
