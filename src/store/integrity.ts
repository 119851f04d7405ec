import type Database from 'better-sqlite3';
import { sha256 } from './artifacts.ts';
import type { Db } from './schema.ts';

/** Looks at everything once; words for each thing that is not as it must be. */
export async function findProblems(db: Db, sqlite: Database.Database | undefined): Promise<string[]> {
  return [
    ...(sqlite ? findSqliteProblems(sqlite) : []),
    ...(await findBrokenHistories(db)),
    ...(await findCorruptArtifacts(db)),
  ];
}

function findSqliteProblems(sqlite: Database.Database): string[] {
  const pages = sqlite.pragma('integrity_check') as { integrity_check: string }[];
  const references = sqlite.pragma('foreign_key_check') as { table: string; rowid: number; parent: string }[];
  return [
    ...pages.map((row) => row.integrity_check).filter((words) => words !== 'ok'),
    ...references.map((row) => `row ${row.rowid} of ${row.table} points to a missing row of ${row.parent}`),
  ];
}

async function findBrokenHistories(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .leftJoin('facts', 'facts.run', 'runs.id')
    .select((select) => [
      'runs.id',
      'runs.length',
      select.fn.count('facts.seq').as('facts'),
      select.fn.max('facts.seq').as('last'),
    ])
    .groupBy(['runs.id', 'runs.length'])
    .execute();
  return rows
    .filter((row) => Number(row.facts) !== row.length || Number(row.last ?? -1) !== row.length - 1)
    .map((row) => `run ${row.id} says that it has ${row.length} facts, ${Number(row.facts)} are there`);
}

/** One at a time: the bodies together may be larger than memory. */
async function findCorruptArtifacts(db: Db): Promise<string[]> {
  const problems: string[] = [];
  for (const { hash, kind } of await db.selectFrom('artifacts').select(['hash', 'kind']).execute()) {
    const row = await db
      .selectFrom('artifacts')
      .select('body')
      .where('hash', '=', hash)
      .where('kind', '=', kind)
      .executeTakeFirst();
    if (row && sha256(row.body) !== hash) problems.push(`artifact ${hash} (${kind}) has another hash`);
  }
  return problems;
}
