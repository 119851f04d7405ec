import { SqliteAdapter, sql } from 'kysely';
import type { Db } from './schema.ts';
import type { FoundIssue, IndexedIssue, IssueIndex } from './store.ts';
import { storable } from './text-column.ts';

/** As much of a text as says what is asked for; logs go on for ever. */
const maxBody = 8_000;
const maxTerms = 60;
/** Rows of one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const batch = 200;

/**
 * Full text over issues and pull requests: FTS5 on SQLite, tsvector on PostgreSQL, behind one interface. It proposes
 * (recall); who decides compares the texts themselves, so the two may rank a little differently.
 */
export function openIssueIndex(db: Db): IssueIndex {
  const words = isSqlite(db) ? sqliteWords : postgresWords;
  return {
    async put(repoId, issues) {
      for (let at = 0; at < issues.length; at += batch) {
        const part = newestOfEach(issues.slice(at, at + batch));
        await db.transaction().execute(async (transaction) => {
          await transaction
            .deleteFrom('issues')
            .where('repo_id', '=', repoId)
            .where(
              'number',
              'in',
              part.map(({ number }) => number),
            )
            .execute();
          const rows = part.map((issue) => ({
            repo_id: repoId,
            number: issue.number,
            kind: issue.kind,
            state: issue.state,
            title: storable(issue.title),
            body: storable(issue.body.slice(0, maxBody)),
            updated_at: issue.updatedAt,
          }));
          await transaction.insertInto('issues').values(rows).execute();
        });
      }
    },

    async remove(repoId, number) {
      await db.deleteFrom('issues').where('repo_id', '=', repoId).where('number', '=', number).execute();
    },

    async search(repoId, { terms, except, limit }) {
      const wanted = terms.map((term) => term.replaceAll(/[^\p{L}\p{N}_]+/gu, '')).filter(Boolean);
      if (wanted.length === 0) return [];
      const rows = await words(db, repoId, wanted.slice(0, maxTerms), except, limit);
      return rows.map((row) => ({
        number: row.number,
        kind: row.kind as FoundIssue['kind'],
        state: row.state as FoundIssue['state'],
        title: row.title,
        body: row.body,
      }));
    },

    async size(repoId) {
      const { count } = await db
        .selectFrom('issues')
        .select((select) => select.fn.countAll().as('count'))
        .where('repo_id', '=', repoId)
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    async filledUntil(repoId) {
      const row = await db
        .selectFrom('issue_indexes')
        .select('filled_until')
        .where('repo_id', '=', repoId)
        .executeTakeFirst();
      return row && Number(row.filled_until);
    },

    async setFilledUntil(repoId, at) {
      await db
        .insertInto('issue_indexes')
        .values({ repo_id: repoId, filled_until: at })
        .onConflict((conflict) => conflict.column('repo_id').doUpdateSet({ filled_until: at }))
        .execute();
    },
  };
}

export function isSqlite(db: Pick<Db, 'getExecutor'>): boolean {
  return db.getExecutor().adapter instanceof SqliteAdapter;
}

/** Pages that are read while issues change can hold one of them twice. */
function newestOfEach(issues: readonly IndexedIssue[]): IndexedIssue[] {
  const byNumber = new Map<number, IndexedIssue>();
  for (const issue of issues) {
    const known = byNumber.get(issue.number);
    if (!known || known.updatedAt <= issue.updatedAt) byNumber.set(issue.number, issue);
  }
  return [...byNumber.values()];
}

interface Row {
  number: number;
  kind: string;
  state: string;
  title: string;
  body: string;
}

type Search = (db: Db, repoId: number, terms: string[], except: number, limit: number) => Promise<Row[]>;

/** The repository is a word of each row, so that one search reads the rows of one repository only. */
const sqliteWords: Search = async (db, repoId, terms, except, limit) => {
  const any = terms.map((term) => `"${term}"`).join(' OR ');
  const query = `repository : "r${repoId}" AND ({title body} : (${any}))`;
  const { rows } = await sql<Row>`
    select issues.number, issues.kind, issues.state, issues.title, issues.body
    from issue_words join issues on issues.id = issue_words.rowid
    where issue_words match ${query} and issues.number <> ${except}
    order by bm25(issue_words, 0.0, 3.0, 1.0) limit ${limit}`.execute(db);
  return rows;
};

/** Weights of D, C, B, A: the body is D, the title is A. 1: divided by the logarithm of the length. */
const postgresWords: Search = async (db, repoId, terms, except, limit) => {
  // Each term goes through the dictionary on its own: what becomes of it is an operand, never an operator.
  const each = terms.map((term) => sql`plainto_tsquery('english', ${term})`);
  const { rows } = await sql<Row>`
    with asked as (select ${sql.join(each, sql` || `)} as words)
    select number, kind, state, title, body from issues, asked
    where repo_id = ${repoId} and number <> ${except} and issues.words @@ asked.words
    order by ts_rank('{0.33, 0.33, 0.33, 1}', issues.words, asked.words, 1) desc, number desc
    limit ${limit}`.execute(db);
  return rows;
};
