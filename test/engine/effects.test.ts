import { expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../src/engine/effects.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import type { EffectRequest } from '../../src/phases/effects-port.ts';
import { openStore } from '../../src/store/open.ts';

/** A run's ledger in a real store, and a world in which writes can be done, lost or refused. */
async function bench() {
  const store = await openStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const { run } = await store.createRun({ owner: 'o', repo: 'r', repoId: 1, installationId: 1, issue: 1 });
  const world: string[] = [];
  const calls: string[] = [];
  const told: string[] = [];
  const life = () =>
    openLedger({ ledger: store.effects, crashPoint: () => {}, mayIntend: async () => {}, lagMs: [1, 1] })(
      run.id,
      (kind, id) => void told.push(`${kind} ${id}`),
    );
  const request = (over: Partial<EffectRequest> = {}): EffectRequest => ({
    key: 'pull-request',
    kind: 'pull-request',
    intent: { head: 'branch' },
    async look() {
      calls.push('look');
      return world[0];
    },
    async act() {
      calls.push('act');
      world.push(`#${world.length + 1}`);
      return world.at(-1)!;
    },
    ...over,
  });
  const row = async () => (await store.effects.list(run.id))[0];
  return { life, request, world, calls, told, row };
}

test('looks, acts and records', async () => {
  const { life, request, calls, told, row, world } = await bench();
  expect(await life().ensure(request())).toBe('#1');
  expect(calls).toEqual(['look', 'act']);
  expect(world).toEqual(['#1']);
  expect(told).toEqual(['pull-request #1']);
  expect(await row()).toMatchObject({
    state: 'done',
    externalId: '#1',
    attempts: 1,
    intent: { head: 'branch' },
  });
});

test('the intent is in the ledger before anything is done', async () => {
  const { life, request, row } = await bench();
  await life().ensure(
    request({
      async act() {
        expect(await row()).toMatchObject({ state: 'intended', intent: { head: 'branch' } });
        return '#1';
      },
    }),
  );
});

test('what the world has already is not done again', async () => {
  const { life, request, calls, row, world } = await bench();
  world.push('#7');
  expect(await life().ensure(request())).toBe('#7');
  expect(calls).toEqual(['look']);
  expect(await row()).toMatchObject({ state: 'done', externalId: '#7' });
});

test('what is recorded is neither looked for nor done, in this life and the next', async () => {
  const { life, request, calls, told } = await bench();
  const effects = life();
  await effects.ensure(request());
  expect(await effects.ensure(request())).toBe('#1');
  expect(await life().ensure(request())).toBe('#1');
  expect(calls).toEqual(['look', 'act']);
  expect(told).toHaveLength(1);
});

test('a crash between act and record: the next life finds what was done', async () => {
  const { life, request, calls, world, row } = await bench();
  let acted: () => void;
  const dead = new Promise<void>((resolve) => {
    acted = resolve;
  });
  // This life never comes back from its call.
  void life().ensure(
    request({
      act: () => {
        world.push('#1');
        acted();
        return new Promise(() => {});
      },
    }),
  );
  await dead;
  expect(await row()).toMatchObject({ state: 'intended' });
  expect(await life().ensure(request())).toBe('#1');
  expect(calls).toEqual(['look', 'look']);
  expect(world).toEqual(['#1']);
  expect(await row()).toMatchObject({ state: 'done', externalId: '#1', attempts: 2 });
});

const lost = new GitHubError({ kind: 'network', status: null, words: 'connection reset', cause: undefined });

test('an answer that was lost is looked for before it is called a failure', async () => {
  const { life, request, calls, world, row } = await bench();
  const act = async () => {
    calls.push('act');
    world.push('#1');
    throw lost;
  };
  expect(await life().ensure(request({ act }))).toBe('#1');
  expect(calls).toEqual(['look', 'act', 'look']);
  expect(await row()).toMatchObject({ state: 'done', externalId: '#1' });
});

test('what may have been done stays an open intent, and the next try looks for long before it acts', async () => {
  const { life, request, calls, row } = await bench();
  const act = async () => {
    calls.push('act');
    throw lost;
  };
  await expect(life().ensure(request({ act }))).rejects.toThrow('connection reset');
  expect(calls.filter((call) => call === 'act')).toHaveLength(3);
  expect(await row()).toMatchObject({ state: 'intended', error: undefined });
  calls.length = 0;
  expect(await life().ensure(request())).toBe('#1');
  expect(calls).toEqual(['look', 'look', 'look', 'act']);
});

test('a refusal is recorded and thrown; the next try looks and acts anew', async () => {
  const { life, request, calls, row, told } = await bench();
  const refused = async () => {
    throw new Error('not allowed');
  };
  await expect(life().ensure(request({ act: refused }))).rejects.toThrow('not allowed');
  expect(await row()).toMatchObject({ state: 'failed', error: 'not allowed' });
  expect(told).toEqual([]);
  expect(await life().ensure(request())).toBe('#1');
  expect(calls).toEqual(['look', 'look', 'look', 'act']);
  expect(await row()).toMatchObject({ state: 'done', attempts: 2 });
});

test('nothing is done while nobody can look', async () => {
  const { life, request, calls, row } = await bench();
  const look = async () => {
    throw new Error('502');
  };
  await expect(life().ensure(request({ look }))).rejects.toThrow('502');
  expect(calls).toEqual([]);
  expect(await row()).toMatchObject({ state: 'failed' });
});
