import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLedger } from '../../src/engine/effects.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import { writes } from '../../src/github/writes.ts';
import { type FaultKind, faultKinds } from '../../src/offline/github/faults.ts';
import type { RepositorySnapshot } from '../../src/offline/github/public-types.ts';
import { openStore } from '../../src/store/open.ts';
import type { Bench, Write } from './fault-bench.ts';
import { deliveryWrites } from './fault-deliveries.ts';
import { textWrites } from './fault-texts.ts';
import { door, name, testPace, testWorld } from './world.ts';

/** A limit that lasts is for whoever asked: failures.test.ts, and the scenario `faulty-github`. */
const kinds = faultKinds.filter((kind) => kind !== 'lasting-limit');
/** What silence has struck is given up so soon; on a busy machine other requests may be, too. */
const requestMs = 2_000;

const allWrites = [...textWrites, ...deliveryWrites];

/** A second one would be a second thing: the effects ledger looks before it repeats. */
const isLedgers = ({ kind }: Write) => kind === 'push' || writes[kind].again === 'look';

/** `once` is in the world once; otherwise the word of the refusal that the caller gets. */
function expected(write: Write, kind: FaultKind): string {
  // Git has a time-out of its own, a minute; and GitHub counts no pushes.
  if (write.kind === 'push' && ['lost-silence', 'primary-limit', 'secondary-limit'].includes(kind))
    return '–';
  if (kind === '409') return { push: 'refused', merge: 'rules' }[write.kind as string] ?? 'conflict';
  // Nothing of the kind can be there twice: it is no answer of GitHub's, and is told. A branch that is gone is gone.
  if (kind === 'twin' && !isLedgers(write)) {
    return (
      { 'branch.delete': 'once', 'reviewers.request': 'refused' }[write.kind as string] ?? 'unprocessable'
    );
  }
  return 'once';
}

const table: Record<string, Record<string, string>> = {};
afterAll(() => {
  const cells = (row: string[]) => `| ${row.join(' | ')} |`;
  const rows = allWrites.map((write) => {
    const row = table[write.kind] ?? {};
    return [`${write.kind} (${write.operation})`, ...kinds.map((kind) => row[kind] ?? '?')];
  });
  console.log([['call', ...kinds], ['---', ...kinds.map(() => '---')], ...rows].map(cells).join('\n'));
});

test('no write is left out', () => {
  const kinds = allWrites.map(({ kind }) => kind).filter((kind) => kind !== 'push');
  expect(kinds.sort()).toEqual(Object.keys(writes).sort());
});

test.concurrent.for(allWrites)(
  '$kind comes to be there once, whatever becomes of its answer',
  {
    timeout: 120_000,
  },
  async (write) => {
    await using world = await testWorld();
    const impatient = door(world.local.apiUrl, { ...testPace, requestMs }).repository(world.repository.ref);
    const dir = await mkdtemp(path.join(tmpdir(), 'auto-build-faults-'));
    const store = await openStore({ path: ':memory:' });
    try {
      const row: Record<string, string> = {};
      const counts: ((end: RepositorySnapshot) => Promise<void>)[] = [];
      const ledger = openLedger({
        ledger: store.effects,
        crashPoint: () => {},
        mayIntend: async () => {},
        lagMs: testPace.lagMs,
      });
      for (const [cell, kind] of kinds.entries()) {
        if (expected(write, kind) === '–') {
          row[kind] = '–';
          continue;
        }
        const { run } = await store.createRun({
          ...name,
          repo: name.name,
          repoId: 1,
          installationId: 1,
          issue: cell,
        });
        const repository = kind === 'lost-silence' ? impatient : world.repository;
        const bench: Bench = { world: { ...world, repository }, ensure: ledger(run.id).ensure, cell, dir };
        const { call, count } = await write.prepare(bench);
        const before = carriedOut(write);
        world.local.plan({ operation: write.operation, kind });
        const said = await call().then(
          () => 'once',
          (error: unknown) => wordOf(error),
        );
        const isDone = said === 'once' || kind === 'twin';
        row[kind] = said;
        expect(world.local.planned(), kind).toEqual([]);
        if (isLedgers(write))
          expect(carriedOut(write) - before, `${kind}, in GitHub's ledger`).toBe(isDone ? 1 : 0);
        counts.push(async (end) => expect(await count(end), `${kind}, in the world`).toBe(isDone ? 1 : 0));
      }
      const [end] = (await world.local.snapshot()).repositories;
      for (const count of counts) await count(end!);
      table[write.kind] = row;
      expect(row).toEqual(Object.fromEntries(kinds.map((kind) => [kind, expected(write, kind)])));
      expect(world.local.violations()).toEqual([]);
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }

    function carriedOut({ operation }: Write): number {
      return world.local.ledger().filter((entry) => entry.operation === operation && entry.status < 300)
        .length;
    }
  },
);

function wordOf(error: unknown): string {
  if (error instanceof GitHubError) return error.kind;
  if (!(error instanceof Error)) return String(error);
  return error.message.includes('was refused') ? 'refused' : error.message;
}
