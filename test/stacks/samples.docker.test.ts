import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestReport } from '../../src/gate/test-report.ts';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { packFiles } from '../../src/sandbox/pack-files.ts';
import type { Environment, Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Places, Run, Stack } from '../../src/stacks/stack.ts';
import { type Files, functionsOf, sampleRepo, sealedTests, stackOf, statuses } from './bench.ts';

interface Sample {
  repo: string;
  describe: string;
  module: string;
  name: string;
  suite: string[];
  sealed: { file: string; content: string };
  /** What makes C1/1 green; C1/2 is green on the base. */
  repair: [from: string, to: string];
}

const samples: Sample[] = [
  {
    repo: 'jest-clamp',
    describe: 'node: package.json, CommonJS by default, tests run with jest (1 test file)',
    module: 'src/clamp.js',
    name: 'clamp',
    suite: ['keeps what is within the limits', 'stops at the limits'],
    sealed: {
      file: 'test/issue-1-limits.test.js',
      content: `const { expect, test } = require('@jest/globals');
const { clamp } = require('../src/clamp.js');
test('C1/1 limits in the wrong order', () => { expect(() => clamp(1, 3, 2)).toThrow('3 is above 2'); });
test('C1/2 text', () => { expect(() => clamp('1', 0, 2)).toThrow(TypeError); });
`,
    },
    repair: [
      '  return Math',
      "  if (low > high) throw new RangeError(low + ' is above ' + high);\n  return Math",
    ],
  },
  {
    repo: 'mocha-plural',
    describe: 'node: package.json, ES modules, tests run with mocha (1 test file)',
    module: 'src/plural.js',
    name: 'counted',
    suite: ['adds an s to more than one', 'leaves one alone'],
    sealed: {
      file: 'test/issue-1-plural.test.js',
      content: `import assert from 'node:assert/strict';
import { it } from 'mocha';
import { counted } from '../src/plural.js';
it('C1/1 a noun in y', () => { assert.equal(counted(2, 'query'), '2 queries'); });
it('C1/2 a fraction', () => { assert.throws(() => counted(1.5, 'file'), { name: 'RangeError', message: '1.5 is not a whole number' }); });
`,
    },
    repair: [
      '  return `',
      "  if (number !== 1 && noun.endsWith('y')) return number + ' ' + noun.slice(0, -1) + 'ies';\n  return `",
    ],
  },
  ...['pnpm', 'yarn'].map((manager) => ({
    repo: `${manager}-pause`,
    describe: `node: package.json, ES modules, tests run with node:test (1 test file), ${
      manager === 'pnpm'
        ? 'pnpm-lock.yaml is installed with pnpm 10.34.9'
        : 'yarn.lock is installed with yarn 1.22.22'
    }`,
    module: 'src/pause.js',
    name: 'pauseInWords',
    suite: ['hours', 'minutes'],
    sealed: {
      file: 'test/issue-1-pause.test.js',
      content: `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseInWords } from '../src/pause.js';
test('C1/1 nothing', () => { assert.equal(pauseInWords('0'), 'no pause'); });
test('C1/2 half an hour', () => { assert.equal(pauseInWords('0.5h'), '30 minutes'); });
`,
    },
    repair: ['  return ms', "  if (length === 0) return 'no pause';\n  return ms"] as [string, string],
  })),
  {
    repo: 'python-leap',
    describe:
      "python: tests run with pytest, because it is configured (2 test files), no dependencies but pytest, the sandbox's own",
    module: 'src/leap/years.py',
    name: 'is_leap_year',
    suite: ['test_february', 'test_every_fourth_year[1996]'],
    sealed: {
      file: 'tests/test_issue_1_centuries.py',
      content: `from leap.years import is_leap_year


def test_C1_1_every_fourth_century():
    assert is_leap_year(2000) is True


def test_C1_2_other_centuries():
    assert is_leap_year(1900) is False
`,
    },
    repair: ['year % 4 == 0 and year % 100 != 0', 'year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)'],
  },
  {
    repo: 'python-roman',
    describe: 'python: tests run with unittest, because the tests are written for it (1 test file)',
    module: 'roman/numerals.py',
    name: 'to_roman',
    suite: ['test_adds_signs', 'test_has_limits'],
    sealed: {
      file: 'tests/test_issue_1_four.py',
      content: `import unittest

from roman.numerals import to_roman


class Sealed(unittest.TestCase):
    def test_C1_1_four(self):
        self.assertEqual(to_roman(4), "IV")

    def test_C1_2_three(self):
        self.assertEqual(to_roman(3), "III")
`,
    },
    repair: ['(5, "V"), (1', '(5, "V"), (4, "IV"), (1'],
  },
];

const labels = { run: 'run-1', phase: 'test', purpose: 'samples' };

describe.each(['process', 'docker'] as const)('in %s', (wanted) => {
  let sandbox: Sandbox;
  let cacheDir: string;
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'stacks-samples-'));
    const caFile = process.env.NODE_EXTRA_CA_CERTS;
    const options = { wanted, instance: `test-${randomUUID()}`, cacheDir, ...(caFile && { caFile }) };
    sandbox = (await chooseSandbox(options)).sandbox;
  });
  afterAll(() => rm(cacheDir, { recursive: true, force: true }));

  async function environmentOf(stack: Stack, files: Files): Promise<Environment | undefined> {
    if (!stack.dependencies) return undefined;
    const { files: paths, written = [], install } = stack.dependencies;
    const given = paths.map((path) => ({ path, content: files[path]! }));
    return sandbox.prepare({ key: 'sample', files: [...given, ...written], install, labels });
  }

  async function run(
    purpose: 'work' | 'gate',
    files: Files,
    environment: Environment | undefined,
    make: (places: Places) => Run | Promise<Run>,
  ): Promise<TestReport> {
    await using container = await sandbox.open({ purpose, labels, ...(environment && { environment }) });
    const source = Object.entries(files).map(([path, content]) => ({ path, content }));
    await container.putTar(await packFiles(source), container.workdir);
    const codeUser = wanted === 'docker' && purpose === 'gate' ? { uid: 65534, gid: 65534 } : null;
    const places = {
      work: container.workdir,
      gate: container.gatedir,
      modules: environment?.modules ?? null,
      scratch: `${container.tempdir}/scratch`,
      codeUser,
    };
    const { argv, env, cwd, user, timeoutMs, read, ...rest } = await make(places);
    for (const root of [places.gate, places.scratch, places.work]) {
      const below = rest.files.flatMap((file) =>
        'content' in file && file.path.startsWith(`${root}/`)
          ? [{ path: file.path.slice(root.length + 1), content: file.content }]
          : [],
      );
      const owner = root === places.gate ? 'root' : 'user';
      if (below.length > 0) await container.putTar(await packFiles(below), root, owner);
    }
    const output = await container.exec({ argv, env, cwd, user, timeoutMs });
    const report = rest.report
      ? (await container.exec({ argv: ['cat', rest.report], user })).stdout
      : undefined;
    return { ...read({ ...output, report }), tree: 'tree', image: sandbox.imageDigest };
  }

  test.for(samples)('$repo: install, suite, sealed tests red and green', async (sample, { skip }) => {
    const files = await sampleRepo(sample.repo);
    const stack = await stackOf(files);
    expect(stack.describe).toBe(sample.describe);
    if (stack.needs) {
      await using container = await sandbox.open({ purpose: 'work', labels });
      const { exitCode } = await container.exec({ argv: stack.needs.argv });
      skip(exitCode !== 0 && !process.env.CI, stack.needs.words);
    }
    const environment = await environmentOf(stack, files);

    const suite = await run('work', files, environment, (places) => stack.suite(places)!);
    expect(suite, suite.tail).toMatchObject({ exitCode: 0, report: 'ok' });
    expect(suite.tests.map((each) => each.name)).toEqual(expect.arrayContaining(sample.suite));

    const shared = functionsOf(sample.module, [sample.name]);
    const { file, content } = sample.sealed;
    const sealed = sealedTests(content, 2, { file });
    expect(await stack.lintSealed(sealed, shared)).toEqual([]);
    const judge = (tree: Files, twins?: Awaited<ReturnType<Stack['twins']>>) =>
      run('gate', tree, environment, (places) =>
        stack.sealedRun({ interface: shared, sealed, places, salt: 'salt', ...(twins && { twins }) }),
      );
    const base = await judge(files);
    expect(statuses(base), base.tail).toEqual({ 'C1/1': 'failed', 'C1/2': 'passed' });
    const repaired = { ...files, [sample.module]: files[sample.module]!.replace(...sample.repair) };
    const after = await judge(repaired);
    expect(statuses(after), JSON.stringify(after.tests)).toEqual({ 'C1/1': 'passed', 'C1/2': 'passed' });
    expect(after.exitCode).toBe(0);
    const twins = await judge(repaired, await stack.twins(sealed, 'salt'));
    expect(Object.values(statuses(twins))).toEqual(['failed', 'failed', 'failed']);
  });
});
