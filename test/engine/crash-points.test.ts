import { expect, test } from 'vitest';
import { createCrashPoints } from '../../src/engine/crash-points.ts';

const places = [
  'before:spec',
  'after-call:check-run',
  'after-call:merge',
  'after-call:check-run',
  'after:spec',
];

test.for([
  [undefined, []],
  ['stop:after-call:merge', ['SIGSTOP after-call:merge']],
  ['stop:any#2', ['SIGSTOP after-call:check-run']],
  ['after-call:merge', ['SIGKILL after-call:merge']],
  ['after-call:check-run', ['SIGKILL after-call:check-run']],
  ['after-call:check-run#2', ['SIGKILL after-call:check-run']],
  ['after-call:check-run#3', []],
  ['any#1', ['SIGKILL before:spec']],
  ['any#5', ['SIGKILL after:spec']],
  ['nowhere', []],
] as const)('%s', ([plan, expected]) => {
  const sent: string[] = [];
  const crashPoint = createCrashPoints(plan, (signal, at) => sent.push(`${signal} ${at}`));
  for (const at of places) crashPoint(at);
  expect(sent).toEqual(expected);
});
