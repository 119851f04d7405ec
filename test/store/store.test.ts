import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashOf } from '../../src/run/artifacts.ts';
import type { Fact } from '../../src/run/facts.ts';
import type { Append, NewRun, Store } from '../../src/store/store.ts';
import { databases, type TestDatabase } from './databases.ts';

const issue7: NewRun = { owner: 'octo', repo: 'slug', repoId: 2 ** 33, installationId: 5, issue: 7 };
const closed: Fact = { fact: 'saw', at: 1, what: 'issue', state: 'closed' };
const running = { state: 'running', outcome: null, words: '' } as const;
const ended = { state: 'canceled', outcome: 'closed', words: 'The issue was closed.' } as const;

function made(hash: string): Fact {
  return {
    fact: 'made',
    at: 2,
    phase: 'spec',
    kind: 'plan',
    round: { spec: 1 },
    inputs: [],
    hash,
    cost: { ms: 12, usd: 0.25 },
    result: { pass: true },
  };
}
function appendOf(expected: number, facts: Fact[] = [closed], rest: Partial<Append> = {}): Append {
  return { expected, facts, artifacts: [], derived: running, ...rest };
}

describe.each(Object.entries(databases))('the store on %s', (_name, createDatabase) => {
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await createDatabase();
    store = await database.open();
  });
  afterEach(async () => {
    expect(await store.integrityCheck()).toEqual([]);
    await store.close();
    await database.remove();
  });

  async function reopen() {
    await store.close();
    store = await database.open();
  }

  describe('runs', () => {
    test('a new run is created, without facts, and can be read back', async () => {
      const { created, run } = await store.createRun(issue7);
      expect(created).toBe(true);
      expect(run).toMatchObject({ ...issue7, state: 'created', outcome: null, words: '', length: 0 });
      expect(run).toMatchObject({ branch: undefined, pullRequest: undefined });
      await reopen();
      expect(await store.run(run.id)).toEqual(run);
      expect(await store.run('nope')).toBeUndefined();
    });

    test('one live run per issue, whoever asks at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.createRun(issue7)));
      expect(answers.filter((answer) => answer.created)).toHaveLength(1);
      expect(new Set(answers.map((answer) => answer.run.id)).size).toBe(1);
      expect((await store.createRun({ ...issue7, issue: 8 })).created).toBe(true);
    });

    test('a terminal state makes room for the next run of the same issue', async () => {
      const first = (await store.createRun(issue7)).run;
      await store.append(first.id, appendOf(0, [closed], { derived: ended }));
      expect(await store.liveRun(issue7.repoId, 7)).toBeUndefined();
      const second = await store.createRun(issue7);
      expect(second.created).toBe(true);
      expect(await store.liveRun(issue7.repoId, 7)).toEqual(second.run);
      expect((await store.latestRun(issue7.repoId, 7))?.id).toBe(second.run.id);
      expect((await store.runsNotTerminal()).map((run) => run.id)).toEqual([second.run.id]);
      expect((await store.runs({ limit: 1 })).map((run) => run.id)).toEqual([second.run.id]);
      expect(await store.runs({ limit: 9 })).toHaveLength(2);
    });

    test('a run can begin with its first facts, or does not begin at all', async () => {
      const body = { summary: 'p' };
      const begin = appendOf(0, [made(hashOf(body))], { artifacts: [{ kind: 'plan', body }] });
      const { run } = await store.createRun({ ...issue7, begin });
      expect(run).toMatchObject({ length: 1, state: 'running' });
      expect(await store.facts(run.id)).toEqual(begin.facts);

      const broken = { ...issue7, issue: 8, begin: appendOf(0, [made('0'.repeat(64))]) };
      await expect(store.createRun(broken)).rejects.toThrow(/does not exist/);
      expect(await store.latestRun(issue7.repoId, 8)).toBeUndefined();
    });
  });

  describe('append', () => {
    test('adds facts in order, with artifacts and derived columns', async () => {
      const { id } = (await store.createRun(issue7)).run;
      const body = { summary: 'plan', nul: '\0', lone: '\uD800', emoji: '🧱' };
      const facts = [closed, made(hashOf(body))];
      const derived = { ...running, words: 'waits\0', branch: 'auto-build/7', pullRequest: 12 };
      expect(
        await store.append(id, appendOf(0, facts, { artifacts: [{ kind: 'plan', body }], derived })),
      ).toEqual({
        ok: true,
        length: 2,
      });
      await store.append(id, appendOf(2));
      await reopen();
      expect(await store.facts(id)).toEqual([...facts, closed]);
      expect(await store.run(id)).toMatchObject({ length: 3, branch: 'auto-build/7', pullRequest: 12 });
      expect(await store.artifact(hashOf(body))).toEqual({ hash: hashOf(body), kind: 'plan', body });
    });

    test('of many writers that saw the same history exactly one wins, the others learn the length', async () => {
      const { id } = (await store.createRun(issue7)).run;
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) => store.append(id, appendOf(0, [{ ...closed, at }]))),
      );
      expect(answers.filter((answer) => answer.ok)).toEqual([{ ok: true, length: 1 }]);
      expect(answers.filter((answer) => !answer.ok)).toEqual(Array(9).fill({ ok: false, length: 1 }));
      expect(await store.facts(id)).toHaveLength(1);
    });

    test('writers that retry all get in, none twice', async () => {
      const { id } = (await store.createRun(issue7)).run;
      await Promise.all(
        Array.from({ length: 10 }, async (_, at) => {
          let expected = 0;
          for (;;) {
            const answer = await store.append(id, appendOf(expected, [{ ...closed, at }]));
            if (answer.ok) return;
            expected = answer.length;
          }
        }),
      );
      const facts = await store.facts(id);
      expect(facts.map((fact) => fact.at).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test('the loser leaves nothing behind, not even its artifacts', async () => {
      const { id } = (await store.createRun(issue7)).run;
      await store.append(id, appendOf(0));
      const body = { loser: true };
      await store.append(id, appendOf(0, [made(hashOf(body))], { artifacts: [{ kind: 'plan', body }] }));
      expect(await store.artifact(hashOf(body))).toBeUndefined();
    });

    test('a terminal state is never left, but may learn more', async () => {
      const { id } = (await store.createRun(issue7)).run;
      await store.append(id, appendOf(0, [closed], { derived: ended }));
      await expect(store.append(id, appendOf(1))).rejects.toThrow(/is canceled and stays so/);
      expect(await store.append(id, appendOf(1, [closed], { derived: ended }))).toEqual({
        ok: true,
        length: 2,
      });
      expect(await store.run(id)).toMatchObject({ state: 'canceled', outcome: 'closed', length: 2 });
    });

    test('a made fact without its artifact is refused, and nothing of the append stays', async () => {
      const { id } = (await store.createRun(issue7)).run;
      await expect(store.append(id, appendOf(0, [closed, made('f'.repeat(64))]))).rejects.toThrow(
        /does not exist/,
      );
      expect(await store.run(id)).toMatchObject({ length: 0, state: 'created' });
      expect(await store.facts(id)).toEqual([]);
    });

    test('an unknown run is an error', async () => {
      await expect(store.append('nope', appendOf(0))).rejects.toThrow('there is no run nope');
    });
  });

  describe('artifacts', () => {
    test('storing is idempotent and independent of key order', async () => {
      const hash = await store.putArtifact('plan', { a: 1, b: [2] });
      expect(await store.putArtifact('plan', { b: [2], a: 1 }, hash)).toBe(hash);
      expect(hash).toBe(hashOf({ a: 1, b: [2] }));
      expect((await store.artifact(hash))?.body).toEqual({ a: 1, b: [2] });
    });

    test('a wrong hash is refused and nothing is stored', async () => {
      await expect(store.putArtifact('plan', { a: 1 }, 'f'.repeat(64))).rejects.toThrow(/has hash/);
      expect(await store.artifact(hashOf({ a: 1 }))).toBeUndefined();
      await expect(store.putArtifact('plan', undefined)).rejects.toThrow(/not JSON/);
    });

    test('two kinds with equal content are told apart', async () => {
      const hash = await store.putArtifact('acceptance', { pass: true });
      expect(await store.putArtifact('suite', { pass: true })).toBe(hash);
      expect((await store.artifact(hash, 'suite'))?.kind).toBe('suite');
      expect(await store.artifact(hash, 'plan')).toBeUndefined();
    });
  });

  describe('effects', () => {
    test('intended, then done; intending again gives the row that is there and changes nothing', async () => {
      const { id } = (await store.createRun(issue7)).run;
      const first = await store.effects.intend(id, 'pr', 'pull-request', { head: 'auto-build/7' });
      expect(first).toMatchObject({ state: 'intended', attempts: 1, intent: { head: 'auto-build/7' } });
      await store.effects.done(id, 'pr', '12');
      const again = await store.effects.intend(id, 'pr', 'pull-request', { head: 'other' });
      expect(again).toMatchObject({ state: 'done', externalId: '12', attempts: 1, intent: first.intent });
    });

    test('an attempt that was cut off or failed is counted', async () => {
      const { id } = (await store.createRun(issue7)).run;
      await store.effects.intend(id, 'pr', 'pull-request', {});
      await store.effects.intend(id, 'pr', 'pull-request', {});
      await store.effects.failed(id, 'pr', '502 from GitHub');
      expect(await store.effects.list(id)).toMatchObject([
        { state: 'failed', attempts: 2, error: '502 from GitHub' },
      ]);
      expect(await store.effects.intend(id, 'pr', 'pull-request', {})).toMatchObject({
        state: 'intended',
        attempts: 3,
      });
    });

    test('are listed in the order of their first intent, per run', async () => {
      const { id } = (await store.createRun(issue7)).run;
      for (const key of ['branch', 'pr', 'check', 'branch']) await store.effects.intend(id, key, key, null);
      expect((await store.effects.list(id)).map((effect) => effect.key)).toEqual(['branch', 'pr', 'check']);
      expect(await store.effects.list('other')).toEqual([]);
    });

    test('nothing can be done without an intent, nor for a run that does not exist', async () => {
      const { id } = (await store.createRun(issue7)).run;
      await expect(store.effects.done(id, 'pr', '1')).rejects.toThrow(/no intent/);
      await expect(store.effects.intend('nope', 'pr', 'pr', {})).rejects.toThrow(/foreign key/i);
    });
  });

  test('provenance keeps the text byte for byte, with its hash', async () => {
    const { id } = (await store.createRun(issue7)).run;
    const text = 'Do this.\r\n\0\uD800🧱';
    await store.provenance.record({
      run: id,
      phase: 'build',
      kind: 'model',
      label: 'turn 1',
      exposed: ['a', 'b'],
      text,
    });
    await store.provenance.record({
      run: id,
      phase: 'suite',
      kind: 'container',
      label: 'npm test',
      exposed: [],
      image: 'sha256:1',
      network: 'none',
    });
    const [model, container] = await store.provenance.list(id);
    expect(model).toMatchObject({ phase: 'build', exposed: ['a', 'b'], text });
    expect(model?.textHash).toMatch(/^[0-9a-f]{64}$/);
    expect(container).toMatchObject({
      kind: 'container',
      image: 'sha256:1',
      network: 'none',
      text: undefined,
    });
  });

  test('a transcript is replaced when its call is saved again', async () => {
    const { id } = (await store.createRun(issue7)).run;
    await store.transcripts.save({ call: 'c1', run: id, role: 'builder', body: ['one'] });
    await store.transcripts.save({ call: 'c2', run: id, role: 'reviewer', body: [] });
    await store.transcripts.save({ call: 'c1', run: id, role: 'builder', body: ['one', 'two'] });
    expect(await store.transcripts.list(id)).toMatchObject([
      { call: 'c1', role: 'builder', body: ['one', 'two'] },
      { call: 'c2', role: 'reviewer', body: [] },
    ]);
  });
});
