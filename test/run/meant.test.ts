import { expect, test } from 'vitest';
import { shownAt } from '../../src/run/approval.ts';
import { decide } from '../../src/run/decide.ts';
import type { Fact, Policy, Result, Said, Verb } from '../../src/run/facts.ts';
import { meant } from '../../src/run/heads.ts';
import { started, until } from './until.ts';

/** A command as it is heard: bound to what there was to be seen. */
function say(facts: readonly Fact[], command: string, over: Partial<Said> = {}): Fact[] {
  const [, verb, text = ''] = /^\/(\w+) ?(.*)$/.exec(command) ?? [];
  const bound = shownAt(facts, 99);
  const at = 99;
  const source = `comment:${facts.length}`;
  return [...facts, { fact: 'said', at, who: 'jules', source, verb: verb as Verb, text, bound, ...over }];
}
const lastMeant = (facts: readonly Fact[]) => {
  const last = facts.at(-1);
  return meant(facts, last?.fact === 'said' ? (last.source ?? '') : '');
};
const means = (facts: readonly Fact[], command: string, over?: Partial<Said>) =>
  lastMeant(say(facts, command, over));

const opened = (route: Result['route'], policy: Partial<Policy> = {}) =>
  until(started(policy), 'delivery', { route: route ?? 'merge' });
const places: Record<string, Fact[]> = {
  'at the start': started(),
  'during build': until(started(), 'red-proof'),
  paused: say(until(started(), 'red-proof'), '/pause'),
  'with questions': until(started(), 'spec', {
    pass: false,
    cause: 'open-questions',
    words: 'What of none?',
  } as Partial<Result>),
  'for the spec': until(started({ approveSpec: true }), 'score'),
  'for the push': until(started({ push: 'after-approval' }), 'score', { route: 'merge' }),
  'for a review': opened('review'),
  'for approval': opened('merge', { merge: 'approval' }),
  'with a part': opened('needs-work'),
  'merging by score': opened('merge'),
  canceled: say(started(), '/cancel'),
};
const always = ['/pause', '/budget +1', '/cancel'];

test.for([
  ['at the start', always],
  ['during build', [...always, '/reject why']],
  ['paused', ['/resume', '/budget +1', '/cancel', '/reject why']],
  ['with questions', [...always, '/reject why', '/answer because']],
  ['for the spec', [...always, '/reject why', '/approve', '/approve spec']],
  ['for the push', [...always, '/reject why', '/approve repo.push']],
  ['for a review', [...always, '/reject why', '/approve', '/approve repo.merge', '/approve merge']],
  ['for approval', [...always, '/reject why', '/approve', '/approve repo.merge', '/approve merge']],
  ['with a part', [...always, '/reject why', '/approve partial']],
  ['merging by score', [...always, '/reject why']],
  ['canceled', []],
] as const)('%s: what means something, and what does not', ([place, expected]) => {
  const commands = [
    ...always,
    ...['/resume', '/budget plenty', '/budget', '/budget -1', '/reject why', '/answer because'],
    ...['/approve', '/approve spec', '/approve repo.push', '/approve partial', '/approve repo.merge'],
    ...['/approve merge', '/approve remaining', '/approve of it'],
  ];
  const heard = commands.filter((command) => means(places[place]!, command));
  expect(heard.toSorted()).toEqual([...expected].toSorted());
});

test('an approval of a spec that is being written again means nothing, and does not count for the next', () => {
  const first = until(started({ approveSpec: true }), 'score');
  const late = say(say(first, '/reject why'), '/approve spec', { bound: shownAt(first, 99) });
  expect(lastMeant(late)).toBe(false);
  const second = until(late, 'score');
  expect(decide(second)).toMatchObject({ do: 'wait', reason: 'spec-approval' });
  expect(means(second, '/approve spec', { bound: shownAt(first, 99) })).toBe(false);
  expect(means(second, '/reject why', { bound: shownAt(first, 99) })).toBe(false);
  expect(means(second, '/approve spec')).toBe(true);
});

test('where two people are asked for, the approval by who started the run means nothing', () => {
  const open = opened('merge', { merge: 'approval', twoPersonApproval: true });
  expect(means(open, '/approve', { who: 'Mona' })).toBe(false);
  expect(means(open, '/approve')).toBe(true);
});

test('an approval means nothing any more once another candidate is made or somebody pushed', () => {
  const open = opened('review');
  expect(means(say(open, '/reject why'), '/approve')).toBe(false);
  const foreign: Fact = {
    fact: 'saw',
    at: 99,
    what: 'pull-request',
    number: 2,
    state: 'foreign-commit',
    head: 'theirs',
  };
  expect(means([...open, foreign], '/approve')).toBe(false);
});

test('an approval may be what a refused merge waited for; the same once more is no news', () => {
  const refused: Fact = { fact: 'saw', at: 99, what: 'checks', head: 'head-1', state: 'red', words: 'rules' };
  const open = [...opened('merge'), refused];
  expect(decide(open)).toMatchObject({ do: 'wait', reason: 'checks' });
  const approved = say(open, '/approve');
  expect(lastMeant(approved)).toBe(true);
  expect(decide(approved)).toMatchObject({ do: 'make', kind: 'merge' });
  expect(means(approved, '/approve')).toBe(false);
});

test('the second candidate waits for its own push, and its approval is heard', () => {
  const policy = { push: 'after-approval' as const };
  const open = opened('review', policy);
  const pushed = until(
    say(until(started(policy), 'score', { route: 'review' }), '/approve repo.push'),
    'delivery',
    {
      route: 'review',
    },
  );
  expect(open.at(-1)).toMatchObject({ kind: 'score' });
  const again = until(say(pushed, '/reject why'), 'score', { route: 'review' });
  expect(decide(again)).toMatchObject({ do: 'wait', reason: 'push-approval' });
  const stale = shownAt(pushed, 99);
  for (const bound of [stale, { candidate: 'an older one' }]) {
    expect(means(again, '/approve repo.push', { bound })).toBe(false);
  }
  expect(decide(say(again, '/approve repo.push'))).toMatchObject({ do: 'make', kind: 'delivery' });
});

test('a rejection where the push waits is about the candidate, and not about its spec', () => {
  expect(decide(say(places['for the push']!, '/reject why'))).toMatchObject({
    do: 'make',
    phase: 'build',
    because: { cause: 'rejected-by-person' },
  });
});

test('the answer stays what it was when a command is told again later', () => {
  const paused = say(places['during build']!, '/pause');
  const { source = '' } = paused.at(-1) as Said;
  const goesOn = say(paused, '/resume');
  expect(meant(goesOn, source)).toBe(true);
  expect(meant(say(goesOn, '/cancel'), source)).toBe(true);
  expect(meant(paused, 'comment:unheard')).toBe(false);
});
