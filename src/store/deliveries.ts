import type { Clock } from './clock.ts';
import type { Durability } from './durability.ts';
import type { Db, DeliveryInsert, DeliveryRecord } from './schema.ts';
import type { Deliveries, Delivery, NewDelivery } from './store.ts';
import { storable } from './text-column.ts';

const columns = [
  'id',
  'name',
  'identity',
  'lane',
  'position',
  'received_at',
  'state',
  'attempts',
  'error',
] as const;
/** Rows in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const rowsPerStatement = 500;

export function openDeliveries(db: Db, clock: Clock, { durable, lax }: Durability): Deliveries {
  return {
    insertMany: (deliveries) =>
      durable(async (transaction) => {
        const rows = deliveries.map((delivery) => toInsert(delivery, clock.position()));
        const stored = new Set<string>();
        for (const some of chunks(rows)) {
          const inserted = await transaction
            .insertInto('deliveries')
            .values(some)
            .onConflict((conflict) => conflict.doNothing())
            .returning('id')
            .execute();
          for (const { id } of inserted) stored.add(id);
        }
        const results: ('stored' | 'duplicate' | 'requeued')[] = [];
        for (const [index, row] of rows.entries()) {
          // `delete`: the same id twice in one call is stored once.
          if (stored.delete(row.id)) results.push('stored');
          else if (await requeue(transaction, row, clock.position())) results.push('requeued');
          else if (await insertNewsAgain(transaction, row, deliveries[index]?.contrary))
            results.push('stored');
          else results.push('duplicate');
        }
        return results;
      }),

    async take({ after, limit }) {
      const query = db
        .selectFrom('deliveries')
        .select(columns)
        .where('state', '=', 'pending')
        .where('position', '>', after)
        .orderBy('position')
        .limit(limit);
      return (await query.execute()).map(toDelivery);
    },

    async payload(id) {
      const query = db.selectFrom('deliveries').select('payload').where('id', '=', id);
      return (await query.executeTakeFirst())?.payload;
    },

    // One that is lost costs a repetition.
    markProcessed: (ids) =>
      lax(async (transaction) => {
        for (const some of chunks(ids)) {
          await transaction
            .updateTable('deliveries')
            .set({ state: 'processed', error: null })
            .where('id', 'in', some)
            .where('state', '=', 'pending')
            .execute();
        }
      }),

    async markFailed(id, { error, final }) {
      await db
        .updateTable('deliveries')
        .set((update) => ({
          attempts: update('attempts', '+', 1),
          error: storable(error),
          ...(final && { state: 'failed' }),
        }))
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .execute();
    },

    async list({ limit }) {
      const query = db.selectFrom('deliveries').select(columns).orderBy('position', 'desc').limit(limit);
      return (await query.execute()).map(toDelivery);
    },
  };
}

/** A known delivery that was given up is tried anew, at the end of the line. */
async function requeue(db: Db, { id, identity }: DeliveryInsert, position: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set({ state: 'pending', attempts: 0, error: null, position })
    .where('state', '=', 'failed')
    .where((where) =>
      where.or([where('id', '=', id), ...(identity == null ? [] : [where('identity', '=', identity)])]),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Between the known one and this one, what they say was undone. From now on the identity is this one's. */
async function insertNewsAgain(db: Db, row: DeliveryInsert, contrary: string | undefined): Promise<boolean> {
  const { id, identity, position } = row;
  if (identity == null || contrary === undefined) return false;
  const known = await db
    .selectFrom('deliveries')
    .select(['id', 'identity', 'position'])
    .where((where) => where.or([where('id', '=', id), where('identity', 'in', [identity, contrary])]))
    .execute();
  if (known.some((each) => each.id === id)) return false;
  const positionOf = (which: string) =>
    Number(known.find((each) => each.identity === which)?.position ?? Number.NaN);
  const undone = positionOf(contrary);
  if (!(positionOf(identity) < undone && undone < position)) return false;
  await db.updateTable('deliveries').set({ identity: null }).where('identity', '=', identity).execute();
  await db.insertInto('deliveries').values(row).execute();
  return true;
}

function* chunks<T>(items: readonly T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += rowsPerStatement) {
    yield items.slice(from, from + rowsPerStatement);
  }
}

function toInsert(delivery: NewDelivery, position: number): DeliveryInsert {
  return {
    id: delivery.id,
    name: delivery.name,
    identity: delivery.identity === undefined ? null : storable(delivery.identity),
    lane: storable(delivery.lane),
    payload: delivery.payload,
    position,
    received_at: delivery.receivedAt,
    state: delivery.ignored === undefined ? 'pending' : 'ignored',
    attempts: 0,
    error: delivery.ignored === undefined ? null : storable(delivery.ignored),
  };
}

function toDelivery(row: DeliveryRecord): Delivery {
  return {
    id: row.id,
    name: row.name,
    identity: row.identity ?? undefined,
    lane: row.lane,
    position: Number(row.position),
    receivedAt: Number(row.received_at),
    state: row.state as Delivery['state'],
    attempts: row.attempts,
    error: row.error ?? undefined,
  };
}
