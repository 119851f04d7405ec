import { expect, test } from 'vitest';
import { createCrashPoints } from '../../src/engine/crash-points.ts';

const places = ['before:spec', 'after-call:check-run', 'after-call:merge', 'after-call:check-run', 'after:spec'];

test.for([
  [undefined, []],
  ['after-call:merge', ['after-call:merge']],
  ['after-call:check-run', ['after-call:check-run']],
  ['after-call:check-run#2', ['after-call:check-run']],
  ['after-call:check-run#3', []],
  ['any#1', ['before:spec']],
  ['any#5', ['after:spec']],
  ['nowhere', []],
] as const)('%s', ([plan, expected]) => {
  const killed: string[] = [];
  const crashPoint = createCrashPoints(plan, (at) => killed.push(at));
  for (const at of places) crashPoint(at);
  expect(killed).toEqual(expected);
});
