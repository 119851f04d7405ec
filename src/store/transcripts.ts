import type { Clock } from './clock.ts';
import type { Db } from './schema.ts';
import type { Transcripts } from './store.ts';

export function openTranscripts(db: Db, clock: Clock): Transcripts {
  return {
    async save({ call, run, role, body }) {
      const text = JSON.stringify(body ?? null);
      const at = clock.now();
      await db
        .insertInto('transcripts')
        .values({ call, run, role, body: text, position: clock.position(), at })
        .onConflict((conflict) => conflict.column('call').doUpdateSet({ body: text, at }))
        .execute();
    },

    async list(run, { before } = {}) {
      const query = db.selectFrom('transcripts').selectAll().where('run', '=', run).orderBy('position');
      const rows = before === undefined ? query : query.where('at', '<', before);
      return (await rows.execute()).map((row) => ({
        call: row.call,
        run: row.run,
        role: row.role,
        body: JSON.parse(row.body) as unknown,
        at: Number(row.at),
      }));
    },
  };
}
