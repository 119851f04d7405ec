import { expect, onTestFinished, test, vi } from 'vitest';
import type { ScenarioWorld } from '../../src/offline/scenario/run-scenario.ts';
import type { Step } from '../../src/offline/scenario/steps.ts';
import { containersOf, watchContainers } from './containers.ts';
import { open, variant, writes } from './play.ts';

// Promised are two seconds, on a machine that has nothing else to do; a busy one is given ten.
const promisedMs = 2_000;
const patienceMs = 10_000;

const label: Step = { do: 'label', name: 'auto-build', by: 'mona' };
const answer = { content: [{ answer: { summary: 'Done.', done: ['T1'], notDone: [] } }] };
const endless = { content: [{ type: 'tool_use', name: 'bash', input: { command: 'sleep 300; true' } }] };
const silent = { fault: 'hang', ...answer };

test('/pause and /cancel stop a command that hangs in a container, and nothing of it is left', async () => {
  const watch = await watchContainers();
  onTestFinished(() => watch.stop());
  const world = await open(await variant({ model: { builder: [[endless, answer]] }, steps: [label] }), {
    sandbox: 'docker',
  });
  const { failures } = await world.play();
  expect(failures).toEqual([]);
  const hanging = () =>
    watch.execs.filter((each) => each.ProcessConfig.arguments.join(' ').includes('sleep 300'));
  const id = await runOf(world);
  const mona = await monaOf(world);

  await vi.waitFor(() => expect(hanging()).toHaveLength(1), 60_000);
  const paused = await taken(async () => {
    await mona.comment(1, '/pause');
    await vi.waitFor(async () => {
      expect((await world.store.run(id))?.words).toContain('Paused');
      expect(await containersOf(id)).toEqual([]);
    }, waiting);
  });

  await mona.comment(1, '/resume');
  await vi.waitFor(() => expect(hanging()).toHaveLength(2), 60_000);
  const canceled = await taken(async () => {
    await mona.comment(1, '/cancel');
    await vi.waitFor(async () => {
      expect(await world.store.run(id)).toMatchObject({ outcome: 'canceled' });
      expect(await containersOf(id)).toEqual([]);
    }, waiting);
  });
  console.log(
    `stopped in a container: /pause ${paused} ms, /cancel ${canceled} ms (promised: ${promisedMs})`,
  );
  await expectNothingHalfWritten(world, id);
});

test('/pause and /cancel stop a phase whose model has fallen silent', async () => {
  const world = await open(await variant({ model: { builder: [[silent as never]] }, steps: [label] }));
  const { failures } = await world.play();
  expect(failures).toEqual([]);
  const id = await runOf(world);
  const mona = await monaOf(world);
  const asked = () => world.model.journal().filter(({ role }) => role === 'builder').length;

  await vi.waitFor(() => expect(asked()).toBe(1), 60_000);
  const paused = await taken(async () => {
    await mona.comment(1, '/pause');
    await vi.waitFor(async () => expect((await world.store.run(id))?.words).toContain('Paused'), waiting);
  });
  await mona.comment(1, '/resume');
  await vi.waitFor(() => expect(asked()).toBe(2), 60_000);
  const canceled = await taken(async () => {
    await mona.comment(1, '/cancel');
    await vi.waitFor(async () => expect(await isShown(world, 'Canceled by')).toBe(true), waiting);
  });
  console.log(
    `stopped while the model was silent: /pause ${paused} ms, /cancel until people read it ${canceled} ms`,
  );
  await expectNothingHalfWritten(world, id);
});

const waiting = { timeout: patienceMs, interval: 20 };

async function taken(stop: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await stop();
  return Math.round(performance.now() - startedAt);
}

async function runOf({ store }: ScenarioWorld): Promise<string> {
  return vi.waitFor(async () => {
    const [run] = await store.runs({ limit: 1 });
    expect(run).toBeDefined();
    return run!.id;
  }, 20_000);
}

async function monaOf({ github }: ScenarioWorld) {
  const { owner, name } = (await github.snapshot()).repositories[0]!;
  return github.as('mona', { owner, name });
}

async function isShown({ github }: ScenarioWorld, words: string): Promise<boolean> {
  const [repository] = (await github.snapshot()).repositories;
  return repository?.issues[0]?.comments.some(({ body }) => body.includes(words)) ?? false;
}

/** No branch, pull request or check; and in the history no phase that failed, only ones that were stopped. */
async function expectNothingHalfWritten(world: ScenarioWorld, run: string): Promise<void> {
  expect(Object.keys(writes(world))).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(pulls|git|checks)\//)]),
  );
  const failed = (await world.store.facts(run)).filter((fact) => fact.fact === 'failed');
  expect(failed.filter(({ blame }) => blame !== 'stopped')).toEqual([]);
  expect(world.github.violations()).toEqual([]);
}
