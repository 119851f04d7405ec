import { sql } from 'kysely';
import type { Clock } from './clock.ts';
import type { Db, EffectRecord } from './schema.ts';
import type { Effect, Effects } from './store.ts';
import { storable } from './text-column.ts';

export function openEffects(db: Db, clock: Clock): Effects {
  const settle = async (
    run: string,
    key: string,
    change: { state: Effect['state']; external_id?: string; error: string | null },
  ) => {
    const { numUpdatedRows } = await db
      .updateTable('effects')
      .set({ ...change, at: clock.now() })
      .where('run', '=', run)
      .where('key', '=', key)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new Error(`run ${run} has no intent for the effect ${key}`);
  };

  return {
    async intend(run, key, kind, intent) {
      const fresh = {
        run,
        key,
        kind,
        intent: JSON.stringify(intent ?? null),
        state: 'intended' satisfies Effect['state'],
        external_id: null,
        error: null,
        attempts: 1,
        position: clock.position(),
        at: clock.now(),
      };
      const row = await db
        .insertInto('effects')
        .values(fresh)
        .onConflict((conflict) =>
          conflict
            .columns(['run', 'key'])
            .doUpdateSet((update) => ({
              state: fresh.state,
              intent: fresh.intent,
              // Of the last try that ended. One that did not may have acted, whatever became of those before it.
              error: sql<string | null>`case when effects.state = 'failed' then effects.error else null end`,
              attempts: update('effects.attempts', '+', 1),
              at: fresh.at,
            }))
            .where('effects.state', '!=', 'done'),
        )
        .returningAll()
        .executeTakeFirst();
      if (row) return toEffect(row);
      const query = db.selectFrom('effects').selectAll().where('run', '=', run).where('key', '=', key);
      return toEffect(await query.executeTakeFirstOrThrow());
    },

    done: (run, key, externalId) =>
      settle(run, key, { state: 'done', external_id: storable(externalId), error: null }),

    failed: (run, key, words) => settle(run, key, { state: 'failed', error: storable(words) }),

    async list(run) {
      const query = db.selectFrom('effects').selectAll().where('run', '=', run).orderBy('position');
      return (await query.execute()).map(toEffect);
    },
  };
}

function toEffect(row: EffectRecord): Effect {
  return {
    run: row.run,
    key: row.key,
    kind: row.kind,
    intent: JSON.parse(row.intent) as unknown,
    state: row.state as Effect['state'],
    externalId: row.external_id ?? undefined,
    error: row.error ?? undefined,
    attempts: row.attempts,
    at: Number(row.at),
  };
}
