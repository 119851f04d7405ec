import { createHash } from 'node:crypto';
import { canonicalJson, type Hash } from '../run/artifacts.ts';
import type { Clock } from './clock.ts';
import type { Db } from './schema.ts';
import type { Store } from './store.ts';

/** Stores artifacts if they are not there yet; nothing ever changes or removes one. Returns their hashes. */
export async function insertArtifacts(
  db: Db,
  clock: Clock,
  artifacts: readonly { kind: string; body: unknown }[],
): Promise<Hash[]> {
  const rows = artifacts.map(({ kind, body }) => {
    const text = canonicalJson(body);
    if (text === undefined) throw new TypeError(`the body of an artifact of kind ${kind} is not JSON`);
    return { hash: sha256(text), kind, body: text, size: Buffer.byteLength(text), created_at: clock.now() };
  });
  if (rows.length > 0) {
    await db
      .insertInto('artifacts')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['hash', 'kind']).doNothing())
      .execute();
  }
  return rows.map((row) => row.hash);
}

export function openArtifacts(db: Db, clock: Clock): Pick<Store, 'putArtifact' | 'artifact'> {
  return {
    putArtifact: (kind, body, expect) =>
      db.transaction().execute(async (transaction) => {
        const [hash] = await insertArtifacts(transaction, clock, [{ kind, body }]);
        if (expect !== undefined && expect !== hash) {
          throw new Error(`an artifact of kind ${kind} has hash ${hash}, not ${expect}`);
        }
        return hash!;
      }),

    async artifact(hash, kind) {
      let query = db.selectFrom('artifacts').select(['hash', 'kind', 'body']).where('hash', '=', hash);
      if (kind !== undefined) query = query.where('kind', '=', kind);
      const row = await query.orderBy('created_at').orderBy('kind').executeTakeFirst();
      if (row === undefined) return undefined;
      if (sha256(row.body) !== hash)
        throw new Error(`artifact ${hash} is corrupt: its content has another hash`);
      return { hash, kind: row.kind, body: JSON.parse(row.body) as unknown };
    },
  };
}

export function sha256(text: string): Hash {
  return createHash('sha256').update(text).digest('hex');
}
