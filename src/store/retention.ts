import type { Fact } from '../run/facts.ts';
import type { Db } from './schema.ts';
import type { Retention } from './store.ts';

/** Parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535. */
const atOnce = 1_000;

export function openRetention(db: Db): Retention {
  return {
    forgetBefore: (at) =>
      db.transaction().execute(async (transaction) => {
        // What was given up can be delivered anew only while nothing is left of it.
        await transaction
          .deleteFrom('deliveries')
          .where('state', '=', 'failed')
          .where('received_at', '<', at)
          .execute();
        await transaction
          .updateTable('deliveries')
          .set({ payload: '' })
          .where('state', 'in', ['processed', 'ignored'])
          .where('received_at', '<', at)
          .where('payload', '<>', '')
          .execute();
        await transaction.deleteFrom('transcripts').where('at', '<', at).execute();
        await transaction
          .updateTable('provenance')
          .set({ text: null })
          .where('at', '<', at)
          .where('text', 'is not', null)
          .execute();
      }),

    purge: ({ installationId, repoIds }) =>
      db.transaction().execute(async (transaction) => {
        const rows = await transaction
          .selectFrom('runs')
          .select(['id', 'repo_id', 'owner', 'repo'])
          .where('installation_id', '=', installationId)
          .execute();
        const gone = rows.filter((row) => repoIds === undefined || repoIds.includes(Number(row.repo_id)));
        const runs = gone.map((row) => row.id);
        for (let from = 0; from < runs.length; from += atOnce) {
          const some = runs.slice(from, from + atOnce);
          for (const table of ['transcripts', 'provenance', 'effects', 'facts'] as const) {
            await transaction.deleteFrom(table).where('run', 'in', some).execute();
          }
          await transaction.deleteFrom('runs').where('id', 'in', some).execute();
        }
        const repositories = new Set([...(repoIds ?? []), ...gone.map((row) => Number(row.repo_id))]);
        for (const id of repositories) {
          await transaction.deleteFrom('deliveries').where('lane', '=', `repo:${id}`).execute();
          await transaction.deleteFrom('issues').where('repo_id', '=', id).execute();
          await transaction.deleteFrom('issue_indexes').where('repo_id', '=', id).execute();
          await transaction.deleteFrom('heard').where('of', '=', `repo:${id}`).execute();
        }
        if (runs.length > 0) await removeOrphans(transaction);
        const names = new Map(gone.map(({ owner, repo }) => [`${owner}/${repo}`, { owner, name: repo }]));
        return [...names.values()];
      }),
  };
}

/** Artifacts are shared by their content: those that no history names any more go. */
async function removeOrphans(db: Db): Promise<void> {
  const named = new Set<string>();
  for (const { body } of await db.selectFrom('facts').select('body').execute()) {
    const fact = JSON.parse(body) as Fact;
    if (fact.fact === 'made') named.add(fact.hash);
    if (fact.fact === 'made' || fact.fact === 'failed') for (const hash of fact.inputs) named.add(hash);
    if (fact.fact === 'saw' && 'issue' in fact) named.add(fact.issue);
  }
  for (const { hash } of await db.selectFrom('artifacts').select('hash').distinct().execute()) {
    if (!named.has(hash)) await db.deleteFrom('artifacts').where('hash', '=', hash).execute();
  }
}
