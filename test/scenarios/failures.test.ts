import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Step } from '../../src/offline/scenario/format.ts';
import type { ScenarioWorld } from '../../src/offline/scenario/run-scenario.ts';
import { endOf, open, play, variant, writes } from './play.ts';

const label: Step = { do: 'label', name: 'auto-build', by: 'mona' };
const until = (run: 'failed' | 'canceled' | 'succeeded'): Step => ({ do: 'wait-for', run, timeout: 30 });
const answer = (value: unknown) => ({ content: [{ answer: value }] });
const built = { summary: 'Done.', done: ['T1'], notDone: [] };
const use = (name: string, input: unknown) => ({ content: [{ type: 'tool_use', name, input }] });
const nothingDelivered = { 'pulls/create': 0, 'git/receive-pack': 0, 'checks/create': 0 };

const delivered = (world: ScenarioWorld) => ({ ...nothingDelivered, ...writes(world) });
const asked = (world: ScenarioWorld, role: string) =>
  world.model.journal().filter((entry) => entry.role === role);

test('an answer that does not fit is asked for once more, with the exact error, and then the run ends in words', async () => {
  const misfit = answer({ interface: { items: [] }, contracts: [], plan: {}, openQuestions: [] });
  const { world, run, comments } = await play(
    await variant({ model: { 'spec-author': [[misfit, misfit]] }, steps: [label, until('failed')] }),
  );
  const requests = asked(world, 'spec-author');
  expect(requests).toHaveLength(2);
  const { messages } = JSON.parse(requests[1]!.raw) as { messages: { role: string; content: unknown }[] };
  expect(messages).toHaveLength(3);
  expect(JSON.stringify(messages[2])).toMatch(/Your answer cannot be used:.*interface\.items/);
  expect(run).toMatchObject({ state: 'failed', outcome: 'handed_over' });
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain('What the model returned as spec-author cannot be used');
  expect(delivered(world)).toMatchObject({ ...nothingDelivered, 'issues/create-comment': 1 });
});

test('a builder that changes nothing is told so, and after its last try people are', async () => {
  const nothing = [answer(built)];
  const { world, run, comments } = await play(
    await variant({ model: { builder: [nothing, nothing, nothing] }, steps: [label, until('failed')] }),
  );
  expect(run).toMatchObject({ outcome: 'handed_over' });
  expect(run?.words).toContain('The builder changed nothing.');
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain('The builder changed nothing.');
  const [first, second] = asked(world, 'builder');
  expect(first?.raw).not.toContain('The builder changed nothing.');
  expect(second?.raw).toContain('The builder changed nothing.');
  expect(delivered(world)).toMatchObject(nothingDelivered);
});

test('a patch that touches a workflow is refused; the builder may do without', async () => {
  const workflow = use('write_file', { path: '.github/workflows/ci.yml', content: 'on: push\n' });
  const fix = use('edit_file', { path: 'src/mean.js', old: '(values.length - 1)', new: 'values.length' });
  const { world, run, repository } = await play(
    await variant({
      model: { builder: [[workflow, fix, answer(built)], [fix, answer(built)]] },
      steps: [label, until('succeeded')],
    }),
  );
  expect(run?.outcome).toBe('merged');
  expect(asked(world, 'builder')[3]?.raw).toContain('.github/workflows/ci.yml');
  expect(repository.pulls[0]?.files.map((file) => file.path)).not.toContain('.github/workflows/ci.yml');
});

test('a patch that goes on touching a workflow ends in words that name it, and nothing is pushed', async () => {
  const stubborn = [
    use('write_file', { path: '.github/workflows/ci.yml', content: 'on: push\n' }),
    answer(built),
  ];
  const { world, comments } = await play(
    await variant({ model: { builder: [stubborn, stubborn, stubborn] }, steps: [label, until('failed')] }),
  );
  expect(comments[0]).toContain('.github/workflows/ci.yml');
  expect(delivered(world)).toMatchObject(nothingDelivered);
});

test('a stranger whose issue comes with the label starts nothing and gets no answer', async () => {
  const world = await open(await variant({ steps: [] }));
  await world.play();
  const { github, store } = world;
  const [{ owner, name }] = (await github.snapshot()).repositories as [{ owner: string; name: string }];
  const repo = { owner, name };
  await github.as('jules', repo).createIssue({ title: 'Mine', labels: ['auto-build'] });
  const sent = github.deliveries().length;
  await vi.waitFor(async () => expect(await undone(world)).toEqual([]), 5_000);
  expect(github.deliveries().slice(0, sent).map(({ action }) => action)).toContain('labeled');
  expect(await store.runs({ limit: 10 })).toEqual([]);
  expect(writes(world)).toEqual({});
  expect(world.model.journal()).toEqual([]);
});

/** Deliveries that the app has not dealt with. */
async function undone({ github, store }: ScenarioWorld) {
  await github.webhooksIdle();
  return (await store.deliveries.list({ limit: 100 })).filter(({ state }) => state === 'pending');
}

test('the label again, and its event again, start no second run while one is at work', async () => {
  const scenario = await variant({ steps: [label, until('succeeded')] });
  let again: Promise<unknown> | undefined;
  const world = await open(scenario, {
    onProgress(event) {
      if (event.kind === 'phase-started' && event.phase === 'build') again ??= labelAgain();
    },
  });
  const { github } = world;
  async function labelAgain() {
    const labeled = github.deliveries().find(({ action }) => action === 'labeled');
    await github.redeliver(labeled!.id);
    const [{ owner, name }] = (await github.snapshot()).repositories as [{ owner: string; name: string }];
    await github.as('jules', { owner, name }).comment(1, 'me too').catch(() => {});
    await github.as('mona', { owner, name }).addLabel(1, 'auto-build');
    await github.as('mona', { owner, name }).addLabel(1, 'bug');
  }
  const end = await endOf(world, await world.play());
  await again;
  expect(again).toBeDefined();
  expect(await world.store.runs({ limit: 10 })).toHaveLength(1);
  expect(end.run?.outcome).toBe('merged');
  expect(writes(world)).toMatchObject({ 'issues/create-comment': 1, 'pulls/create': 1, 'pulls/merge': 1 });
});

test('/cancel ends a run within two seconds, with everything that it had running', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-cancel-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const pidFile = path.join(folder, 'pid');
  const endless = use('bash', { command: `echo $$ > ${pidFile}; sleep 300; true` });
  const world = await open(
    await variant({ model: { builder: [[endless, answer(built)]] }, steps: [label, until('canceled')] }),
  );
  const playing = world.play();
  const pid = await vi.waitFor(async () => {
    const written = Number(await readFile(pidFile, 'utf8'));
    expect(written).toBeGreaterThan(0);
    return written;
  }, 20_000);
  expect(isAlive(pid)).toBe(true);

  const [{ owner, name }] = (await world.github.snapshot()).repositories as [{ owner: string; name: string }];
  const saidAt = Date.now();
  await world.github.as('mona', { owner, name }).comment(1, '/cancel');
  await playing;
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 2_000);
  expect(Date.now() - saidAt).toBeLessThan(2_000);

  const end = await endOf(world, await playing);
  expect(end.run).toMatchObject({ state: 'canceled', outcome: 'canceled', words: 'Canceled by @mona.' });
  expect(end.comments).toHaveLength(1);
  expect(end.comments[0]).toContain('Canceled by');
  expect(end.facts.some((fact) => fact.fact === 'failed')).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a broken .github/auto-build.yml is shown at file and line, and no model is asked', async () => {
  const { world, run, comments } = await play(
    await variant({ config: 'label: auto-build\nmerge: sometimes\n', steps: [label, until('failed')] }),
  );
  expect(run).toMatchObject({ outcome: 'handed_over' });
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain('.github/auto-build.yml:2');
  expect(world.model.journal()).toEqual([]);
});

test('a repository that is not for Node.js is refused in words, and no model is asked', async () => {
  const { world, run, comments } = await play(
    await variant({ files: { 'package.json': null, 'setup.py': '' }, steps: [label, until('failed')] }),
  );
  expect(run).toMatchObject({ outcome: 'handed_over' });
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain('there is no package.json at its root');
  expect(world.model.journal()).toEqual([]);
});
