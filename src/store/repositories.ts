import type { Db } from './schema.ts';
import type { Store } from './store.ts';

/** What is known of repositories as a whole: how they are called, and up to when they were asked about. */
export function openRepositories(db: Db): Pick<Store, 'repositories' | 'repositoryMoved' | 'heard'> {
  return {
    async repositories() {
      const rows = await db
        .selectFrom('runs')
        .select(['repo_id', 'owner', 'repo', 'installation_id'])
        .distinct()
        .execute();
      return rows.map((row) => ({
        id: Number(row.repo_id),
        owner: row.owner,
        name: row.repo,
        installationId: Number(row.installation_id),
      }));
    },

    async repositoryMoved({ id, owner, name, installationId }) {
      await db
        .updateTable('runs')
        .set({ owner, repo: name, installation_id: installationId })
        .where('repo_id', '=', id)
        .execute();
    },

    heard: {
      async until(of) {
        const row = await db.selectFrom('heard').select('until').where('of', '=', of).executeTakeFirst();
        return row && Number(row.until);
      },
      async set(of, at) {
        await db
          .insertInto('heard')
          .values({ of, until: at })
          .onConflict((conflict) => conflict.column('of').doUpdateSet({ until: at }))
          .execute();
      },
    },
  };
}
