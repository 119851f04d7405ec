import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
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
import { endOf, open, play, variant, writes } from '../scenarios/play.ts';

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

test('after a backup from before the delivery was put back, the same pull request is merged, once', {
  timeout: 120_000,
}, async () => {
  const copy = path.join(tmpdir(), `auto-build-copy-${randomUUID()}.sqlite`);
  onTestFinished(() => rm(copy, { force: true }));
  const stopped = Promise.withResolvers<void>();
  let dataDir = '';
  const lives: string[] = [];
  const scenario = await variant({
    config: 'merge: approval\n',
    steps: [label, { do: 'wait-for', pullRequest: 'open', comment: '/approve', timeout: 60 }],
  });
  const old = await open(scenario, {
    crashAt: ['stop:before:deliver'],
    onLife({ what }) {
      if (what === 'stopped') stopped.resolve();
      // The next life begins when this returns.
      if (what === 'killed') lives.push(command('restore', copy, dataDir));
    },
  });
  dataDir = old.dataDir;
  const playing = old.play();
  await stopped.promise;
  // The process that has the lock is there, and holds still.
  expect(command('backup', copy, dataDir)).toContain('holds the database as it is now');
  old.app.signal('SIGCONT');
  expect((await playing).failures).toEqual([]);
  expect((await endOf(old, await playing)).run).toMatchObject({ state: 'waiting_approval', pullRequest: 2 });

  old.app.signal('SIGKILL');
  await vi.waitUntil(() => lives.length === 1, { timeout: 20_000 });
  expect(lives[0]).toContain('is kept as');
  const store = await openStore({ path: path.join(dataDir, 'auto-build.sqlite') });
  onTestFinished(() => store.close());
  const [restored] = await store.runs({ limit: 1 });
  expect(restored).toMatchObject({ state: 'running', pullRequest: undefined });
  const now = () => store.run(restored!.id);
  await vi.waitUntil(async () => (await now())?.state === 'waiting_approval', wait);
  await old.github.as('mona', { owner: 'octo-org', name: scenario.name }).comment(1, '/approve');
  await vi.waitUntil(async () => (await now())?.state === 'succeeded', wait);

  expect(await now()).toMatchObject({ outcome: 'merged', pullRequest: 2 });
  expect(writes(old)).toMatchObject({
    'issues/create-comment': 1,
    'git/receive-pack': 1,
    'pulls/create': 1,
    'pulls/merge': 1,
    'checks/create': 11,
  });
});

test('a disk that is full in the middle of a run: no webhook is accepted, and with room it goes on', {
  timeout: 120_000,
}, async ({ skip }) => {
  const scenario = await variant({ steps: [] });
  let disk: string | undefined;
  const world = await open(scenario, {
    crashAt: ['before:spec', 'stop:before:tests'],
    onLife(told) {
      if (told.what === 'killed') disk = ownDisk(world.dataDir);
      if (told.what === 'stopped') stopped.resolve();
    },
  });
  const stopped = Promise.withResolvers<void>();
  const repository = { owner: 'octo-org', name: scenario.name };
  const mona = world.github.as('mona', repository);
  const { number } = await mona.createIssue({ title: scenario.issue.title, body: scenario.issue.body });
  await mona.addLabel(number, 'auto-build');
  await stopped.promise;
  if (disk === undefined) return skip('this machine lets nobody mount a disk');

  fill(path.join(disk, 'ballast'));
  world.app.signal('SIGCONT');
  const status = async () => {
    await mona.comment(number, 'A word in between.');
    await world.github.webhooksIdle();
    return world.github.deliveries().at(-1)?.statusCode;
  };
  await vi.waitUntil(async () => (await status()) === 503, wait);
  expect(writes(world)['git/receive-pack']).toBeUndefined();

  await rm(path.join(disk, 'ballast'));
  const said = async () => (await world.github.snapshot()).repositories[0]?.issues[0]?.comments ?? [];
  await vi.waitUntil(
    async () => (await said()).some(({ body }) => body.includes('**Merged with #2.**')),
    wait,
  );
  expect(await status()).toBe(202);
  expect(writes(world)).toMatchObject({
    'git/receive-pack': 1,
    'pulls/create': 1,
    'pulls/merge': 1,
    'checks/create': 11,
  });
});

/** Moves a folder to a disk of its own; undefined where the machine does not let us. */
function ownDisk(folder: string): string | undefined {
  const aside = `${folder}.aside`;
  execFileSync('cp', ['-a', folder, aside]);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch (error) {
    if (process.env.CI) throw error;
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  execFileSync('cp', ['-a', `${aside}/.`, folder]);
  return folder;
}

function fill(file: string): void {
  const ballast = openSync(file, 'w');
  try {
    for (;;) writeSync(ballast, Buffer.alloc(4_096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(ballast);
  }
}

function command(name: 'backup' | 'restore', file: string, dataDir: string): string {
  const env = { ...inheritedEnv(), DATA_DIR: dataDir };
  return execFileSync(process.execPath, [path.resolve('src/cli.ts'), name, file], { env, encoding: 'utf8' });
}
const wait = { timeout: 60_000, interval: 100 };

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
