import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ScenarioWorld } from '../../src/offline/scenario/run-scenario.ts';
import type { Step } from '../../src/offline/scenario/steps.ts';
import { readHistory } from '../../src/run/heads.ts';
import { endOf, open, play, shipped, variant, writes } from './play.ts';

// One run each, on a machine that has other things to do as well.
vi.setConfig({ testTimeout: 60_000 });

const label: Step = { do: 'label', name: 'auto-build', by: 'mona' };
const until = (run: 'failed' | 'canceled' | 'succeeded'): Step => ({ do: 'wait-for', run, timeout: 30 });
const answer = (value: unknown) => ({ content: [{ answer: value }] });
const built = { summary: 'Done.', done: ['T1'], notDone: [] };
const use = (name: string, input: unknown) => ({ content: [{ type: 'tool_use', name, input }] });
const nothingDelivered = { 'pulls/create': 0, 'git/receive-pack': 0, 'checks/create': 0 };

const delivered = (world: ScenarioWorld) => ({ ...nothingDelivered, ...writes(world) });
const asked = (world: ScenarioWorld, role: string) =>
  world.model.journal().filter((entry) => entry.role === role);

/** The one comment that says where the run stands. */
function stickyOf(comments: readonly string[]): string | undefined {
  const sticky = comments.filter((comment) => comment.startsWith('<!-- auto-build:sticky '));
  expect(sticky).toHaveLength(1);
  return sticky[0];
}

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
  expect(stickyOf(comments)).toContain('What the model returned as spec-author cannot be used');
  expect(delivered(world)).toMatchObject({ ...nothingDelivered });
});

test('a builder that changes nothing is told so, and after its last try people are', async () => {
  const nothing = [answer(built)];
  const { world, run, comments } = await play(
    await variant({ model: { builder: [nothing, nothing, nothing] }, steps: [label, until('failed')] }),
  );
  expect(run).toMatchObject({ outcome: 'handed_over' });
  expect(run?.words).toContain('The builder changed nothing.');
  expect(stickyOf(comments)).toContain('The builder changed nothing.');
  const [first, second] = asked(world, 'builder');
  expect(first?.raw).not.toContain('The builder changed nothing.');
  expect(second?.raw).toContain('The builder changed nothing.');
  expect(delivered(world)).toMatchObject(nothingDelivered);
});

test('a patch that touches a workflow is refused in words that name it, to the builder and then to people', async () => {
  const stubborn = [
    use('write_file', { path: '.github/workflows/ci.yml', content: 'on: push\n' }),
    answer(built),
  ];
  const { world, comments } = await play(
    await variant({ model: { builder: [stubborn, stubborn, stubborn] }, steps: [label, until('failed')] }),
  );
  expect(asked(world, 'builder')[2]?.raw).toContain('.github/workflows/ci.yml');
  expect(stickyOf(comments)).toContain('.github/workflows/ci.yml');
  expect(delivered(world)).toMatchObject(nothingDelivered);
});

test.for([
  ['read', {}],
  ['triage', { 'issues/create-comment': 1 }],
] as const)('a label by somebody with %s access starts nothing', async ([role, written]) => {
  const world = await open(await variant({ steps: [] }));
  await world.play();
  const { github, store } = world;
  const repo = await repoOf(world);
  // GitHub lets nobody below triage put a label on, so the role is looked at again where the event arrives.
  github.setRole(repo, 'jules', 'triage');
  const labeling = github.as('jules', repo).addLabel(1, 'auto-build');
  github.setRole(repo, 'jules', role);
  await labeling;
  await vi.waitFor(async () => expect(await labelOf(world)).toBe('processed'), 5_000);
  expect(await store.runs({ limit: 10 })).toEqual([]);
  expect(writes(world)).toEqual(written);
  expect(world.model.journal()).toEqual([]);
});

/** What became of the label's event in the app. */
async function labelOf({ github, store }: ScenarioWorld): Promise<string | undefined> {
  await github.webhooksIdle();
  const sent = github.deliveries().find(({ action }) => action === 'labeled');
  return (await store.deliveries.list({ limit: 100 })).find(({ id }) => id === sent?.guid)?.state;
}

async function repoOf({ github }: ScenarioWorld) {
  const { owner, name } = (await github.snapshot()).repositories[0]!;
  return { owner, name };
}

test('the label again, and its event again, start no second run while one is at work', async () => {
  const scenario = await variant({ steps: [label, until('canceled')] });
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
    const mona = github.as('mona', await repoOf(world));
    await mona.addLabel(1, 'auto-build');
    await mona.addLabel(1, 'bug');
    await mona.comment(1, '/cancel');
  }
  const end = await endOf(world, await world.play());
  await again;
  expect(await world.store.runs({ limit: 10 })).toHaveLength(1);
  expect(end.run).toMatchObject({ outcome: 'canceled', words: 'Canceled by @mona.' });
  expect(stickyOf(end.comments)).toContain('Canceled by');
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

  const mona = world.github.as('mona', await repoOf(world));
  const saidAt = Date.now();
  await mona.comment(1, '/cancel');
  await playing;
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 2_000);
  expect(Date.now() - saidAt).toBeLessThan(2_000);

  const end = await endOf(world, await playing);
  expect(end.run).toMatchObject({ state: 'canceled', outcome: 'canceled', words: 'Canceled by @mona.' });
  expect(stickyOf(end.comments)).toContain('Canceled by');
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
  expect(stickyOf(comments)).toContain('.github/auto-build.yml:2');
  expect(world.model.journal()).toEqual([]);
});

test('a repository of a kind that we do not know is refused in words, and no model is asked', async () => {
  const { world, run, comments } = await play(
    await variant({
      files: { 'package.json': null, 'src/mean.js': null, 'test/mean.test.js': null, 'main.c': '' },
      steps: [label, until('failed')],
    }),
  );
  expect(run).toMatchObject({ outcome: 'handed_over' });
  expect(stickyOf(comments)).toContain('cannot build and test this kind of repository');
  expect(world.model.journal()).toEqual([]);
});

test('a review that is quicker than the record of the delivery counts for it', async () => {
  const repo = { owner: 'octo-org', name: 'one-line-fix' };
  const people = [
    { login: 'mona', role: 'write' as const },
    { login: 'ada', role: 'write' as const },
  ];
  const config = 'merge: approval\n';
  // There is no script for another candidate: that one is asked for is what matters here.
  const world = await open(await variant({ people, config, steps: [label, until('failed')] }));
  const playing = world.play();
  // The pull request is there, its number is on its way into the history: checks and texts come between the two.
  const number = await vi.waitFor(
    async () => {
      const [pull] = (await world.github.snapshot()).repositories[0]?.pulls ?? [];
      expect(pull).toBeDefined();
      return pull!.number;
    },
    { timeout: 30_000, interval: 20 },
  );
  await world.github.as('ada', repo).review(number, { state: 'request_changes', body: 'Name it better.' });
  const { facts } = await endOf(world, await playing);
  expect(readHistory(facts).heads.candidate).toMatchObject({
    round: 2,
    because: { cause: 'rejected-by-person', words: 'Name it better.' },
  });
});

test.each([
  ['merge-queue', 'merge-queue'],
  ['signed-commits', 'commit'],
])('killed between the call and its record, %s is done once all the same', async (name, effect) => {
  const scenario = await shipped(name);
  const kill: Step = { do: 'kill', at: `after-call:${effect}` };
  // Behind what has it delivered, or has it put into the queue.
  const cause = scenario.steps.findIndex((step) => step.do === (effect === 'commit' ? 'label' : 'check'));
  const steps = scenario.steps.toSpliced(cause + 1, 0, kill);
  const { result } = await play({ ...scenario, steps });
  expect(result.failures).toEqual([]);
});
