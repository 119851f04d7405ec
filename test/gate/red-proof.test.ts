import { expect, test } from 'vitest';
import { judgeRed, RedProof } from '../../src/gate/red-proof.ts';
import { acceptanceSymptoms } from '../../src/gate/symptoms.ts';
import type { TestReport } from '../../src/gate/test-report.ts';
import { contract, contracts, report, result, sealed } from './reports.ts';

const spec = contracts(contract('C1'), contract('C2', 'keep'));
const ids = ['C1/1', 'C1/2', 'C2/1', 'C2/2'];
const red = [result('C1/1', 'failed', { errorClass: 'NotImplementedError' }), result('C1/2', 'failed')];
const kept = [result('C2/1'), result('C2/2')];
const judge = (base: TestReport, tests = sealed(ids)) =>
  judgeRed({ sealed: tests, contracts: spec, report: base });

test('new tests fail by themselves, kept ones pass', () => {
  const proof = judge(report([...red, ...kept]));
  expect(proof).toMatchObject({ red: true, problems: [] });
  expect(proof.tests[0]).toEqual({
    id: 'C1/1',
    contract: 'C1',
    kind: 'new',
    status: 'failed',
    errorClass: 'NotImplementedError',
  });
  expect(RedProof.parse(proof)).toEqual(proof);
});

test.each<[string, TestReport, RegExp[]]>([
  ['vacuous', report([result('C1/1'), red[1]!, ...kept]), [/C1\/1 passes on the base already/]],
  ['skipped', report([result('C1/1', 'skipped'), red[1]!, ...kept]), [/C1\/1 is skipped/]],
  [
    'kept is red',
    report([...red, result('C2/1', 'failed', { message: 'got b' }), kept[1]!]),
    [/C2\/1 says .* stays .*AssertionError: got b/],
  ],
  [
    'does not load',
    report([result('f > (file)', 'failed', { errorClass: 'SyntaxError', message: 'no export g' })]),
    [/does not load.*SyntaxError: no export g/],
  ],
  [
    'needs in-process',
    report([
      result('C1/1', 'failed', { errorClass: 'CannotCross', message: 'cannot cross: a function' }),
      red[1]!,
      ...kept,
    ]),
    [/C1\/1: cannot cross/],
  ],
  [
    'a mistake of its own',
    report([
      result('C1/1', 'failed', { errorClass: 'ReferenceError', message: 'x is not defined' }),
      red[1]!,
      ...kept,
    ]),
    [/reason of its own: ReferenceError: x is not defined/],
  ],
  ['missing', report([...red, kept[0]!]), [/C2\/2 did not run/]],
  ['undeclared', report([...red, ...kept, result('extra')]), [/"extra" ran and is not declared/]],
  ['time', report([], { timedOut: true }), [/did not end/]],
  ['no report', report([], { report: 'missing', tail: 'a\nboom' }), [/no readable report on the base: boom/]],
])('%s', (_name, base, problems) => {
  const proof = judge(base);
  expect(proof.red).toBe(false);
  expect(proof.problems).toHaveLength(problems.length);
  problems.forEach((pattern, index) => {
    expect(proof.problems[index]).toMatch(pattern);
  });
});

test('every contract has a visible and a silent test', () => {
  const tests = sealed(['C1/1', 'C2/2']);
  const proof = judge(report([red[0]!, kept[1]!]), tests);
  expect(proof.problems).toEqual([
    'C1 has no silent test; every contract needs at least one visible and one silent test',
    'C2 has no visible test; every contract needs at least one visible and one silent test',
  ]);
});

test('a test of no contract', () => {
  const proof = judge(report([...red, ...kept, result('C7/1')]), sealed([...ids, 'C7/1']));
  expect(proof.problems).toEqual(['C7/1: there is no contract C7']);
});

test('symptoms show values of visible tests, the number of silent ones, and no test', () => {
  const tests = { ...sealed(ids), content: 'SEALED SOURCE' };
  const run = report([
    result('C1/1', 'failed', { message: 'SEALED words', received: `'a b'`, expected: `'a-b'` }),
    result('C1/2', 'failed', { received: 'SILENT', expected: 'SILENT' }),
    result('C2/1', 'failed', {
      errorClass: 'TypeError',
      message: 'x is undefined',
      frames: ['src/a.js:3:1'],
    }),
    result('C2/2'),
  ]);
  const symptoms = acceptanceSymptoms({ sealed: tests, runs: [report(kept), run] });
  expect(symptoms).toEqual({
    cause: 'acceptance-red',
    seen: [`AssertionError; received 'a b'; expected 'a-b'`, 'TypeError; x is undefined; at src/a.js:3:1'],
    silent: 1,
  });
  expect(JSON.stringify(symptoms)).not.toMatch(/SEALED|SILENT|C\d|test/);
});

test('symptoms of a run that never reported', () => {
  const symptoms = acceptanceSymptoms({
    sealed: sealed(ids),
    runs: [report([], { report: 'missing', exitCode: 7 })],
  });
  expect(symptoms).toEqual({
    cause: 'acceptance-red',
    seen: ['the run ended without a report (exit code 7)'],
    silent: 2,
  });
});
