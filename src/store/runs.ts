import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { costOf, type Fact } from '../run/facts.ts';
import { isTerminal, type RunState, runStates } from '../run/state.ts';
import { insertArtifacts } from './artifacts.ts';
import type { Clock } from './clock.ts';
import type { Db, RunRecord } from './schema.ts';
import type { Append, RunRow, Store } from './store.ts';
import { storable } from './text-column.ts';

const liveStates = runStates.filter((state) => !isTerminal(state));
const terminalStates = runStates.filter((state) => isTerminal(state));

type Runs = Pick<
  Store,
  | 'createRun'
  | 'run'
  | 'liveRun'
  | 'latestRun'
  | 'runOfPullRequest'
  | 'runsOfIssue'
  | 'runsNotTerminal'
  | 'runs'
  | 'runsEndedWithout'
  | 'finishedRuns'
  | 'spentSince'
  | 'facts'
  | 'append'
>;

export function openRuns(db: Db, clock: Clock): Runs {
  const ofIssue = (repoId: number, issue: number) =>
    db.selectFrom('runs').selectAll().where('repo_id', '=', repoId).where('issue', '=', issue);

  const runs: Runs = {
    async createRun({ begin, ...start }) {
      for (;;) {
        const id = runId(clock.now());
        const created = await db.transaction().execute(async (transaction) => {
          const { numInsertedOrUpdatedRows } = await transaction
            .insertInto('runs')
            .values(newRow(id, start, clock.now()))
            .onConflict((conflict) => conflict.doNothing())
            .executeTakeFirst();
          if (!numInsertedOrUpdatedRows) return undefined;
          if (begin) await insertAppend(transaction, clock, id, { ...begin, expected: 0 });
          const row = transaction.selectFrom('runs').selectAll().where('id', '=', id);
          return toRun(await row.executeTakeFirstOrThrow());
        });
        if (created) return { created: true, run: created };
        // The one that was in the way may have ended in the meantime: then there is room for ours.
        const live = await runs.liveRun(start.repoId, start.issue);
        if (live) return { created: false, run: live };
      }
    },

    async run(id) {
      const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toRun(row);
    },

    async liveRun(repoId, issue) {
      const row = await ofIssue(repoId, issue).where('state', 'in', liveStates).executeTakeFirst();
      return row && toRun(row);
    },

    async latestRun(repoId, issue) {
      const row = await ofIssue(repoId, issue).orderBy('id', 'desc').limit(1).executeTakeFirst();
      return row && toRun(row);
    },

    async runOfPullRequest(repoId, pullRequest) {
      const query = db.selectFrom('runs').selectAll().where('repo_id', '=', repoId);
      const row = await query
        .where('pull_request', '=', pullRequest)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && toRun(row);
    },

    async runsOfIssue(repoId, issue) {
      return (await ofIssue(repoId, issue).orderBy('id').execute()).map(toRun);
    },

    async runsNotTerminal() {
      const query = db.selectFrom('runs').selectAll().where('state', 'in', liveStates).orderBy('id');
      return (await query.execute()).map(toRun);
    },

    async runs({ limit }) {
      const query = db.selectFrom('runs').selectAll().orderBy('id', 'desc').limit(limit);
      return (await query.execute()).map(toRun);
    },

    async runsEndedWithout(key) {
      const query = db
        .selectFrom('runs')
        .selectAll()
        .where('state', 'in', terminalStates)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('effects')
                .select('effects.key')
                .whereRef('effects.run', '=', 'runs.id')
                .where('effects.key', '=', sql<string>`cast(${`${key}:`} as text) || runs.length`)
                .where('effects.state', '=', 'done'),
            ),
          ),
        )
        .orderBy('id');
      return (await query.execute()).map(toRun);
    },

    async finishedRuns(repoId, { limit }) {
      const query = db
        .selectFrom('runs')
        .selectAll()
        .where('repo_id', '=', repoId)
        .where('state', 'in', terminalStates)
        .orderBy('id', 'desc')
        .limit(limit);
      return (await query.execute()).map(toRun);
    },

    async spentSince(at, repoId) {
      const query = db
        .selectFrom('facts')
        .innerJoin('runs', 'runs.id', 'facts.run')
        .select('facts.body')
        .where('runs.updated_at', '>=', at)
        .$if(repoId !== undefined, (rows) => rows.where('runs.repo_id', '=', repoId!));
      const facts = (await query.execute()).map((row) => JSON.parse(row.body) as Fact);
      return costOf(facts.filter((fact) => fact.at >= at)).usd;
    },

    async facts(run) {
      const rows = await db
        .selectFrom('facts')
        .select('body')
        .where('run', '=', run)
        .orderBy('seq')
        .execute();
      return rows.map((row) => JSON.parse(row.body) as Fact);
    },

    append: (run, append) =>
      db.transaction().execute((transaction) => insertAppend(transaction, clock, run, append)),
  };
  return runs;
}

/** The guarded transition. Its UPDATE comes before any other write, so that one writer wins and the rest wait. */
async function insertAppend(db: Db, clock: Clock, id: string, append: Append) {
  const { expected, facts, artifacts, derived } = append;
  const { numUpdatedRows } = await db
    .updateTable('runs')
    .set({
      length: expected + facts.length,
      state: derived.state,
      outcome: derived.outcome,
      words: storable(derived.words),
      updated_at: clock.now(),
      ...(derived.branch !== undefined && { branch: derived.branch }),
      ...(derived.pullRequest !== undefined && { pull_request: derived.pullRequest }),
    })
    .where('id', '=', id)
    .where('length', '=', expected)
    .where((where) =>
      where.or([where('state', 'not in', terminalStates), where('state', '=', derived.state)]),
    )
    .executeTakeFirst();
  if (numUpdatedRows === 0n) {
    const run = await db
      .selectFrom('runs')
      .select(['length', 'state'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (run === undefined) throw new Error(`there is no run ${id}`);
    if (run.length !== expected) return { ok: false, length: run.length };
    throw new Error(`run ${id} is ${run.state} and stays so: it cannot become ${derived.state}`);
  }
  const hashes = new Set(await insertArtifacts(db, clock, artifacts));
  await refuseMissingArtifacts(db, facts, hashes);
  if (facts.length > 0) {
    const rows = facts.map((fact, index) => ({ run: id, seq: expected + index, body: JSON.stringify(fact) }));
    await db.insertInto('facts').values(rows).execute();
  }
  return { ok: true, length: expected + facts.length };
}

/** `made` says that an artifact exists. */
async function refuseMissingArtifacts(db: Db, facts: readonly Fact[], given: ReadonlySet<string>) {
  const wanted = facts.flatMap((fact) => (fact.fact === 'made' && !given.has(fact.hash) ? [fact.hash] : []));
  if (wanted.length === 0) return;
  const rows = await db.selectFrom('artifacts').select('hash').where('hash', 'in', wanted).execute();
  const missing = wanted.find((hash) => !rows.some((row) => row.hash === hash));
  if (missing !== undefined) throw new Error(`a fact names artifact ${missing}, which does not exist`);
}

function newRow(
  id: string,
  start: { owner: string; repo: string; repoId: number; installationId: number; issue: number },
  now: number,
) {
  return {
    id,
    owner: start.owner,
    repo: start.repo,
    repo_id: start.repoId,
    installation_id: start.installationId,
    issue: start.issue,
    branch: null,
    pull_request: null,
    state: 'created' satisfies RunState,
    outcome: null,
    words: '',
    length: 0,
    created_at: now,
    updated_at: now,
  };
}

/** Short enough for a comment, sorts by time (9 digits in base 36 last until the year 5188). */
function runId(now: number): string {
  return `${now.toString(36).padStart(9, '0')}-${randomBytes(4).toString('hex')}`;
}

function toRun(row: RunRecord): RunRow {
  return {
    id: row.id,
    owner: row.owner,
    repo: row.repo,
    repoId: Number(row.repo_id),
    installationId: Number(row.installation_id),
    issue: row.issue,
    branch: row.branch ?? undefined,
    pullRequest: row.pull_request ?? undefined,
    state: row.state as RunState,
    outcome: row.outcome as RunRow['outcome'],
    words: row.words,
    length: row.length,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
