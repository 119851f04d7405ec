import { describe, expect, test } from 'vitest';
import { compareSuites } from '../../src/gate/suite.ts';
import { argsWithControl, nodeTestArgs } from '../../src/stacks/node/suite-args.ts';
import { Bench, type Files, isRoot, manifest, stackOf } from './bench.ts';
import { addsALine, killsTheRunner, replacesTheReport } from './suite-cheats.ts';

const suites = {
  'node:test': `import assert from 'node:assert/strict'; import { test } from 'node:test'; import { sum } from '../src/sum.js';
test('sum', () => { assert.equal(sum([1, 2]), 3); });\n`,
  vitest: `import { expect, test } from 'vitest'; import { sum } from '../src/sum.js';
test('sum', () => { expect(sum([1, 2])).toBe(3); });\n`,
};
type Runner = keyof typeof suites;
const right = 'export const sum = (values) => values.reduce((total, value) => total + value, 0);\n';
const wrong = 'export const sum = () => -1;\n';

const repo = (runner: Runner, more: Files = {}): Files => ({
  'package.json': manifest(runner),
  'test/sum.test.js': suites[runner],
  'src/sum.js': right,
  ...more,
});

async function suiteOf(files: Files, separate: boolean) {
  await using bench = await Bench.make(files, { separate });
  return await bench.execute((await stackOf(files)).suite(bench.places)!);
}

/** node:test with the runner as root and the tests as another user, and everything else as one user. */
const places: [Runner, boolean][] = [
  ['node:test', false],
  ['vitest', false],
  ...(isRoot ? [['node:test', true] as [Runner, boolean]] : []),
];

describe.each(places)('%s, tests as another user: %s', (runner, separate) => {
  const honest = suiteOf(repo(runner), separate);

  test('an honest suite is green, and shows nothing of what ran along', async () => {
    const report = await honest;
    expect(report).toMatchObject({ exitCode: 0, report: 'ok', control: 'held', tail: '' });
    expect(report.tests.map(({ id, status }) => [id, status])).toEqual([
      ['test/sum.test.js > sum', 'passed'],
    ]);
    expect(compareSuites(report, report).ok).toBe(true);
  });

  test.each([
    ['another report in place of it', replacesTheReport],
    [
      'another report in place of it, by a file with a NUL byte',
      (names) => `/* \0 */${replacesTheReport(names)}`,
    ],
    ['a second report', addsALine],
    ['the only report, because the runner was killed', killsTheRunner],
  ] as [string, typeof addsALine][])('%s', async (_name, cheat) => {
    const report = await suiteOf(repo(runner, { 'src/sum.js': cheat(['sum']) + wrong }), separate);
    expect(compareSuites(await honest, report)).toMatchObject({ ok: false });
  });
});

describe('what was printed', () => {
  const forged = (control: object[] = []) =>
    JSON.stringify({
      complete: true,
      tests: [{ file: 'test/sum.test.js', path: ['sum'], status: 'passed' }, ...control],
    });

  async function read(print: (mark: string, control: (status: string) => object[]) => string, exitCode = 1) {
    const run = (await stackOf(repo('vitest'))).suite({
      work: '/w',
      gate: '/g',
      modules: '/m',
      scratch: '/s',
      codeUser: null,
    })!;
    const text = (end: string) =>
      run.files.flatMap((file) => ('content' in file && file.path.endsWith(end) ? [file] : []))[0]!;
    const { mark } = JSON.parse(text('suite.json').content);
    const { path, content } = text('.test.js');
    const [passes, fails] = [...content.matchAll(/test\('(\w+)'/g)].map(([, name]) => name);
    const file = path.slice('/w/'.length);
    const control = (status: string) => [
      { file, path: [passes], status: 'passed' },
      { file, path: [fails], status },
    ];
    const out = { exitCode, timedOut: false, outOfMemory: false, stderr: '', durationMs: 1 };
    return run.read({ ...out, stdout: print(mark, control) });
  }

  test('the control is in it', async () => {
    const report = await read((mark, control) => `noise\n${mark}${forged(control('failed'))}\n`);
    expect(report).toMatchObject({ report: 'ok', control: 'held', exitCode: 0, tail: 'noise' });
    expect(report.tests).toHaveLength(1);
  });

  test.each([
    [
      'two reports',
      'malformed',
      undefined,
      1,
      (mark, control) => `${mark}${forged()}\n${mark}${forged(control('failed'))}`,
    ],
    ['no report', 'missing', undefined, 1, () => forged()],
    ['the names of the base only', 'ok', 'missing', 1, (mark) => `${mark}${forged()}`],
    ['everything passed', 'ok', 'broken', 1, (mark, control) => `${mark}${forged(control('passed'))}`],
    [
      'a failure and exit code 0',
      'ok',
      'broken',
      0,
      (mark, control) => `${mark}${forged(control('failed'))}`,
    ],
  ] as [string, string, string | undefined, number, Parameters<typeof read>[0]][])(
    '%s',
    async (_name, report, control, exitCode, print) => {
      const found = await read(print, exitCode);
      expect([found.report, found.control]).toEqual([report, control]);
      const base = {
        ...(await read((mark, ours) => `${mark}${forged(ours('failed'))}`)),
        tree: '',
        image: '',
      };
      expect(compareSuites(base, { ...found, tree: '', image: '' }).trouble).toMatch(/report is/);
    },
  );
});

test.runIf(isRoot)('tests run as another user, with what the repository loads before them', async () => {
  const files = repo('node:test', {
    'package.json': manifest('node:test', {
      scripts: { test: 'node --import ./load.mjs --test --test-concurrency 1 "test/*.test.js"' },
    }),
    'load.mjs': 'globalThis.loaded = process.getuid();\n',
    'test/who.test.js': `import assert from 'node:assert'; import { readFileSync, writeFileSync } from 'node:fs'; import { test } from 'node:test';
test('who', () => { assert.deepEqual([process.getuid(), loaded], [65534, 65534]); });
test('parent', () => { assert.throws(() => writeFileSync('/proc/' + process.ppid + '/fd/1', 'x'), { code: 'EACCES' }); });
test('kill', () => { assert.throws(() => process.kill(process.ppid), { code: 'EPERM' }); });\n`,
  });
  const report = await suiteOf(files, true);
  expect(report).toMatchObject({ exitCode: 0, control: 'held' });
  expect(report.tests).toHaveLength(4);
});

test('CommonJS, TypeScript, red on the base', async () => {
  const files = {
    'package.json': '{"scripts":{"test":"node --test"}}',
    'src/sum.js': 'exports.sum = () => 3;',
    'src/sum.test.js': `const test = require('node:test'); test('red', () => { throw new RangeError('far'); });`,
    'src/typed.test.ts': `const test = require('node:test'); test('typed', (): void => {});`,
  };
  const report = await suiteOf(files, false);
  expect(report).toMatchObject({ exitCode: 1, control: 'held' });
  expect(report.tests.map(({ name, status }) => [name, status])).toEqual([
    ['red', 'failed'],
    ['typed', 'passed'],
  ]);
});

test('a runner that does not find our tests is believed on the base only', async () => {
  const files = repo('vitest', {
    'vitest.config.js': `export default { test: { include: ['test/sum.test.js'] } };\n`,
  });
  const base = await suiteOf(files, false);
  expect(base).toMatchObject({ exitCode: 0, report: 'ok', control: 'missing' });
  expect(compareSuites(base, base).ok).toBe(true);
  const held = await suiteOf(repo('vitest'), false);
  expect(compareSuites(held, base).trouble).toMatch(/always fails is not in it/);
});

test('options of the repository go to whom they are for', () => {
  const options = [
    '--import',
    'tsx',
    '-r',
    './a.js',
    '--test-timeout',
    '5',
    '--test-isolation=none',
    '-C',
    'dev',
  ];
  expect(nodeTestArgs(options, 'test/c.js')).toEqual({
    runner: ['--test-timeout', '5'],
    preload: ['--import', 'tsx', '-r', './a.js', '-C', 'dev'],
    separable: true,
  });
  expect(nodeTestArgs(['a/*.js'], 'test/c.js').runner).toEqual(['test/c.js', 'a/*.js']);
  expect(nodeTestArgs(['--test-global-setup=./a.js'], 'test/c.js').separable).toBe(false);
  const others = (...args: string[]) => argsWithControl(args, 'test/c.js');
  expect(others('--bail=1', '--environment', 'jsdom')).toEqual(['--environment', 'jsdom']);
  expect(others('--no-color', 'unit')).toEqual(['test/c.js', '--no-color', 'unit']);
});
