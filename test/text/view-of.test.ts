import { expect, test } from 'vitest';
import { proveContracts } from '../../src/gate/proof.ts';
import { score } from '../../src/gate/score.ts';
import type { TestReport } from '../../src/gate/test-report.ts';
import type { Contracts, FrozenIssue, Patch, SealedTests } from '../../src/run/artifacts.ts';
import { hashOf } from '../../src/run/artifacts.ts';
import { decide } from '../../src/run/decide.ts';
import type { ArtifactKind, Fact, Result } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { stickyComment } from '../../src/text/sticky.ts';
import type { RunView } from '../../src/text/view.ts';
import { artifactsShown, viewOf } from '../../src/text/view-of.ts';
import { perfect } from '../gate/signals.ts';

const issue: FrozenIssue = {
  number: 4,
  title: 'Add double',
  body: '',
  author: 'jules',
  startedBy: 'mona',
  url: 'https://github.test/acme/tiny/issues/4',
  removed: [],
};
const contracts: Contracts = {
  contracts: [
    {
      id: 'C1',
      kind: 'new',
      title: 'doubles',
      given: 'g',
      when: 'w',
      // biome-ignore lint/suspicious/noThenProperty: a contract's own word
      then: 't',
      examples: [{ input: '1', output: '2' }],
      edgeCases: [],
    },
  ],
};
const tests: SealedTests = {
  file: 'test/double.test.js',
  content: '…',
  mode: 'data',
  tests: [
    { id: 'C1/1', contract: 'C1', visibility: 'visible' },
    { id: 'C1/2', contract: 'C1', visibility: 'silent' },
  ],
};
const patch = (n: number): Patch => ({
  base: 'b',
  tree: `tree-${n}`,
  files: [],
  diff: '',
  summary: `Candidate ${n}`,
  model: `model-${n}`,
});
const report = (statuses: ('passed' | 'failed')[], names = ['C1/1', 'C1/2']): TestReport => ({
  exitCode: statuses.every((status) => status === 'passed') ? 0 : 1,
  timedOut: false,
  outOfMemory: false,
  report: 'ok',
  tests: names.map((id, at) => ({ id, file: 'f', name: id, status: statuses[at]!, durationMs: 1 })),
  tail: '',
  durationMs: 1,
  tree: 'tree-2',
  image: 'sha256:1',
});
const acceptance = (second: 'passed' | 'failed') =>
  proveContracts({
    sealed: tests,
    contracts,
    runs: Array(3).fill(report(['passed', second])),
    twinRuns: [
      {
        report: report(['failed', 'failed', 'failed'], ['x', 'y', 'z']),
        twins: [
          { name: 'x', of: 'C1/1' },
          { name: 'y', of: 'C1/2' },
          { name: 'z', of: 'control' },
        ],
      },
    ],
  });
const signals = {
  ...perfect,
  contracts: { proven: 1, total: 1, inProcess: 0 },
  lint: null,
  types: null,
  build: null,
  mutation: null,
};

/** A run in memory: its facts and the bodies of its artifacts. */
function history() {
  const bodies = new Map<string, unknown>([[hashOf(issue), issue]]);
  const policy = defaultPolicy;
  const facts: Fact[] = [{ fact: 'saw', at: 1_000, what: 'start', issue: hashOf(issue), base: 'b', policy }];
  const next = () => {
    const decision = decide(facts);
    if (decision.do !== 'make') throw new Error(`nothing to make: ${JSON.stringify(decision)}`);
    return decision;
  };
  const at = () => facts.length * 1_000 + 1_000;
  return {
    facts,
    make(body: unknown, result: Result = { pass: true }, also: { kind: ArtifactKind; body: unknown }[] = []) {
      const decision = next();
      const all = [
        ...also.map((each) => ({ ...each, result: { pass: true } as Result })),
        { kind: decision.kind, body, result },
      ];
      const when = at();
      for (const [index, each] of all.entries()) {
        bodies.set(hashOf(each.body), each.body);
        const cost = index === 0 ? { ms: 600, usd: 0.5 } : { ms: 0, usd: 0 };
        const { phase, round } = decision;
        facts.push({
          fact: 'made',
          at: when,
          phase,
          kind: each.kind,
          round,
          inputs: [],
          hash: hashOf(each.body),
          cost,
          result: each.result,
        });
      }
    },
    fail(why: string, blame: 'fault' | 'answer') {
      const { phase, kind, round } = next();
      facts.push({
        fact: 'failed',
        at: at(),
        phase,
        kind,
        round,
        inputs: [],
        why,
        blame,
        cost: { ms: 100, usd: 0 },
      });
    },
    view(change: { head?: string; atWork?: boolean } = {}): RunView {
      const shown = new Map(artifactsShown(facts).map(({ hash }) => [hash, bodies.get(hash)]));
      return viewOf({
        run: { id: 'r1', owner: 'acme', repo: 'tiny', branch: 'auto-build/4-add-double' },
        url: 'https://github.test/acme/tiny',
        facts,
        bodies: shown,
        atWork: true,
        ...change,
      });
    },
  };
}

function untilBuild() {
  const run = history();
  run.make({
    checks: [],
    stack: 'node',
    sandbox: 'docker',
    commands: { install: 'npm ci', test: 'npm test' },
  });
  run.fail('The model service did not answer.', 'fault');
  run.make({ interface: 'i', contracts: hashOf(contracts), plan: 'p', openQuestions: [] }, { pass: true }, [
    { kind: 'contracts', body: contracts },
  ]);
  run.make({ approved: true, findings: [] });
  const red = tests.tests.map(({ id }) => ({
    id,
    contract: 'C1',
    kind: 'new',
    status: 'failed',
    errorClass: 'TypeError',
  }));
  run.make({ red: true, problems: [], tests: red }, { pass: true }, [{ kind: 'tests', body: tests }]);
  return run;
}
const phaseOf = (view: RunView, name: string) => view.phases.find((phase) => phase.name === name)!;

test('a run that has just begun waits for its turn, then works', () => {
  const run = history();
  expect(run.view({ atWork: false })).toMatchObject({
    state: 'created',
    outcome: null,
    doing: { phase: 'preflight' },
  });
  expect(stickyComment(run.view({ atWork: false }))).toContain('Queued');
  expect(stickyComment(run.view())).toContain('Checking whether this can be built');
});

test('attempts, times and costs are told apart, and why there was another attempt', () => {
  const view = untilBuild().view();
  expect(phaseOf(view, 'spec')).toMatchObject({
    status: 'passed',
    attempts: 2,
    cost: { ms: 700, usd: 0.5 },
    startedAt: 3_400,
    endedAt: 4_000,
    again: [{ what: 'attempt 2: after a fault', words: 'The model service did not answer.' }],
  });
  expect(phaseOf(view, 'build')).toMatchObject({ status: 'running', attempts: 0, startedAt: null });
  expect(phaseOf(view, 'review').status).toBe('waiting');
  expect(view.contracts).toEqual([
    expect.objectContaining({ id: 'C1', tests: ['C1/1', 'C1/2'], onBase: 2, greenRuns: null, proven: null }),
  ]);
});

test('a red candidate is replaced, and what was shown for it says nothing about the next', () => {
  const run = untilBuild();
  run.make(patch(1));
  run.make(acceptance('failed'), { pass: false, cause: 'acceptance-red', words: '1 of 2 failed' });
  const between = run.view();
  expect(between).toMatchObject({ doing: { phase: 'build' }, proof: null, patch: null });
  expect(between.candidates).toEqual([
    { round: 1, model: 'model-1', replacedFor: 'acceptance-red', route: null },
  ]);
  expect(phaseOf(between, 'build')).toMatchObject({ status: 'running', attempts: 1 });
  expect(phaseOf(between, 'acceptance').status).toBe('redo');
  expect(between.contracts[0]).toMatchObject({ greenRuns: null, proven: null });

  run.make(patch(2));
  run.make(acceptance('passed'));
  const after = run.view();
  expect(after.patch?.summary).toBe('Candidate 2');
  expect(after.contracts[0]).toMatchObject({ greenRuns: 3, twinsSurvived: [], proven: true, reason: null });
  expect(after.proof).toEqual({
    tree: 'tree-2',
    image: 'sha256:1',
    runs: 3,
    mode: 'data',
    twins: { killed: 2, total: 2 },
    tampering: [],
  });
  expect(phaseOf(after, 'build').again).toEqual([
    { what: 'candidate 2: sealed tests failed', words: '1 of 2 failed' },
  ]);
});

test('a merged run has everything that the last comment needs', () => {
  const run = untilBuild();
  run.make(patch(2));
  run.make(acceptance('passed'));
  const scans = {
    security: [],
    stubs: [],
    dependencies: ['left-pad@1'],
    protectedPaths: [],
    size: { files: 1, additions: 1, deletions: 0, large: false },
  };
  const suite = {
    ok: true,
    regressions: [],
    preexisting: ['old'],
    passed: 5,
    failed: 1,
    skipped: 0,
    added: 2,
    trouble: null,
  };
  run.make({
    tests: suite,
    checks: [{ name: 'lint', command: 'npm run lint', state: 'still-red', tail: '' }],
    tamper: [],
    scans,
    words: '',
  });
  run.make({ approved: true, summary: 'Good.', findings: [] });
  const scored = score(signals);
  run.make({ signals, score: scored, route: 'merge' }, { pass: true, route: 'merge', points: scored.points });
  expect(run.view({ head: 'commit' })).toMatchObject({
    head: 'commit',
    pullRequest: null,
    doing: { phase: 'deliver', merge: false },
  });
  const delivered = { pass: true as const, route: 'merge' as const, head: 'commit', pullRequest: 5 };
  run.make({ route: 'merge', pullRequest: 5, branch: 'x', head: 'commit', tree: 'tree-2' }, delivered);
  expect(run.view()).toMatchObject({
    doing: { merge: true },
    phases: expect.arrayContaining([expect.objectContaining({ name: 'deliver', status: 'passed' })]),
  });
  run.make({ pullRequest: 5, head: 'commit', commit: 'merge' }, { pass: true, head: 'commit' });
  const view = run.view();
  expect(view).toMatchObject({
    state: 'succeeded',
    outcome: 'merged',
    doing: null,
    score: { score: 10_000, route: 'merge' },
    pullRequest: { number: 5, url: 'https://github.test/acme/tiny/pull/5' },
    candidates: [{ round: 1, route: 'merge', replacedFor: null }],
    suite: {
      checks: [
        { name: 'tests', ok: true, words: '5 passed, 2 of them new, 1 red on the base already' },
        { name: 'lint', ok: null, words: 'red, as on the base' },
      ],
      newDependencies: ['left-pad@1'],
    },
  });
  expect(stickyComment(view)).toContain('**Merged with #5.**');
  expect(stickyComment(run.view())).toBe(stickyComment(view));
});

test('a change that a person rejected keeps its pull request and loses its score', () => {
  const run = untilBuild();
  run.make(patch(2));
  run.make(acceptance('passed'));
  const size = { files: 1, additions: 1, deletions: 0, large: false };
  const scans = { security: [], stubs: [], dependencies: [], protectedPaths: [], size };
  run.make({ tests: null, checks: [], tamper: [], scans, words: '' });
  run.make({ approved: true, summary: 'Good.', findings: [] });
  run.make(
    { signals, score: score(signals), route: 'review' },
    { pass: true, route: 'review', points: 8_000 },
  );
  const delivered = { pass: true as const, route: 'review' as const, head: 'commit', pullRequest: 5 };
  run.make({ route: 'review', pullRequest: 5, branch: 'x', head: 'commit', tree: 'tree-2' }, delivered);
  expect(run.view({ atWork: false })).toMatchObject({
    wait: 'human-review',
    doing: null,
    score: { score: 10_000 },
  });

  const said = {
    fact: 'said',
    at: 99_000,
    who: 'mona',
    verb: 'reject',
    text: 'too slow',
    bound: { head: 'commit' },
  };
  run.facts.push(said as Fact);
  const view = run.view();
  expect(view).toMatchObject({ doing: { phase: 'build' }, score: null, proof: null, suite: null });
  expect(view).toMatchObject({ review: null, patch: null, pullRequest: { number: 5 } });
  expect(phaseOf(view, 'build').again).toEqual([
    { what: 'candidate 2: a person rejected the change', words: 'too slow' },
  ]);
  expect(phaseOf(view, 'deliver').status).toBe('redo');
});

test('a run that ended early leaves the rest unreached', () => {
  const run = history();
  run.make(
    { checks: [], stack: '', sandbox: '', commands: { install: '', test: '' } },
    { pass: false, cause: 'preflight-refused', words: 'No write access.' },
  );
  const view = run.view();
  expect(view).toMatchObject({ outcome: 'handed_over', words: 'No write access.' });
  expect(phaseOf(view, 'preflight')).toMatchObject({ status: 'failed', words: 'No write access.' });
  expect(phaseOf(view, 'spec').status).toBe('not-reached');
});

test('an artifact that is not there is a defect, said with its hash', () => {
  expect(() =>
    viewOf({
      run: { id: 'r1', owner: 'o', repo: 'r', branch: 'b' },
      url: 'u',
      facts: history().facts,
      bodies: new Map(),
      atWork: false,
    }),
  ).toThrow(/r1 needs artifact [0-9a-f]{64}/);
});
