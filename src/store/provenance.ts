import { randomUUID } from 'node:crypto';
import { sha256 } from './artifacts.ts';
import type { Clock } from './clock.ts';
import type { Db } from './schema.ts';
import type { Provenance, ProvenanceLog } from './store.ts';
import { storable } from './text-column.ts';

export function openProvenance(db: Db, clock: Clock): ProvenanceLog {
  return {
    async record(entry) {
      await db
        .insertInto('provenance')
        .values({
          id: randomUUID(),
          run: entry.run,
          phase: entry.phase,
          kind: entry.kind,
          label: storable(entry.label),
          exposed: JSON.stringify(entry.exposed),
          // As JSON: the text is evidence, so it may not change on its way through the database.
          text: entry.text === undefined ? null : JSON.stringify(entry.text),
          text_hash: entry.text === undefined ? null : sha256(entry.text),
          image: entry.image ?? null,
          network: entry.network ?? null,
          position: clock.position(),
          at: clock.now(),
        })
        .execute();
    },

    async list(run) {
      const query = db.selectFrom('provenance').selectAll().where('run', '=', run).orderBy('position');
      return (await query.execute()).map((row) => ({
        run: row.run,
        phase: row.phase,
        kind: row.kind as Provenance['kind'],
        label: row.label,
        exposed: JSON.parse(row.exposed) as string[],
        text: row.text === null ? undefined : (JSON.parse(row.text) as string),
        textHash: row.text_hash ?? undefined,
        image: row.image ?? undefined,
        network: row.network ?? undefined,
        at: Number(row.at),
      }));
    },
  };
}
