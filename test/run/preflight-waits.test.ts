import { expect, test } from 'vitest';
import { decide } from '../../src/run/decide.ts';
import type { Cause, Fact, Said } from '../../src/run/facts.ts';
import { readHistory } from '../../src/run/heads.ts';
import { defaultPolicy } from '../../src/run/history.ts';

const start: Fact = { fact: 'saw', at: 1, what: 'start', issue: 'i', base: 'b', policy: defaultPolicy };
const found = (cause: Cause | null, issue = 1): Fact => ({
  fact: 'made',
  at: 2,
  phase: 'preflight',
  kind: 'preflight',
  round: { issue },
  inputs: [],
  hash: `p${issue}`,
  cost: { ms: 1, usd: 0 },
  result: cause === null ? { pass: true } : { pass: false, cause, words: 'why' },
});
const say = (verb: Said['verb'], over: Partial<Said> = {}): Fact =>
  ({ fact: 'said', at: 3, who: 'mona', verb, text: '', bound: {}, ...over }) as Fact;
const change: Fact = { fact: 'saw', at: 3, what: 'change', words: '#1 was closed.' };

test.for([
  ['blocked', 'blocked'],
  ['queued', 'queue'],
] as const)('%s waits for the world, and looks again when it has changed', ([cause, reason]) => {
  const waiting = [start, found(cause)];
  expect(decide(waiting)).toMatchObject({ do: 'wait', state: 'waiting_external', reason, words: 'why' });
  const again = decide([...waiting, change]);
  expect(again).toMatchObject({ do: 'make', phase: 'preflight', round: { issue: 2 } });
  // The issue is the same one, and the second look counts on its own.
  expect(readHistory([...waiting, change]).heads.issue).toMatchObject({ hash: 'i', round: 2 });
  expect(decide([...waiting, change, found(cause, 2)])).toMatchObject({ do: 'wait', reason });
  expect(decide([...waiting, change, found(null, 2)])).toMatchObject({ do: 'make', phase: 'spec' });
});

test.for(['blocked', 'queued'] as const)('%s is no question to people', (cause) => {
  for (const verb of ['approve', 'reject'] as const) {
    expect(decide([start, found(cause), say(verb)])).toMatchObject({ do: 'wait' });
  }
  expect(decide([start, found(cause), say('cancel')])).toMatchObject({ do: 'stop', outcome: 'canceled' });
});

test('a change means nothing to a run that does not wait for one', () => {
  for (const facts of [[start], [start, found(null)], [start, found('duplicate-suspected')]]) {
    expect(decide([...facts, change])).toEqual(decide(facts));
  }
});

test('a suspected duplicate waits for a person, whose yes and no are about that', () => {
  const waiting = [start, found('duplicate-suspected')];
  expect(decide(waiting)).toMatchObject({ do: 'wait', state: 'waiting_approval', reason: 'duplicate' });
  expect(decide([...waiting, say('reject')])).toMatchObject({ do: 'stop', outcome: 'duplicate' });
  expect(decide([...waiting, say('approve')])).toMatchObject({ do: 'make', phase: 'spec' });
});

test('a text that was changed late waits for a person; yes goes on, no ends the run', () => {
  const waiting = [start, found('edited-late')];
  expect(decide(waiting)).toMatchObject({ do: 'wait', state: 'waiting_approval', reason: 'edited' });
  expect(decide([...waiting, say('reject')])).toMatchObject({ do: 'stop', outcome: 'canceled' });
  expect(decide([...waiting, say('approve')])).toMatchObject({ do: 'make', phase: 'spec' });
});

test('once it was approved, a later yes or no is about the work', () => {
  const accepted = [start, found('duplicate-suspected'), say('approve')];
  expect(readHistory([...accepted, say('approve')])).toEqual(readHistory(accepted));
  expect(decide([...accepted, say('reject', { text: 'not like this' })])).not.toMatchObject({ do: 'stop' });
});

test('low feasibility goes to people at once', () => {
  expect(decide([start, found('low-feasibility')])).toMatchObject({ do: 'stop', outcome: 'infeasible' });
});
