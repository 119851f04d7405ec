import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { isTerminal, runStates } from '../run/state.ts';
import { UserError } from '../run/user-error.ts';
import { issueTables } from './issue-tables.ts';
import type { Db } from './schema.ts';

// Only types and clauses that SQLite and PostgreSQL both have. `if not exists` everywhere, because SQLite does not
// roll DDL back when a migration is cut off in the middle: it has to be able to run again.
const migrations: Record<string, Migration> = {
  '0001-first': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('runs')
        .ifNotExists()
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('repo', 'text', (column) => column.notNull())
        .addColumn('repo_id', 'bigint', (column) => column.notNull())
        .addColumn('installation_id', 'bigint', (column) => column.notNull())
        .addColumn('issue', 'integer', (column) => column.notNull())
        .addColumn('branch', 'text')
        .addColumn('pull_request', 'integer')
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('outcome', 'text')
        .addColumn('words', 'text', (column) => column.notNull())
        .addColumn('length', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .execute();
      const live = sql.join(runStates.filter((state) => !isTerminal(state)).map((state) => sql.lit(state)));
      await sql`create unique index if not exists one_live_run_per_issue on runs (repo_id, issue)
                where state in (${live})`.execute(db);
      await db.schema
        .createIndex('runs_of_issue')
        .ifNotExists()
        .on('runs')
        .columns(['repo_id', 'issue', 'id'])
        .execute();

      await db.schema
        .createTable('facts')
        .ifNotExists()
        .addColumn('run', 'text', (column) => column.notNull().references('runs.id'))
        .addColumn('seq', 'integer', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('facts_pk', ['run', 'seq'])
        .execute();

      // Two kinds of artifact may have equal content, and so one hash.
      await db.schema
        .createTable('artifacts')
        .ifNotExists()
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('size', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('artifacts_pk', ['hash', 'kind'])
        .execute();

      await db.schema
        .createTable('effects')
        .ifNotExists()
        .addColumn('run', 'text', (column) => column.notNull().references('runs.id'))
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('intent', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('external_id', 'text')
        .addColumn('error', 'text')
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('position', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('effects_pk', ['run', 'key'])
        .execute();

      await db.schema
        .createTable('provenance')
        .ifNotExists()
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('run', 'text', (column) => column.notNull().references('runs.id'))
        .addColumn('phase', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull())
        .addColumn('exposed', 'text', (column) => column.notNull())
        .addColumn('text', 'text')
        .addColumn('text_hash', 'text')
        .addColumn('image', 'text')
        .addColumn('network', 'text')
        .addColumn('position', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('provenance_of_run')
        .ifNotExists()
        .on('provenance')
        .columns(['run', 'position'])
        .execute();

      await db.schema
        .createTable('transcripts')
        .ifNotExists()
        .addColumn('call', 'text', (column) => column.primaryKey())
        .addColumn('run', 'text', (column) => column.notNull().references('runs.id'))
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('position', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('transcripts_of_run')
        .ifNotExists()
        .on('transcripts')
        .columns(['run', 'position'])
        .execute();

      await db.schema
        .createTable('deliveries')
        .ifNotExists()
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('identity', 'text', (column) => column.unique())
        .addColumn('lane', 'text', (column) => column.notNull())
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('position', 'bigint', (column) => column.notNull())
        .addColumn('received_at', 'bigint', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('error', 'text')
        .execute();
      await sql`create index if not exists deliveries_pending on deliveries (position)
                where state = 'pending'`.execute(db);
    },
  },
  '0002-issues': issueTables,
  '0003-heard': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('heard')
        .ifNotExists()
        .addColumn('of', 'text', (column) => column.primaryKey())
        .addColumn('until', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
};

/** Brings the database to the newest schema. Rejects with words when a newer program has been here. */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  if (rows.some((row) => !(row.name in migrations))) {
    throw new UserError('The database was written by a newer version of auto-build.', {
      next: 'Start that version again, or point DATA_DIR to another folder.',
      cause: error,
    });
  }
  throw new Error('the database schema could not be brought up to date', { cause: error });
}
