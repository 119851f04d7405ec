import { describe, expect, test } from 'vitest';
import { killRate } from '../../src/gate/mutation.ts';
import { AcceptanceReport, proveContracts } from '../../src/gate/proof.ts';
import type { TestReport, TestResult } from '../../src/gate/test-report.ts';
import { contract, contracts, report, result, sealed } from './reports.ts';

const ids = ['C1/1', 'C1/2', 'C2/1', 'C2/2'];
const tests = sealed(ids);
const spec = contracts(contract('C1'), contract('C2', 'keep'));
const green = report(ids.map((id) => result(id)));
const twins = [...ids.map((of, index) => ({ name: `t${index}`, of })), { name: 'tc', of: 'control' }];
const twinReport = (status: (of: string) => TestResult['status'], more: Partial<TestReport> = {}) =>
  report(
    twins.map(({ name, of }) => result(name, status(of))),
    more,
  );
const killed = { report: twinReport(() => 'failed'), twins };
const prove = (runs: TestReport[], twinRuns = [killed]) =>
  proveContracts({ sealed: tests, contracts: spec, runs, twinRuns });

describe('a contract is proven', () => {
  test('when exit code, ids, twins and report agree, three times', () => {
    const proof = prove([green, green, green]);
    expect(AcceptanceReport.parse(proof)).toEqual(proof);
    expect(proof).toMatchObject({
      proven: 2,
      total: 2,
      twins: { total: 4, killed: 4, survivors: [] },
      tampering: [],
    });
    expect(proof.contracts[0]).toEqual({
      id: 'C1',
      kind: 'new',
      title: 'title of C1',
      proven: true,
      mode: 'data',
      reason: null,
      tests: [
        { id: 'C1/1', visibility: 'visible', passedRuns: 3 },
        { id: 'C1/2', visibility: 'silent', passedRuns: 3 },
      ],
    });
  });

  test('alone, when another one is red', () => {
    const red = report([result('C1/1'), result('C1/2'), result('C2/1', 'failed'), result('C2/2')]);
    const proof = prove([red, green, red]);
    expect(proof.contracts.map(({ proven, reason }) => [proven, reason])).toEqual([
      [true, null],
      [false, 'C2/1 passed in 1 of 3 runs'],
    ]);
  });

  test('in-process, labelled so', () => {
    const proof = proveContracts({
      sealed: sealed(ids, 'in-process'),
      contracts: spec,
      runs: [green, green, green],
      twinRuns: [killed],
    });
    expect(proof.contracts.every(({ mode }) => mode === 'in-process')).toBe(true);
    expect(proof.words).toContain('in the same process as the code');
  });
});

describe('only an explicit pass passes', () => {
  test.each<[string, TestReport, RegExp]>([
    ['time-out', report(green.tests, { timedOut: true }), /did not end in its time/],
    ['memory', report(green.tests, { outOfMemory: true }), /out of memory/],
    ['no report', report([], { report: 'missing', exitCode: 0 }), /report is missing \(exit code 0\)/],
    ['garbage', report([], { report: 'malformed' }), /report is malformed/],
    ['killed', report(green.tests, { exitCode: null }), /killed/],
    ['zero tests', report([]), /did not run: C1\/1, C1\/2, C2\/1, C2\/2/],
    ['one missing', report(green.tests.slice(1)), /did not run: C1\/1/],
    ['a stranger', report([...green.tests, result('x > y')]), /not sealed: x > y/],
    ['one twice', report([...green.tests, result('C1/1 (2)')]), /not sealed: C1\/1 \(2\)/],
    ['exit code 1', report(green.tests, { exitCode: 1 }), /exit code 1 contradicts/],
    [
      'exit code 0',
      report([result('C1/1', 'failed'), ...green.tests.slice(1)], { exitCode: 0 }),
      /exit code 0 contradicts/,
    ],
    ['skipped', report([result('C1/1', 'skipped'), ...green.tests.slice(1)]), /C1\/1 passed in 2 of 3 runs/],
  ])('%s', (_name, bad, reason) => {
    for (const runs of [
      [bad, green, green],
      [green, green, bad],
    ]) {
      const proof = prove(runs);
      expect(proof.contracts[0]?.proven).toBe(false);
      expect(proof.contracts[0]?.reason).toMatch(reason);
    }
  });

  test('two runs are not three, and without twins nothing is proven', () => {
    expect(prove([green, green]).contracts[0]?.reason).toBe('only 2 of 3 runs');
    expect(prove([green, green, green], []).contracts[0]?.reason).toBe('no twins were run');
  });

  test('a contract without a test', () => {
    const proof = proveContracts({
      sealed: tests,
      contracts: contracts(contract('C3')),
      runs: [green, green, green],
      twinRuns: [killed],
    });
    expect(proof.contracts[0]?.reason).toBe('no sealed test of C3');
  });
});

describe('twins', () => {
  test('one that passes is a weak test, not tampering', () => {
    const weak = { report: twinReport((of) => (of === 'C1/2' ? 'passed' : 'failed')), twins };
    const proof = prove([green, green, green], [killed, weak]);
    expect(proof.contracts.map(({ reason }) => reason)).toEqual(['a twin of C1/2 passed: a weak test', null]);
    expect(proof.twins.survivors).toEqual(['C1/2']);
    expect(proof.tampering).toEqual([]);
  });

  test('all of them pass: tampering', () => {
    const report = twinReport((of) => (of === 'control' ? 'failed' : 'passed'));
    const proof = prove([green, green, green], [{ report, twins }]);
    expect(proof.tampering).toEqual(['all 4 tests with a wrong expectation passed']);
    expect(proof.proven).toBe(0);
  });

  test('the control passes: tampering', () => {
    const report = twinReport((of) => (of === 'control' ? 'passed' : 'failed'));
    expect(prove([green, green, green], [{ report, twins }]).tampering).toEqual([
      'a test that always fails was reported as passed',
    ]);
  });

  test.each<[string, TestReport, RegExp]>([
    ['exit code 0', twinReport(() => 'failed', { exitCode: 0 }), /always fails/],
    ['missing', report(killed.report.tests.slice(1)), /twins that did not run: C1\/1/],
    ['unreadable', report([], { report: 'missing' }), /twins: the runner's report is missing/],
    ['skipped', twinReport((of) => (of === 'C1/1' ? 'skipped' : 'failed')), /no twin of C1\/1 failed/],
  ])('%s proves nothing', (_name, bad, reason) => {
    expect(prove([green, green, green], [{ report: bad, twins }]).contracts[0]?.reason).toMatch(reason);
  });
});

describe('kill rate', () => {
  const mutant = { path: 'src/a.js', line: 3, description: '+ → -' };
  test.each<[string, TestReport, number]>([
    ['a sealed test failed', report([result('C1/1', 'failed')]), 1],
    ['a sealed test did not come back', report([]), 1],
    ['it did not end', report([], { timedOut: true, report: 'missing' }), 1],
    ['nothing noticed', report([result('C1/1')]), 0],
    ['an unreadable report shows nothing', report([], { report: 'malformed' }), 0],
  ])('%s', (_name, run, expected) => {
    expect(killRate([{ mutant, report: run }], ['C1/1'])).toMatchObject({ killed: expected, total: 1 });
  });
  test('nothing to mutate is an absent signal', () => {
    expect(killRate([], ['C1/1'])).toBeNull();
  });
});
