import { describe, expect, test } from 'vitest';
import { once } from '../../src/engine/once.ts';
import { PushLostError } from '../../src/git/push.ts';
import { GitHubError, type GitHubErrorKind } from '../../src/github/github-error.ts';
import type { OneWrite } from '../../src/phases/effects-port.ts';

type Fate = 'done' | 'lost' | 'lost-undone' | 'push-lost' | GitHubErrorKind;

/**
 * A world whose list shows what was written only after so many more looks (the second thing after one), and in which each
 * act meets the next fate.
 */
function bench(fates: Fate[], { lag = 0, there = [] as number[] } = {}) {
  const world: { id: number; visibleAfter: number }[] = there.map((id) => ({ id, visibleAfter: 0 }));
  const calls: string[] = [];
  const fail = (kind: GitHubErrorKind) =>
    new GitHubError({ kind, status: null, words: `it was ${kind}`, cause: undefined });
  const visible = () => {
    const shown = world.filter(({ visibleAfter }) => visibleAfter <= 0).map(({ id }) => id);
    for (const each of world) each.visibleAfter -= 1;
    return shown;
  };
  const write: OneWrite = {
    async look() {
      calls.push('look');
      return visible()[0]?.toString();
    },
    async act() {
      const fate = fates.shift() ?? 'done';
      calls.push(`act: ${fate}`);
      if (fate === 'done' || fate === 'lost') {
        world.push({ id: world.length + 1, visibleAfter: world.length === 0 ? lag : 1 });
      }
      if (fate === 'done') return String(world.length);
      if (fate === 'push-lost') throw new PushLostError('refs/heads/b', 'reset', undefined);
      throw fail(fate === 'lost' ? 'server' : fate === 'lost-undone' ? 'network' : fate);
    },
    async keepOldest(id) {
      calls.push('keep');
      const shown = visible();
      if (!shown.includes(Number(id))) return undefined;
      for (const later of shown.slice(1))
        world.splice(
          world.findIndex((each) => each.id === later),
          1,
        );
      return String(shown[0]);
    },
  };
  const doubt = { lagMs: [1, 1, 1] };
  return { write, doubt, calls, ids: () => world.map(({ id }) => id) };
}

test('in quiet times it looks once and acts once', async () => {
  const { write, doubt, calls } = bench([]);
  expect(await once(write, doubt)).toBe('1');
  expect(calls).toEqual(['look', 'act: done']);
});

test('what was carried out without an answer is found, however late the list shows it', async () => {
  const { write, doubt, calls, ids } = bench(['lost'], { lag: 3 });
  expect(await once(write, doubt)).toBe('1');
  expect(calls.filter((call) => call.startsWith('act'))).toEqual(['act: lost']);
  expect(ids()).toEqual([1]);
});

test('what was not carried out is done again, three times at most', async () => {
  const again = bench(['lost-undone', 'push-lost']);
  expect(await once(again.write, again.doubt)).toBe('1');
  expect(again.calls.filter((call) => call.startsWith('act'))).toHaveLength(3);
  const never = bench(['lost-undone', 'lost-undone', 'lost-undone']);
  await expect(once(never.write, never.doubt)).rejects.toThrow('it was network');
  expect(never.calls.filter((call) => call.startsWith('act'))).toHaveLength(3);
});

test('a list that lags for too long lets a second one through: the older one stays', async () => {
  const { write, doubt, ids } = bench(['lost', 'done'], { lag: 5 });
  expect(await once(write, doubt)).toBe('1');
  expect(ids()).toEqual([1]);
});

test('what cannot be reconciled now is not done once more', async () => {
  const { write, doubt, calls } = bench(['lost-undone']);
  write.keepOldest = () =>
    Promise.reject(new GitHubError({ kind: 'server', status: 502, words: 'down', cause: undefined }));
  await expect(once(write, doubt)).rejects.toThrow('down');
  expect(calls.filter((call) => call.startsWith('act'))).toEqual(['act: lost-undone', 'act: done']);
});

test('a refusal because it exists already is an answer: it is looked for', async () => {
  const { write, doubt, calls } = bench(['unprocessable'], { there: [7] });
  const { look } = write;
  let first = true;
  write.look = async () => {
    const found = await look!();
    const isStale = first;
    first = false;
    return isStale ? undefined : found;
  };
  expect(await once(write, doubt)).toBe('7');
  expect(calls.slice(0, 3)).toEqual(['look', 'act: unprocessable', 'look']);
});

describe('what was refused is not repeated', () => {
  test.for<[GitHubErrorKind, number]>([
    ['forbidden', 1],
    ['rate-limited', 1],
    ['unprocessable', 4],
    ['conflict', 4],
  ])('%s', async ([kind, looksAfter]) => {
    const { write, doubt, calls } = bench([kind]);
    await expect(once(write, doubt)).rejects.toMatchObject({ kind });
    expect(calls).toEqual(['look', `act: ${kind}`, ...Array(looksAfter).fill('look')]);
  });
});

test('an earlier life may have done it a moment ago: one look is no proof', async () => {
  const { write, doubt, calls } = bench([]);
  expect(await once(write, { ...doubt, mayBeThere: true })).toBe('1');
  expect(calls).toEqual(['look', 'look', 'look', 'look', 'act: done', 'keep']);
});

test('the signal ends the wait', async () => {
  const { write } = bench(['lost'], { lag: 100 });
  const stop = new AbortController();
  const going = once(write, { lagMs: [3_600_000], signal: stop.signal });
  setTimeout(() => stop.abort(new Error('canceled')), 5);
  await expect(going).rejects.toThrow();
  expect(stop.signal.aborted).toBe(true);
});

test('what changes nothing when it is done twice is just done', async () => {
  const { write, doubt, calls } = bench([]);
  const { act } = write;
  expect(await once({ act }, { ...doubt, mayBeThere: true })).toBe('1');
  expect(calls).toEqual(['act: done']);
});
