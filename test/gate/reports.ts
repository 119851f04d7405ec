import type { TestReport, TestResult } from '../../src/gate/test-report.ts';
import type { Contract, Contracts, SealedTests } from '../../src/run/artifacts.ts';

export const contract = (id: string, kind: Contract['kind'] = 'new'): Contract => ({
  id,
  kind,
  title: `title of ${id}`,
  given: 'given',
  when: 'when',
  // biome-ignore lint/suspicious/noThenProperty: the field's word
  then: 'then',
  examples: [{ input: 'a', output: 'b' }],
  edgeCases: [],
});
export const contracts = (...list: Contract[]): Contracts => ({ contracts: list });

/** `visible` for odd numbers, `silent` for even ones. */
export const sealed = (ids: readonly string[], mode: SealedTests['mode'] = 'data'): SealedTests => ({
  file: 'test/issue-1-x.test.js',
  content: 'sealed source',
  mode,
  tests: ids.map((id) => ({
    id,
    contract: id.split('/')[0]!,
    visibility: Number(id.split('/')[1]) % 2 === 1 ? 'visible' : 'silent',
  })),
});

export const result = (
  id: string,
  status: TestResult['status'] = 'passed',
  failure: Partial<NonNullable<TestResult['failure']>> = {},
): TestResult => ({
  id,
  file: 'test/x.test.js',
  name: id,
  status,
  durationMs: 1,
  ...(status === 'failed'
    ? { failure: { errorClass: 'AssertionError', message: 'message', frames: [], ...failure } }
    : {}),
});

/** A sound report: the exit code agrees with the results unless it is given. */
export const report = (tests: TestResult[], more: Partial<TestReport> = {}): TestReport => ({
  exitCode: tests.some((test) => test.status === 'failed') ? 1 : 0,
  timedOut: false,
  outOfMemory: false,
  report: 'ok',
  tests,
  tail: '',
  durationMs: 10,
  tree: 'tree',
  image: 'image',
  ...more,
});
