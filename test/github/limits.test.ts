import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GitHubError } from '../../src/github/github-error.ts';
import { createLimits } from '../../src/github/limits.ts';
import { gitHubPace, localPace } from '../../src/github/pace.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const minute = 60_000;
const hour = 60 * minute;

/** Limits whose writes take a while, and when each began. */
function bench(pace = gitHubPace, takesMs = 300) {
  const limits = createLimits(pace);
  const log: { at: number; what: string }[] = [];
  const begin = async (what: string) => {
    log.push({ at: Date.now(), what });
    await new Promise((resolve) => setTimeout(resolve, takesMs));
  };
  return { limits, log, begin, order: () => log.map(({ what }) => what) };
}

const limit = (retryAfterMs: number | undefined) =>
  new GitHubError({ kind: 'rate-limited', status: 403, words: 'Slow down', retryAfterMs, cause: undefined });

test('one write at a time, a second apart, the most urgent first', async () => {
  const { limits, log, begin } = bench(gitHubPace, 2_500);
  const write = (turn: 'first' | 'soon' | 'last', what: string) => void limits.write(turn, () => begin(what));
  write('last', 'edit 1');
  write('last', 'edit 2');
  write('soon', 'comment');
  write('first', 'pull request');
  write('first', 'merge');
  await vi.advanceTimersByTimeAsync(minute);
  expect(log).toEqual([
    { at: 0, what: 'edit 1' },
    { at: 2_500, what: 'pull request' },
    { at: 5_000, what: 'merge' },
    { at: 7_500, what: 'comment' },
    { at: 10_000, what: 'edit 2' },
  ]);
  write('soon', 'later');
  write('soon', 'last');
  await vi.advanceTimersByTimeAsync(minute);
  expect(log.slice(5)).toEqual([
    { at: minute, what: 'later' },
    { at: minute + 2_500, what: 'last' },
  ]);
});

test('twenty runs that show progress all day keep within the limits, and no merge waits for them', async () => {
  const { limits, log, begin } = bench();
  for (let run = 0; run < 20; run++) {
    const showProgress = async () => {
      for (;;) {
        await limits.roomForEdit();
        await limits.write('last', () => begin('edit'));
      }
    };
    void showProgress();
  }
  const waits: number[] = [];
  for (let at = 0; at < 6 * hour; at += 5 * minute) {
    const asked = Date.now();
    void limits.write('first', () => {
      waits.push(Date.now() - asked);
      return begin('merge');
    });
    await vi.advanceTimersByTimeAsync(5 * minute);
  }
  expect(waits).toHaveLength(72);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
  const begun = log.map(({ at }) => at);
  const within = (ms: number) =>
    Math.max(...begun.map((from) => begun.filter((at) => at >= from && at < from + ms).length));
  expect(within(minute)).toBeLessThanOrEqual(80);
  expect(within(hour)).toBeLessThanOrEqual(300);
  expect(log.filter(({ what }) => what === 'edit').length).toBeGreaterThan(6 * 200);
  expect(Math.min(...begun.slice(1).map((at, index) => at - begun[index]!))).toBeGreaterThanOrEqual(1_000);
});

test('the limits of a minute and of an hour hold, and what is urgent takes what becomes free', async () => {
  const { limits, log, begin } = bench({ ...gitHubPace, spacingMs: 0 }, 1);
  for (let count = 0; count < 600; count++) void limits.write('soon', () => begin('comment'));
  await vi.advanceTimersByTimeAsync(minute - 1);
  expect(log).toHaveLength(80);
  await vi.advanceTimersByTimeAsync(30 * minute);
  expect(log).toHaveLength(500);
  void limits.write('first', () => begin('merge'));
  await vi.advanceTimersByTimeAsync(30 * minute);
  expect(log[500]!.what).toBe('merge');
  expect(log[500]!.at).toBeGreaterThanOrEqual(hour);
});

test('nothing is begun while a limit lasts; one that lasts too long sends everybody away', async () => {
  const { limits, order, begin } = bench();
  limits.reached(limit(30_000));
  const written = limits.write('soon', () => begin('comment'));
  await vi.advanceTimersByTimeAsync(29_999);
  expect(order()).toEqual([]);
  await vi.advanceTimersByTimeAsync(301);
  await written;
  expect(order()).toEqual(['comment']);

  limits.reached(limit(undefined));
  const waiting = limits.write('soon', () => begin('never')).catch((error: unknown) => error);
  limits.reached(limit(hour));
  expect(await waiting).toMatchObject({ kind: 'rate-limited', retryAfterMs: hour });
  await vi.advanceTimersByTimeAsync(minute);
  await expect(limits.open()).rejects.toMatchObject({ retryAfterMs: hour - minute });
  await vi.advanceTimersByTimeAsync(hour);
  await limits.open();
  expect(order()).toEqual(['comment']);
});

test('whoever is told to stop leaves the queue; what has begun is heard out', async () => {
  const { limits, order, begin } = bench();
  const stop = new AbortController();
  const begun = limits.write('soon', () => begin('begun'), stop.signal);
  const queued = limits.write('soon', () => begin('queued'), stop.signal).catch((error: unknown) => error);
  const behind = limits.write('soon', () => begin('behind'));
  stop.abort(new Error('canceled'));
  expect(await queued).toMatchObject({ message: 'canceled' });
  await expect(limits.write('first', () => begin('late'), stop.signal)).rejects.toThrow('canceled');
  await vi.advanceTimersByTimeAsync(minute);
  await Promise.all([begun, behind]);
  expect(order()).toEqual(['begun', 'behind']);
});

test('a write that fails holds nobody up', async () => {
  const { limits, order, begin } = bench();
  const failed = limits.write('soon', () => Promise.reject(new Error('no'))).catch((error: Error) => error);
  void limits.write('soon', () => begin('next'));
  await vi.advanceTimersByTimeAsync(minute);
  expect(await failed).toMatchObject({ message: 'no' });
  expect(order()).toEqual(['next']);
});

test('on this machine nothing is held back', async () => {
  const { limits, log, begin } = bench(localPace, 0);
  for (let count = 0; count < 200; count++) {
    await Promise.all([limits.roomForEdit(), vi.advanceTimersByTimeAsync(0)]);
    await Promise.all([limits.write('last', () => begin('edit')), vi.advanceTimersByTimeAsync(0)]);
  }
  expect(log).toHaveLength(200);
  expect(Date.now()).toBe(0);
});

test('a clock that is put back an hour holds nothing up', async () => {
  const { limits, begin, order } = bench();
  vi.setSystemTime(10 * hour);
  void limits.write('first', () => begin('comment'));
  void limits.roomForEdit().then(() => limits.write('last', () => begin('edit')));
  vi.setSystemTime(9 * hour);
  void limits.write('first', () => begin('merge'));
  void limits.roomForEdit().then(() => limits.write('last', () => begin('another edit')));
  await vi.advanceTimersByTimeAsync(minute);
  expect(order()).toEqual(['comment', 'merge', 'edit', 'another edit']);
});
