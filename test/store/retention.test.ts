import { expect, onTestFinished, test } from 'vitest';
import { hashOf } from '../../src/run/artifacts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';

async function store() {
  const opened = await openStore({ path: ':memory:' });
  onTestFinished(() => opened.close());
  return opened;
}
type Opened = Awaited<ReturnType<typeof store>>;

async function run(opened: Opened, installationId: number, repoId: number, issue: object) {
  const begin = {
    fact: 'saw',
    at: 1,
    what: 'start',
    issue: hashOf(issue),
    base: 'b',
    policy: defaultPolicy,
  } as const;
  const started = await opened.createRun({
    owner: 'acme',
    repo: `r${repoId}`,
    repoId,
    installationId,
    issue: 1,
    begin: { facts: [begin], artifacts: [{ kind: 'issue', body: issue }], derived: deriveState([begin]) },
  });
  const { id } = started.run;
  await opened.transcripts.save({ call: `c${id}`, run: id, role: 'builder', body: 'secret' });
  await opened.provenance.record({
    run: id,
    phase: 'spec',
    kind: 'model',
    label: 'builder',
    exposed: [],
    text: 'secret',
  });
  await opened.effects.intend(id, 'k', 'comment', {});
  return id;
}
const delivery = (id: string, repoId: number, receivedAt: number) => ({
  id,
  name: 'issues',
  identity: id,
  lane: `repo:${repoId}`,
  payload: '{"secret":1}',
  receivedAt,
});

test('old payloads, transcripts and prompts go; runs, hashes and what is pending stay', async () => {
  const opened = await store();
  const id = await run(opened, 1, 1, { title: 'x' });
  await opened.deliveries.insertMany(['done', 'pending', 'given-up'].map((name) => delivery(name, 1, 10)));
  await opened.deliveries.insertMany([delivery('new', 1, Date.now() + 60_000)]);
  await opened.deliveries.markProcessed(['done', 'new']);
  await opened.deliveries.markFailed('given-up', { error: 'x', final: true });
  await opened.retention.forgetBefore(Date.now() + 30_000);

  expect(await opened.deliveries.payload('done')).toBe('');
  expect(await opened.deliveries.payload('given-up')).toBeUndefined();
  for (const kept of ['pending', 'new']) expect(await opened.deliveries.payload(kept)).toContain('secret');
  expect(await opened.transcripts.list(id)).toEqual([]);
  const [shown] = await opened.provenance.list(id);
  expect(shown?.text).toBeUndefined();
  expect(shown?.textHash).toMatch(/^[0-9a-f]{64}$/);
  expect(await opened.facts(id)).toHaveLength(1);
  expect(await opened.integrityCheck()).toEqual([]);
  // A known delivery is known for ever, with or without its payload.
  expect(await opened.deliveries.insertMany([delivery('done', 1, 20)])).toEqual(['duplicate']);
});

test('what was uninstalled is gone, and what others share with it is not', async () => {
  const opened = await store();
  const shared = { title: 'the same text' };
  const gone = await run(opened, 1, 1, shared);
  const alone = await run(opened, 1, 2, { title: 'only here' });
  const kept = await run(opened, 2, 3, shared);
  await opened.deliveries.insertMany([delivery('a', 1, 10), delivery('b', 3, 10)]);

  expect(await opened.retention.purge({ installationId: 1, repoIds: [2] })).toEqual([
    { owner: 'acme', name: 'r2' },
  ]);
  expect(await opened.run(alone)).toBeUndefined();
  expect(await opened.artifact(hashOf({ title: 'only here' }))).toBeUndefined();
  expect(await opened.run(gone)).toBeDefined();

  expect(await opened.retention.purge({ installationId: 1 })).toEqual([{ owner: 'acme', name: 'r1' }]);
  expect(await opened.run(gone)).toBeUndefined();
  expect(await opened.deliveries.payload('a')).toBeUndefined();
  expect(await opened.deliveries.payload('b')).toBeDefined();
  expect(await opened.facts(kept)).toHaveLength(1);
  expect(await opened.artifact(hashOf(shared))).toBeDefined();
  expect(await opened.transcripts.list(kept)).toHaveLength(1);
  expect(await opened.integrityCheck()).toEqual([]);
});
