import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireProcessLock } from '../../src/store/process-lock.ts';

let file: string;
beforeEach(async () => {
  file = path.join(await mkdtemp(path.join(tmpdir(), 'auto-build-lock-')), 'data/auto-build.lock');
});
afterEach(() => rm(path.resolve(file, '../..'), { recursive: true, force: true }));

test('is new the first time only, and keeps a second one out', () => {
  const first = acquireProcessLock(file);
  expect([first.isNew, first.isHeld()]).toEqual([true, true]);
  expect(() => acquireProcessLock(file, 10)).toThrow('Another auto-build process already works on');
  first.release();
  const second = acquireProcessLock(file);
  expect([second.isNew, second.isHeld()]).toEqual([false, true]);
  second.release();
});

test('whose file was deleted is held no longer, also when somebody made another', async () => {
  const stopped = acquireProcessLock(file);
  await rm(file);
  expect(stopped.isHeld()).toBe(false);
  const successor = acquireProcessLock(file);
  expect([successor.isNew, successor.isHeld(), stopped.isHeld()]).toEqual([true, true, false]);
  stopped.release();
  expect(successor.isHeld()).toBe(true);
  successor.release();
});

test('whose file was put back from a copy is new, for whoever has the old one may be alive', async () => {
  const stopped = acquireProcessLock(file);
  const folder = path.dirname(file);
  await rename(folder, `${folder}-old`);
  await cp(`${folder}-old`, folder, { recursive: true });
  const successor = acquireProcessLock(file);
  expect([successor.isNew, stopped.isHeld()]).toEqual([true, false]);
  stopped.release();
  successor.release();
});
