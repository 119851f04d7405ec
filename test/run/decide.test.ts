import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { decide, nextTimer } from '../../src/run/decide.ts';
import {
  type Cause,
  causes,
  defaultBudgets,
  type Fact,
  type Made,
  type Result,
  type Route,
} from '../../src/run/facts.ts';
import { heads, meant, readHistory } from '../../src/run/heads.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState, isTerminal } from '../../src/run/state.ts';

type Making = Extract<ReturnType<typeof decide>, { do: 'make' }>;

const start: Fact = {
  fact: 'saw',
  at: 0,
  what: 'start',
  issue: 'issue-hash',
  base: 'base-1',
  policy: defaultPolicy,
};

/** Answers a decision to make something, as a phase would. */
function made(decision: Making, n: number, result: Result): Made {
  const extra: Partial<Made['result']> =
    decision.kind === 'delivery' ? { head: `head-${n}`, route: result.route ?? 'merge' } : {};
  return {
    fact: 'made',
    at: n,
    phase: decision.phase,
    kind: decision.kind,
    round: decision.round,
    inputs: [],
    hash: `${decision.kind}-${n}`,
    cost: { ms: 1_000, usd: 0.01 },
    result: { ...extra, ...result } as Result,
  };
}

function making(facts: readonly Fact[]): Making {
  const decision = decide(facts);
  if (decision.do !== 'make') throw new Error(`expected something to make, got ${JSON.stringify(decision)}`);
  return decision;
}

const green: Result = { pass: true };
const scored = (route: Route, points: number): Result => ({ pass: true, route, points });

/** Plays a run: `results` by kind are used up in order, everything else is green. */
function play(results: Partial<Record<string, Result[]>> = {}, from: Fact[] = [start], max = 200): Fact[] {
  const facts = [...from];
  const queues = structuredClone(results);
  for (let n = facts.length; n < max; n += 1) {
    const decision = decide(facts);
    if (decision.do !== 'make') return facts;
    const next = queues[decision.kind]?.shift();
    const usual = decision.kind === 'score' ? scored('merge', 9_500) : green;
    const delivered = facts.findLast((fact) => fact.fact === 'made' && fact.kind === 'score') as
      | Made
      | undefined;
    const routed =
      decision.kind === 'delivery'
        ? { pass: true as const, route: delivered?.result.route ?? 'merge' }
        : usual;
    facts.push(made(decision, n, next ?? routed));
  }
  throw new Error('the run did not settle');
}

const order = (facts: readonly Fact[]) => facts.flatMap((fact) => (fact.fact === 'made' ? [fact.kind] : []));
const red = (cause: Cause): Result => ({ pass: false, cause, words: `because of ${cause}` });

describe('decide', () => {
  test('a green run makes the evidence in order and merges', () => {
    const facts = play();
    expect(order(facts)).toEqual([
      'preflight',
      'spec',
      'spec-review',
      'red-proof',
      'patch',
      'acceptance',
      'suite',
      'review',
      'score',
      'delivery',
      'merge',
    ]);
    expect(deriveState(facts)).toMatchObject({ state: 'succeeded', outcome: 'merged' });
  });

  test('a red acceptance makes a new candidate at once, with the evidence as its reason', () => {
    const facts = play({ acceptance: [red('acceptance-red')] });
    expect(order(facts).slice(4, 8)).toEqual(['patch', 'acceptance', 'patch', 'acceptance']);
    const before = facts.slice(0, facts.findIndex((f) => f.fact === 'made' && f.kind === 'acceptance') + 1);
    expect(making(before)).toMatchObject({
      phase: 'build',
      attempt: 2,
      tier: 'standard',
      because: { cause: 'acceptance-red', evidence: expect.stringMatching(/^acceptance-/) },
    });
  });

  test('the stronger model builds from the third candidate on', () => {
    const facts = play({ acceptance: Array(8).fill(red('acceptance-red')) });
    const tiers: string[] = [];
    facts.forEach((fact, n) => {
      if (fact.fact === 'made' && fact.kind === 'patch') tiers.push(making(facts.slice(0, n)).tier);
    });
    expect(tiers).toEqual(['standard', 'standard', ...Array(7).fill('strong')]);
  });

  test('eight repairs, then what exists is scored and handed to people', () => {
    const facts = play({
      acceptance: Array(20).fill(red('acceptance-red')),
      score: [scored('needs-work', 7_000)],
    });
    expect(order(facts).filter((kind) => kind === 'patch')).toHaveLength(9);
    expect(order(facts).slice(-4)).toEqual(['suite', 'review', 'score', 'delivery']);
    expect(deriveState(facts)).toMatchObject({ state: 'waiting_approval', outcome: null });
  });

  test('a middling score gets one more candidate, from the stronger model, once', () => {
    const facts = play({ score: Array(5).fill(scored('needs-work', 6_000)) });
    expect(order(facts).filter((kind) => kind === 'patch')).toHaveLength(2);
    const second = facts.findLastIndex((fact) => fact.fact === 'made' && fact.kind === 'patch');
    expect(making(facts.slice(0, second))).toMatchObject({
      tier: 'strong',
      because: { cause: 'score-middling' },
    });
  });

  test('people may accept a part: by saying so, for the commit that was shown', () => {
    const facts = play({ score: Array(5).fill(scored('needs-work', 6_000)) });
    const head = readHistory(facts).newest.delivery!.result.head!;
    const approve = (text: string, bound = head): Fact => ({
      fact: 'said',
      at: 1,
      who: 'm',
      verb: 'approve',
      text,
      bound: { head: bound },
    });
    expect(decide(facts)).toMatchObject({ do: 'wait', reason: 'partial' });
    expect(decide([...facts, approve('')])).toMatchObject({ do: 'wait', reason: 'partial' });
    expect(decide([...facts, approve('partial', 'another')])).toMatchObject({
      do: 'wait',
      reason: 'partial',
    });
    expect(decide([...facts, approve('partial')])).toMatchObject({ do: 'make', kind: 'merge' });
  });

  test('people are asked again when the clock of a delivered commit has run out, once', () => {
    const facts = play({ score: [scored('review', 8_000)] });
    const { newest } = readHistory(facts);
    const due = nextTimer(readHistory(facts));
    expect(due).toEqual({
      name: 'human-review',
      at: newest.delivery!.at + defaultPolicy.humanReviewMs,
      head: newest.delivery!.result.head,
    });
    const asked: Fact = { fact: 'saw', at: 1, what: 'timer', name: 'human-review', head: due!.head };
    expect(nextTimer(readHistory([...facts, asked]))).toBeNull();
    expect(nextTimer(readHistory([start]))).toBeNull();
  });

  test('a weak score is rejected: delivered as a report, never merged', () => {
    const facts = play({ score: [scored('reject', 4_900)] });
    expect(order(facts)).not.toContain('merge');
    expect(deriveState(facts)).toMatchObject({ state: 'failed', outcome: 'rejected' });
  });

  test('four rounds of the spec, then people', () => {
    const facts = play({ 'spec-review': Array(9).fill(red('spec-findings')) });
    expect(order(facts).filter((kind) => kind === 'spec')).toHaveLength(4);
    expect(deriveState(facts)).toMatchObject({ state: 'failed', outcome: 'handed_over' });
  });

  test('a new spec makes everything after it stale, whatever was there', () => {
    const facts = play({ 'spec-review': [red('spec-findings')] });
    expect(order(facts).slice(0, 6)).toEqual([
      'preflight',
      'spec',
      'spec-review',
      'spec',
      'spec-review',
      'red-proof',
    ]);
  });

  test('a moved base replays the candidate and makes program evidence again, not the review', () => {
    const open = play({ score: [scored('review', 8_000)] });
    expect(decide(open)).toMatchObject({ do: 'wait', reason: 'human-review' });
    const moved = play({ score: [scored('review', 8_000)] }, [
      ...open,
      { fact: 'saw', at: 1, what: 'tip', base: 'base-2' },
    ]);
    expect(order(moved.slice(open.length))).toEqual(['patch', 'acceptance', 'suite', 'score', 'delivery']);
  });

  test('an approval counts for the very commit that was shown, and for no other', () => {
    const open = play({ score: [scored('review', 8_000)] });
    const head = readHistory(open).newest.delivery!.result.head!;
    const approve = (bound: string): Fact => ({
      fact: 'said',
      at: 1,
      who: 'maintainer',
      verb: 'approve',
      text: '',
      bound: { head: bound },
    });
    expect(decide([...open, approve('another-commit')])).toMatchObject({
      do: 'wait',
      reason: 'human-review',
    });
    expect(decide([...open, approve(head)])).toMatchObject({ do: 'make', kind: 'merge' });
  });

  test('somebody else’s commit on the branch voids score and approval', () => {
    const open = play({ score: [scored('review', 8_000)] });
    const facts: Fact[] = [
      ...open,
      { fact: 'saw', at: 1, what: 'pull-request', number: 1, state: 'foreign-commit', head: 'theirs' },
      { fact: 'said', at: 2, who: 'm', verb: 'approve', text: '', bound: { head: 'theirs' } },
    ];
    expect(decide(facts)).toMatchObject({ do: 'wait', reason: 'foreign-commit' });
  });

  test('merge: approval always waits for a person; approve_spec waits before tests are written', () => {
    const policy = { ...defaultPolicy, merge: 'approval' as const, approveSpec: true };
    const spec = play({}, [{ ...start, policy } as Fact]);
    expect(decide(spec)).toMatchObject({ do: 'wait', reason: 'spec-approval' });
    const bound = { spec: readHistory(spec).heads.spec.hash! };
    const approved = play({}, [
      ...spec,
      { fact: 'said', at: 1, who: 'm', verb: 'approve', text: 'spec', bound },
    ]);
    expect(decide(approved)).toMatchObject({ do: 'wait', reason: 'merge-approval' });
  });

  test('two rejections make two more candidates, the third is people', () => {
    let facts = play({ score: Array(9).fill(scored('review', 8_000)) });
    for (const n of [1, 2, 3]) {
      const bound = { head: readHistory(facts).newest.delivery!.result.head! };
      const reject: Fact = { fact: 'said', at: n, who: 'm', verb: 'reject', text: 'not like this', bound };
      facts = play({ score: Array(9).fill(scored('review', 8_000)) }, [...facts, reject]);
    }
    expect(order(facts).filter((kind) => kind === 'patch')).toHaveLength(3);
    expect(deriveState(facts)).toMatchObject({ state: 'failed', outcome: 'handed_over' });
  });

  test('open questions wait, and the answer goes into the next spec', () => {
    const facts = play({ spec: [red('open-questions')] });
    expect(decide(facts)).toMatchObject({ do: 'wait', state: 'waiting_approval', reason: 'questions' });
    const answered: Fact = { fact: 'said', at: 9, who: 'm', verb: 'answer', text: 'Use dashes.', bound: {} };
    expect(making([...facts, answered])).toMatchObject({
      phase: 'spec',
      attempt: 2,
      because: { cause: 'questions-answered', words: 'Use dashes.' },
    });
  });

  test('the dollar cap waits for /budget, the time limit hands over', () => {
    const dear: Result = green;
    const facts: Fact[] = [start, { ...made(making([start]), 1, dear), cost: { ms: 0, usd: 10 } }];
    expect(decide(facts)).toMatchObject({ do: 'wait', reason: 'budget' });
    const more: Fact = { fact: 'said', at: 2, who: 'm', verb: 'budget', text: '+5', bound: {} };
    expect(decide([...facts, more])).toMatchObject({ do: 'make', kind: 'spec' });
    const slow: Fact[] = [
      start,
      { ...made(making([start]), 1, dear), cost: { ms: defaultBudgets.activeMs, usd: 0 } },
    ];
    expect(decide(slow)).toMatchObject({ do: 'stop', outcome: 'handed_over' });
  });

  test('a fault is tried again within its budget; an input that people must mend is not', () => {
    const failed = (blame: 'fault' | 'input'): Fact => {
      const { phase, kind, round } = making([start]);
      return {
        fact: 'failed',
        at: 1,
        phase,
        kind,
        round,
        inputs: [],
        why: 'no engine',
        blame,
        cost: { ms: 0, usd: 0 },
      };
    };
    expect(decide([start, failed('fault'), failed('fault')])).toMatchObject({
      do: 'make',
      kind: 'preflight',
    });
    expect(decide([start, failed('fault'), failed('fault'), failed('fault')])).toMatchObject({ do: 'stop' });
    expect(decide([start, failed('input')])).toMatchObject({ do: 'stop', words: 'no engine' });
  });
});

/** Any history that the engine could write: decisions answered in any way, people and the world butting in. */
const anyResult: fc.Arbitrary<Result> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Result>(green) },
  fc.constantFrom(...causes).map(red),
  fc.record({
    pass: fc.constant(true as const),
    points: fc.nat({ max: 10_000 }),
    route: fc.constantFrom<Route>('merge', 'review', 'needs-work', 'reject'),
  }),
);
const anyInterruption: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    fact: fc.constant('said' as const),
    at: fc.nat(),
    who: fc.constant('m'),
    verb: fc.constantFrom('approve', 'reject', 'retry', 'pause', 'resume', 'answer', 'budget'),
    text: fc.constantFrom('', 'spec', 'partial', '+5', 'because'),
    bound: fc.record({ head: fc.constantFrom('head-5', 'head-20') }, { requiredKeys: [] }),
  }),
  fc.nat({ max: 9 }).map((n): Fact => ({ fact: 'saw', at: n, what: 'tip', base: `base-${n}` })),
  fc
    .constantFrom<'pending' | 'green' | 'red'>('pending', 'green', 'red')
    .map((state): Fact => ({ fact: 'saw', at: 1, what: 'checks', head: 'head-10', state, words: 'ci' })),
);
type Reply = { result: Result } | { failed: 'fault' | 'answer' | 'input' } | { interruption: Fact };
const anyReply: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 8, arbitrary: anyResult.map((result) => ({ result })) },
  { weight: 1, arbitrary: fc.constantFrom('fault', 'answer').map((failed) => ({ failed }) as Reply) },
  { weight: 2, arbitrary: anyInterruption.map((interruption) => ({ interruption })) },
);

function historyOf(replies: readonly Reply[]): Fact[] {
  const facts: Fact[] = [start];
  replies.forEach((reply, n) => {
    if ('interruption' in reply) {
      facts.push(reply.interruption);
      return;
    }
    const decision = decide(facts);
    if (decision.do !== 'make') return;
    if ('result' in reply) facts.push(made(decision, n, reply.result));
    else {
      const { phase, kind, round } = decision;
      const cost = { ms: 1, usd: 0.01 };
      facts.push({
        fact: 'failed',
        at: n,
        phase,
        kind,
        round,
        inputs: [],
        why: 'w',
        blame: reply.failed,
        cost,
      });
    }
  });
  return facts;
}
const anyHistory = fc.array(anyReply, { maxLength: 120 }).map(historyOf);

describe('properties', () => {
  test('decide is a function of the facts and of nothing else', () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        const frozen = JSON.stringify(facts);
        const now = decide(facts);
        vi.useFakeTimers({ now: 4_000_000_000_000 });
        vi.spyOn(Math, 'random').mockReturnValue(0.123);
        try {
          expect(decide(JSON.parse(frozen))).toEqual(now);
        } finally {
          vi.useRealTimers();
          vi.restoreAllMocks();
        }
        expect(JSON.stringify(facts)).toBe(frozen);
      }),
    );
  });

  test('a command that means nothing changes nothing, whatever comes after', () => {
    const commands = fc.record({ interruption: anyInterruption, at: fc.nat() });
    fc.assert(
      fc.property(anyHistory, commands, (facts, { interruption, at }) => {
        if (interruption.fact !== 'said') return;
        const place = 1 + (at % facts.length);
        const said = { ...interruption, source: 'comment:1' };
        const heard = [...facts.slice(0, place), said, ...facts.slice(place)];
        if (meant(heard, 'comment:1')) return;
        expect(readHistory(heard)).toEqual(readHistory(facts));
        expect(deriveState(heard)).toEqual(deriveState(facts));
        expect(decide(heard)).toEqual(decide(facts));
      }),
      { numRuns: 400 },
    );
  });

  test('terminal states are never left, whatever comes after', () => {
    fc.assert(
      fc.property(anyHistory, fc.array(anyReply, { maxLength: 20 }), (facts, more) => {
        const state = deriveState(facts);
        if (!isTerminal(state.state)) return;
        const later = [
          ...facts,
          ...more.flatMap((each) => ('interruption' in each ? [each.interruption] : [])),
        ];
        expect(deriveState(later)).toEqual(state);
      }),
      { numRuns: 400 },
    );
  });

  test('every history ends within its budgets: it stops, or waits for somebody', () => {
    fc.assert(
      fc.property(anyHistory, fc.infiniteStream(anyResult), (begun, results) => {
        const facts = [...begun];
        let steps = 0;
        for (const result of results) {
          const decision = decide(facts);
          if (decision.do !== 'make') break;
          steps += 1;
          // 11 pieces of evidence × every advance that the budgets allow is the most that can ever be made.
          expect(steps).toBeLessThan(11 * (4 + 8 + 2 + 1 + 2 + 3 + 1));
          facts.push(made(decision, facts.length, result));
        }
        const { spent, policy } = readHistory(facts);
        for (const budget of [
          'specRounds',
          'repairs',
          'scoreRepairs',
          'noCandidate',
          'voidedTests',
          'rejections',
          'baseMoves',
        ] as const) {
          expect(spent[budget]).toBeLessThanOrEqual(policy.budgets[budget]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('only an explicit green of every requirement at the delivered heads is ever merged', () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        const decision = decide(facts);
        if (decision.do !== 'make' || decision.kind !== 'merge') return;
        const { newest, headApproved, partialAccepted } = readHistory(facts);
        expect(newest.delivery!.result.pass).toBe(true);
        const { route, head } = newest.delivery!.result;
        const approved = route === 'needs-work' ? partialAccepted === head : headApproved === head;
        const allowed = route === 'merge' || approved;
        expect(allowed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('heads only move forward', () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        let before = heads([start]);
        for (let n = 1; n <= facts.length; n += 1) {
          const now = heads(facts.slice(0, n));
          for (const name of ['issue', 'base', 'spec', 'tests', 'candidate'] as const) {
            expect(now[name].round).toBeGreaterThanOrEqual(before[name].round);
          }
          before = now;
        }
      }),
      { numRuns: 50 },
    );
  });
});
