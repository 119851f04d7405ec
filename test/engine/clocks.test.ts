import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createClock } from '../../src/engine/clock.ts';
import type { Engine, EnginePorts } from '../../src/engine/engine.ts';
import type { Phase } from '../../src/phases/phase.ts';
import { hashOf } from '../../src/run/artifacts.ts';
import { costOf, type Fact, phaseNames } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { swiftEngine, swiftPhase } from '../intake/swift.ts';

const hourMs = 60 * 60_000;
const delivered = { pull: { number: 2, head: 'c0ffee' }, repository: {} as never, deliveredAt: 0 };

/** An engine on a database on disk, and a clock that is put forward by hand; both outlive it. */
async function bench(over: Partial<EnginePorts> = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-clocks-'));
  const clock = createClock();
  let life: { store: Store; engine: Engine } | undefined;
  const begin = async () => {
    const store = await openStore({ path: path.join(folder, 'db.sqlite') });
    life = { store, engine: swiftEngine(store, delivered, { clock, ...over }) };
    return life;
  };
  const end = async () => {
    await life?.engine.close();
    await life?.store.close();
    life = undefined;
  };
  onTestFinished(async () => {
    await end();
    await rm(folder, { recursive: true });
  });
  return {
    clock,
    /** Ends what there was, as a crash does, and begins anew. */
    async restart() {
      await end();
      return begin();
    },
    async start(issue = 1): Promise<string> {
      const { engine } = life ?? (await begin());
      const start: Fact = {
        fact: 'saw',
        at: clock.now(),
        what: 'start',
        issue: hashOf({}),
        base: 'b',
        policy: defaultPolicy,
      };
      const derived = { ...deriveState([start]), branch: `auto-build/${issue}-one` };
      const of = { owner: 'acme', repo: 'tiny', repoId: 1, installationId: 1, issue, title: 'One' };
      const { run } = await engine.start({ ...of, begin: { facts: [start], artifacts: [], derived } });
      return run.id;
    },
    /** Puts the clock forward, as whoever rehearses does. */
    async pass(ms: number) {
      clock.advance(ms);
      await life!.engine.resume();
    },
    idle: () => life!.engine.idle(),
    life: () => life!,
  };
}

test('people have their four hours, whatever restarts in between, and are asked again once', async () => {
  const rung: string[] = [];
  const timer: EnginePorts['timer'] = async (_run, _history, { name, head }) => {
    rung.push(`${name} ${head}`);
    return { what: 'timer', name: 'human-review', head };
  };
  const { start, life, pass, restart, idle } = await bench({ timer });
  const id = await start();
  await idle();
  expect(await life().store.run(id)).toMatchObject({ state: 'waiting_approval' });
  await pass(2 * hourMs);
  await restart();
  await pass(1.9 * hourMs);
  await idle();
  expect(rung).toEqual([]);
  await restart();
  await pass(0.2 * hourMs);
  await idle();
  expect(rung).toEqual(['human-review c0ffee']);
  await restart();
  await pass(10 * hourMs);
  await idle();
  expect(rung).toHaveLength(1);
});

test('two hours of work are over in the middle of a phase: it is stopped, and people take over', async () => {
  const { phases, begun, stopped } = hangingIn('build');
  const { start, life, pass, idle } = await bench({ phases });
  const id = await start();
  await begun();
  await pass(1.9 * hourMs);
  expect(stopped()).toBe(0);
  await pass(0.2 * hourMs);
  await idle();
  expect(stopped()).toBe(1);
  expect(await life().store.run(id)).toMatchObject({
    outcome: 'handed_over',
    words: 'The run used its 120 minutes of active work.',
  });
});

test('the time that phases took before a restart counts, and the time between two lives does not', async () => {
  const { phases, begun } = hangingIn('build');
  const world = await bench({
    phases: phases.map((phase) => {
      if (phase.name !== 'spec') return phase;
      const run: Phase['run'] = (context) => {
        world.clock.advance(hourMs);
        return phase.run(context);
      };
      return { ...phase, run };
    }),
  });
  const { start, life, pass, restart, idle, clock } = world;
  const id = await start();
  await begun();
  await restart();
  clock.advance(12 * hourMs);
  await life().engine.resume();
  await begun();
  await pass(0.9 * hourMs);
  expect((await life().store.run(id))?.state).toBe('running');
  await pass(0.2 * hourMs);
  await idle();
  expect(await life().store.run(id)).toMatchObject({ outcome: 'handed_over' });
});

test('waiting for a place among others is no work, in preflight either', async () => {
  const { phases, begun } = hangingIn('build');
  let preflights = 0;
  const { start, life, pass } = await bench({
    phases: phases.map((phase) => {
      if (phase.name !== 'preflight') return phase;
      const run: Phase['run'] = async (context) => {
        preflights += 1;
        await context.place();
        return phase.run(context);
      };
      return { ...phase, run };
    }),
  });
  await start(1);
  await begun();
  const second = await start(2);
  await vi.waitFor(() => expect(preflights).toBe(2));
  // The first one's time is over, and so is the wait of the second.
  await pass(3 * hourMs);
  await begun();
  expect(costOf(await life().store.facts(second)).ms).toBeLessThan(hourMs);
});

/** Phases that take no time, but for those that go on until they are stopped. */
function hangingIn(...names: string[]) {
  let stopped = 0;
  let tell = Promise.withResolvers<void>();
  const phases = phaseNames.map((name): Phase => {
    const swift = swiftPhase(name, delivered);
    if (!names.includes(name)) return swift;
    return {
      ...swift,
      run: ({ signal }) =>
        new Promise((_, reject) => {
          tell.resolve();
          signal.addEventListener('abort', () => {
            stopped += 1;
            reject(signal.reason);
          });
        }),
    };
  });
  /** Resolves when one of them is at it; asked again, when the next one is. */
  const begun = async () => {
    await tell.promise;
    tell = Promise.withResolvers();
  };
  return { phases, begun, stopped: () => stopped };
}
