import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWorks } from '../../src/engine/at-work.ts';
import { createClock } from '../../src/engine/clock.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

test('a clock that is set back meanwhile: the time of a phase ends all the same', async () => {
  const works = createWorks(createClock());
  const decision = { do: 'make', phase: 'build', kind: 'patch', round: {}, attempt: 1 } as never;
  const work = works.begin('run', decision);
  work.limitTime({ policy: { budgets: { activeMs: 60_000 } }, cost: { ms: 0 } } as never);
  await vi.advanceTimersByTimeAsync(30_000);
  vi.setSystemTime(Date.now() - 20);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(work.controller.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(20);
  expect(work.controller.signal.aborted).toBe(true);
});
