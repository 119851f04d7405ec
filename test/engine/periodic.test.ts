import { expect, onTestFinished, test, vi } from 'vitest';
import { createClock } from '../../src/engine/clock.ts';
import { startPeriodic, type Task } from '../../src/engine/periodic.ts';

const minuteMs = 60_000;

function started(run: Task['run']) {
  const clock = createClock();
  const warnings: string[] = [];
  const log = { warn: (_: object, words: string) => void warnings.push(words) };
  const periodic = startPeriodic([{ name: 'Looking', everyMs: minuteMs, run }], { log, clock });
  onTestFinished(() => periodic.close());
  const pass = (ms: number) => {
    clock.advance(ms);
    periodic.wake();
  };
  return { pass, warnings };
}

test('a task runs at once, and when its time has come by a clock that was put forward', async () => {
  let runs = 0;
  const { pass } = started(async () => {
    runs += 1;
  });
  await vi.waitFor(() => expect(runs).toBe(1));
  pass(minuteMs / 2);
  pass(minuteMs / 4);
  await new Promise(setImmediate);
  expect(runs).toBe(1);
  pass(minuteMs);
  await vi.waitFor(() => expect(runs).toBe(2));
});

test('time that passes while it is at it is not forgotten', async () => {
  const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let runs = 0;
  const { pass } = started(() => turns[runs++]?.promise ?? Promise.resolve());
  expect(runs).toBe(1);
  pass(2 * minuteMs);
  turns[0]?.resolve();
  await vi.waitFor(() => expect(runs).toBe(2));
  turns[1]?.resolve();
});

test('one that fails is said, and tried again', async () => {
  let runs = 0;
  const { pass, warnings } = started(async () => {
    runs += 1;
    throw new Error('no network');
  });
  await vi.waitFor(() => expect(warnings).toEqual(['Looking failed; it is tried again']));
  pass(minuteMs);
  await vi.waitFor(() => expect(runs).toBe(2));
});
