import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { isSqlite } from './issue-index.ts';
import type { Db } from './schema.ts';

/** The index of issues and pull requests; the words are kept in step by the database itself. */
export const issueTables: Migration = {
  async up(db: Kysely<unknown>) {
    const sqlite = isSqlite(db as Db);
    const id = sqlite ? sql`integer primary key` : sql`bigserial primary key`;
    await sql`create table if not exists issues (
      id ${id},
      repo_id bigint not null,
      number integer not null,
      kind text not null,
      state text not null,
      title text not null,
      body text not null,
      updated_at bigint not null
    )`.execute(db);
    await sql`create unique index if not exists issues_by_number on issues (repo_id, number)`.execute(db);
    await sql`create table if not exists issue_indexes (
      repo_id bigint primary key,
      filled_until bigint not null
    )`.execute(db);
    await (sqlite ? addSqliteWords(db) : addPostgresWords(db));
  },
};

async function addSqliteWords(db: Kysely<unknown>): Promise<void> {
  // The texts themselves are in `issues`: here are only the words that lead to them.
  await sql`create virtual table if not exists issue_words using fts5(
    repository, title, body, content='', contentless_delete=1, tokenize='porter unicode61'
  )`.execute(db);
  await sql`create trigger if not exists issue_words_added after insert on issues begin
    insert into issue_words (rowid, repository, title, body)
    values (new.id, 'r' || new.repo_id, new.title, new.body);
  end`.execute(db);
  await sql`create trigger if not exists issue_words_removed after delete on issues begin
    delete from issue_words where rowid = old.id;
  end`.execute(db);
}

async function addPostgresWords(db: Kysely<unknown>): Promise<void> {
  await sql`alter table issues add column if not exists words tsvector generated always as (
    setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'D')
  ) stored`.execute(db);
  await sql`create index if not exists issues_words on issues using gin (words)`.execute(db);
}
