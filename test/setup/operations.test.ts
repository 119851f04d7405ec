import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { inheritedEnv } from '../../src/config/inherited-env.ts';
import { createClock } from '../../src/engine/clock.ts';
import { createOperatorHold, releaseHeld } from '../../src/engine/operator-hold.ts';
import { openScenario } from '../../src/offline/scenario/run-scenario.ts';
import type { Step } from '../../src/offline/scenario/steps.ts';
import type { Seen } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import { endOf, play, variant, writes } from '../scenarios/play.ts';

// Whole runs, on a machine that has other things to do as well.
vi.setConfig({ testTimeout: 60_000 });

const label: Step = { do: 'label', name: 'auto-build', by: 'mona' };
const until = (run: 'failed' | 'succeeded' | 'waiting_approval'): Step => ({
  do: 'wait-for',
  run,
  timeout: 40,
});

test('a dry run leaves a patch on the issue and pushes nothing', async () => {
  const { run, comments, world } = await play(
    await variant({ config: 'dry_run: true\n', steps: [label, until('failed')] }),
  );
  expect(run).toMatchObject({ outcome: 'handed_over', pullRequest: undefined });
  const patch = comments.find((body) => body.includes('auto-build:patch'));
  expect(patch).toContain('nothing was pushed');
  expect(patch).toMatch(/```diff\ndiff --git a\/src\/mean\.js/);
  const made = writes(world);
  for (const operation of ['git/receive-pack', 'pulls/create', 'checks/create']) {
    expect(made[operation], operation).toBeUndefined();
  }
});

test('push: after-approval pushes only once somebody said so', async () => {
  const { run, comments } = await play(
    await variant({
      config: 'push: after-approval\n',
      steps: [
        label,
        until('waiting_approval'),
        { do: 'comment', body: '/approve repo.push', by: 'mona', on: 'issue' },
        until('succeeded'),
      ],
    }),
  );
  expect(run).toMatchObject({ outcome: 'merged' });
  expect(comments).toHaveLength(1);
});

test('while the operator stops all work, a run says so and asks no model', async () => {
  const scenario = await variant({
    steps: [label, { do: 'wait-for', run: 'waiting_external', timeout: 40 }],
  });
  const command = [process.execPath, path.resolve('src/cli.ts'), 'offline-server'];
  const env = { ...inheritedEnv(), STOP: 'true' };
  const world = await openScenario(scenario, { sandbox: 'process', command, env });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const { comments, run } = await endOf(world, await world.play());
  expect(run?.words).toBe('The operator of auto-build has stopped all work.');
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain('has stopped all work');
  expect(comments[0]).toContain('it goes on by itself as soon as the operator of auto-build allows it');
  expect(world.model.journal()).toEqual([]);
});

async function world() {
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-hold-'));
  const store = await openStore({ path: path.join(folder, 'db.sqlite') });
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const stop = { now: false, file: path.join(folder, 'STOP') };
  return { store, stop, clock: createClock() };
}

test('a file stops everything, and its absence lets go what was held', async () => {
  const { store, stop, clock } = await world();
  const begin = { fact: 'saw', at: 1, what: 'start', issue: 'i', base: 'b', policy: defaultPolicy } as const;
  const held = { fact: 'saw', at: 2, what: 'operator', held: 'Stopped.' } as const;
  for (const [issue, facts] of [[1, [begin]] as const, [2, [begin, held]] as const]) {
    const derived = deriveState(facts);
    await store.createRun({
      owner: 'o',
      repo: 'r',
      repoId: 1,
      installationId: 1,
      issue,
      begin: { facts, artifacts: [], derived },
    });
  }
  const hold = createOperatorHold({ stop, usdPerDay: undefined, store, clock });
  const seen: [string, Seen][] = [];
  const engine = { see: async (run: string, what: Seen) => seen.push([run, what]) > 0 };

  await writeFile(stop.file, '');
  expect(await hold.why()).toContain('stopped all work');
  expect(await releaseHeld(hold, store, engine)).toBe(0);
  await rm(stop.file);
  expect(await hold.why()).toBeUndefined();
  expect(await releaseHeld(hold, store, engine)).toBe(1);
  const run = await store.liveRun(1, 2);
  expect(seen).toEqual([[run?.id, { what: 'operator', held: null }]]);
});

test('what one day may cost holds until midnight', async () => {
  const { stop } = await world();
  const asked: number[] = [];
  const store = {
    async spentSince(at: number) {
      asked.push(at);
      return 4;
    },
  };
  const at = Date.UTC(2026, 4, 3, 15, 30);
  const hold = (usdPerDay: number) =>
    createOperatorHold({ stop, usdPerDay, store, clock: { now: () => at } });
  expect(await hold(4).why()).toContain('after midnight');
  expect(await hold(4.01).why()).toBeUndefined();
  expect(asked).toEqual([Date.UTC(2026, 4, 3), Date.UTC(2026, 4, 3)]);
});
