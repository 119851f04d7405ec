import { expect, test } from 'vitest';
import { shownAt } from '../../src/run/approval.ts';
import { decide } from '../../src/run/decide.ts';
import type { Fact, Result, Said } from '../../src/run/facts.ts';
import { started, until } from './until.ts';

const approve = (who: string, text: string, head?: string): Fact => ({
  fact: 'said',
  at: 99,
  who,
  verb: 'approve',
  text,
  bound: head ? { head } : {},
});

test('what the operator holds up waits in its own words, and goes on where it was', () => {
  const facts = until(started(), 'spec');
  const before = decide(facts);
  const held: Fact[] = [...facts, { fact: 'saw', at: 9, what: 'operator', held: 'Stopped by hand.' }];
  expect(decide(held)).toMatchObject({
    do: 'wait',
    state: 'waiting_external',
    reason: 'operator',
    words: 'Stopped by hand.',
  });
  expect(decide([...held, { fact: 'saw', at: 10, what: 'operator', held: null }])).toEqual(before);
});

test('push: after-approval waits for the word about the candidate that was scored', () => {
  const facts = until(started({ push: 'after-approval' }), 'score', { route: 'merge' });
  expect(decide(facts)).toMatchObject({ do: 'wait', reason: 'push-approval' });
  expect(decide([...facts, approve('mona', '')])).toMatchObject({ reason: 'push-approval' });
  const { candidate } = shownAt(facts, 99);
  const push = (bound: Said['bound']): Fact => ({ ...approve('mona', 'repo.push'), bound }) as Fact;
  for (const bound of [{}, { candidate: 'an older one' }]) {
    expect(decide([...facts, push(bound)])).toMatchObject({ reason: 'push-approval' });
  }
  expect(decide([...facts, push({ candidate: candidate! })])).toMatchObject({ do: 'make', phase: 'deliver' });
  const rejected = until(started({ push: 'after-approval' }), 'score', { route: 'reject' });
  expect(decide(rejected)).toMatchObject({ do: 'make', phase: 'deliver' });
});

test('where two people are asked for, who started a run cannot approve it, by command or review', () => {
  const facts = until(started({ merge: 'approval', twoPersonApproval: true }), 'delivery', {
    route: 'merge',
    head: 'head-1',
  });
  const review = (who: string): Fact => ({
    fact: 'saw',
    at: 99,
    what: 'review',
    head: 'head-1',
    who,
    state: 'approved',
    text: '',
  });
  for (const own of [approve('Mona', '', 'head-1'), review('mona')]) {
    expect(decide([...facts, own])).toMatchObject({ do: 'wait', reason: 'merge-approval' });
  }
  for (const other of [approve('hubot', '', 'head-1'), review('hubot')]) {
    expect(decide([...facts, other])).toMatchObject({ do: 'make', kind: 'merge' });
  }
});

test('a dry run ends with a patch and without a push', () => {
  const facts = until(started({ dryRun: true, push: 'after-approval' }), 'delivery', {
    route: 'merge',
    head: undefined,
  } as Partial<Result>);
  expect(decide(facts)).toMatchObject({
    do: 'stop',
    outcome: 'handed_over',
    words: expect.stringContaining('dry run'),
  });
});
