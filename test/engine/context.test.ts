import { describe, expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import { openContext } from '../../src/engine/context.ts';
import { openLedger } from '../../src/engine/effects.ts';
import { runPhase } from '../../src/engine/run-phase.ts';
import { FetchLostError } from '../../src/git/unanswered.ts';
import { type Phase, type PhaseContext, PhaseFailure, phase } from '../../src/phases/phase.ts';
import type { Part, RoleCall } from '../../src/roles/role.ts';
import { hashOf } from '../../src/run/artifacts.ts';
import { decideFrom } from '../../src/run/decide.ts';
import type { ArtifactKind, Fact, Made } from '../../src/run/facts.ts';
import { readHistory } from '../../src/run/heads.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import { bench, Greeting, good } from '../roles/scripted-roles.ts';

const secret = 'a list that is empty makes it answer with nothing at all';
const earlier = 'an earlier round demanded that negative amounts are always refused';
const literal = 'the number of values must be larger than zero';
const sealed = 'assert.equal(mean([-10, -20, 60, 90]), 30); assert.equal(mean([7]), 7);';
const contractsOf = (then: string) => ({
  contracts: [
    {
      id: 'C1',
      kind: 'new',
      title: 'T',
      given: 'g',
      when: 'w',
      then,
      examples: [{ input: '1', output: '2' }],
    },
  ],
});
const bodies = {
  issue: {
    number: 1,
    title: 'Mean',
    body: `It says: ${literal}.`,
    author: 'a',
    startedBy: 'a',
    url: '',
    removed: [],
  },
  interface: {
    items: [{ path: 'm.js', name: 'mean', kind: 'function', signature: '() => 1' }],
    literals: [],
  },
  plan: { summary: 'Divide.', tasks: [{ id: 'T1', title: 'T', paths: ['m.js'], detail: 'd' }] },
  tests: { file: 't.js', content: sealed, tests: [], mode: 'data' },
};

const convention = 'functions that get an empty list throw a range error';
const source = {
  files: { list: () => [], read: async (path: string) => (path === 'AGENTS.md' ? convention : undefined) },
};

/** A run that has come to its build, in a real store, with a model that would answer. */
async function atBuild(declared: ArtifactKind[]) {
  const { roles, model } = await bench([good]);
  const store = await openStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const artifacts: { kind: ArtifactKind; body: unknown; round: number }[] = [
    { kind: 'issue', body: bodies.issue, round: 1 },
    { kind: 'contracts', body: contractsOf(`${earlier}, and ${literal}`), round: 1 },
    { kind: 'interface', body: bodies.interface, round: 1 },
    { kind: 'contracts', body: contractsOf(`${secret}, and ${literal}, and ${convention}`), round: 1 },
    { kind: 'plan', body: bodies.plan, round: 1 },
    { kind: 'tests', body: bodies.tests, round: 1 },
  ];
  const [issue, ...rest] = artifacts;
  const start: Fact = {
    fact: 'saw',
    at: 1,
    what: 'start',
    issue: hashOf(issue!.body),
    base: 'b',
    policy: defaultPolicy,
  };
  const made = rest.map(
    ({ kind, body }, index): Made => ({
      fact: 'made',
      at: 2 + index,
      phase: kind === 'tests' ? 'tests' : 'spec',
      kind,
      round: { issue: 1, spec: 1, tests: 1 },
      inputs: [],
      hash: hashOf(body),
      cost: { ms: 0, usd: 0 },
      result: { pass: true },
    }),
  );
  const facts = [start, ...made];
  const { run } = await store.createRun({
    owner: 'octo-org',
    repo: 'mean',
    repoId: 1,
    installationId: 1,
    issue: 1,
    begin: { facts, artifacts, derived: { ...deriveState(facts), branch: 'auto-build/1-mean' } },
  });
  const history = readHistory(facts);
  const decision = decideFrom(history);
  if (decision.do !== 'make') throw new Error('nothing to make');
  const clock = { now: () => Date.now() };
  const ports = {
    leave: () => {},
    clock,
    store,
    effects: openLedger({
      ledger: store.effects,
      crashPoint: () => {},
      mayIntend: async () => {},
      lagMs: [1, 1],
    }),
    roles,
    sandbox: {} as never,
    source: async () => source as never,
  };
  const request = {
    run: { ...run, branch: 'b', base: 'b', baseBranch: 'main', byLabel: true },
    asked: { ...decision, phase: 'build', kind: 'patch' } as const,
    history,
    github: {} as never,
    policy: defaultPolicy,
    since: 1,
    progress: () => {},
    announce: () => {},
    place: async () => {},
    signal: new AbortController().signal,
  };
  const as = (run: Phase['run']): Phase => phase({ name: 'build', reads: declared, run });
  return {
    model,
    provenance: () => store.provenance.list(run.id),
    context: openContext(ports, { ...request, phase: as(async () => ({ made: [] })) }).context,
    runPhase: (body: Phase['run']) => runPhase(ports, { ...request, phase: as(body) }),
  };
}

/** What the build phase asks, with some of its parts replaced. */
async function ask(context: PhaseContext<ArtifactKind>, over: Partial<Record<string, Part>> = {}) {
  const known = async (kind: 'issue' | 'interface' | 'plan'): Promise<Part> => {
    const { hash, body } = await context.read(kind);
    return { name: kind, from: [hash], text: JSON.stringify(body, null, 2) };
  };
  const call: Omit<RoleCall<z.infer<typeof Greeting>>, 'run' | 'attempt' | 'guard'> = {
    role: 'builder',
    prompt: 'builder/build',
    tier: 'standard',
    parts: [
      over.issue ?? (await known('issue')),
      over.interface ?? (await known('interface')),
      over.plan ?? (await known('plan')),
      over.notes ?? { name: 'notes', from: 'words', text: 'None.' },
    ],
    schema: Greeting,
    tools: [],
    limits: { turns: 2, usd: 1, idleMs: 5_000, activeMs: 20_000 },
  };
  return context.call(call);
}

const builder: ArtifactKind[] = ['issue', 'interface', 'plan'];
const words = (text: string): Part => ({ name: 'notes', from: 'words', text });

describe('text for a builder', () => {
  test('without sealed text, but with what issue and repository say openly, is sent, and what it was made from is recorded', async () => {
    const { context, model, provenance } = await atBuild(builder);
    await ask(context, { notes: words(`${convention}. Mind that ${literal}, as the issue says.`) });
    expect(model.journal()).toHaveLength(1);
    const [entry] = await provenance();
    expect(entry).toMatchObject({ phase: 'build', kind: 'model', label: 'builder' });
    expect(entry?.exposed).toEqual([bodies.issue, bodies.interface, bodies.plan].map(hashOf));
    expect(model.journal()[0]?.raw).toContain(JSON.stringify(entry?.text?.slice(-200)).slice(1, -1));
  });

  test.for([
    ['a contract', `Note: ${secret}.`],
    ['a contract in other case and punctuation', `Note — ${secret.toUpperCase().replaceAll(' ', ', ')}!`],
    ['a contract of an earlier round', `Note: ${earlier}.`],
    ['a sealed test', `try: ${sealed}`],
  ])('that repeats %s is refused before anything is sent', async ([, text = '']) => {
    const { context, model, provenance } = await atBuild(builder);
    const refusal = await ask(context, { notes: words(text) }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PhaseFailure);
    expect(refusal).toMatchObject({ blame: 'input', message: expect.stringContaining('was not sent') });
    expect(model.journal()).toEqual([]);
    expect(await provenance()).toHaveLength(1);
  });

  test('that leaks ends the phase with words for people and no evidence', async () => {
    const { runPhase, model } = await atBuild(builder);
    const { facts, artifacts } = await runPhase(async (context) => {
      await ask(context, { notes: words(secret) });
      return { made: [] };
    });
    expect(facts).toMatchObject([{ fact: 'failed', phase: 'build', blame: 'input' }]);
    expect(facts[0]).toHaveProperty('why', expect.stringContaining('repeated sealed text'));
    expect(artifacts).toEqual([]);
    expect(model.journal()).toEqual([]);
  });
});

describe('a phase', () => {
  test.for(['contracts', 'tests'] as const)('cannot read %s when it does not declare it', async (kind) => {
    const { runPhase, context } = await atBuild(builder);
    await expect(context.read(kind)).rejects.toThrow(`read ${kind}, which it does not declare`);
    await expect(context.find(kind)).rejects.toThrow(`read ${kind}, which it does not declare`);
    const { facts, defect } = await runPhase(async (given) => {
      await given.read(kind);
      return { made: [] };
    });
    expect(defect).toBeInstanceOf(Error);
    expect(facts).toMatchObject([{ fact: 'failed', blame: 'fault', inputs: [] }]);
  });

  test('that GitHub did not answer when it fetched is tried again', async () => {
    const { runPhase } = await atBuild(builder);
    const { facts, defect } = await runPhase(async () => {
      throw new FetchLostError('ann/lib', 'fatal: the remote end hung up unexpectedly', undefined);
    });
    expect(defect).toBeUndefined();
    expect(facts).toMatchObject([{ fact: 'failed', blame: 'fault' }]);
  });

  test('cannot show what it did not read, whatever it declares', async () => {
    const { context, model } = await atBuild([...builder, 'contracts']);
    const hash = hashOf(contractsOf(`${secret}, and ${literal}, and ${convention}`));
    const leak = ask(context, { notes: { name: 'notes', from: [hash], text: 'nothing' } });
    await expect(leak).rejects.toThrow(`was to see ${hash}, which build did not read`);
    expect(model.journal()).toEqual([]);
  });

  test('that reads contracts and shows them to a builder is refused all the same', async () => {
    const { context, model } = await atBuild([...builder, 'contracts']);
    const contracts = await context.read('contracts');
    const plan: Part = { name: 'plan', from: [contracts.hash], text: JSON.stringify(contracts.body) };
    await expect(ask(context, { plan })).rejects.toThrow(PhaseFailure);
    expect(model.journal()).toEqual([]);
  });
});
