import { describe, expect, test } from 'vitest';
import { detectNode } from '../../src/stacks/node/node-stack.ts';
import {
  Bench,
  type Files,
  failures,
  functionsOf,
  judge,
  manifest,
  repoFiles,
  sealedTests,
  stackOf,
  statuses,
} from './bench.ts';

describe('detection at the base', () => {
  const places = { work: '/w', gate: '/gate', scratch: '/s', modules: '/w/node_modules', codeUser: null };
  const own = { 'test/a.test.js': `import { test } from 'node:test';` };

  test.each<[string, Files, string, string[] | null]>([
    ['vitest by its script', { 'package.json': manifest('vitest'), ...own }, 'vitest', []],
    [
      'vitest with options',
      {
        'package.json': manifest('vitest', { scripts: { test: 'tsc && vitest run --coverage --dir test' } }),
        ...own,
      },
      'vitest',
      ['--dir', 'test'],
    ],
    ['node:test', { 'package.json': manifest('node:test'), ...own }, 'node:test', []],
    [
      'node:test behind npm run',
      {
        'package.json': manifest('node:test', {
          scripts: { test: 'npm run -s unit', unit: 'c8 node --test --watch "test/*.js"' },
        }),
        ...own,
      },
      'node:test',
      ['test/*.js'],
    ],
    [
      'node:test behind a coverage tool with options',
      {
        'package.json': manifest('node:test', {
          scripts: { test: 'npm run unit && tsc', unit: 'c8 --100 node --test' },
        }),
        ...own,
      },
      'node:test',
      [],
    ],
    [
      'vitest behind a script that does not name it',
      {
        'package.json': manifest('vitest', { scripts: { test: 'ts-scripts test && npm run size' } }),
        'src/a.spec.ts': `import { test } from 'vitest';`,
      },
      'vitest',
      [],
    ],
    [
      'node:test behind a shell expression',
      { 'package.json': manifest('node:test', { scripts: { test: 'node --test $(find test)' } }), ...own },
      'node:test',
      [],
    ],
    ['node:test by its imports', { 'package.json': '{}', ...own }, 'node:test', []],
    [
      'another runner',
      {
        'package.json': manifest('node:test', { scripts: { test: 'ava && x > y' } }),
        'test/a.test.js': `describe('a', () => {});`,
      },
      'counts by exit code'.replace('counts', 'they count'),
      null,
    ],
  ])('%s', async (_name, files, words, args) => {
    const stack = await stackOf(files);
    expect(stack.describe).toContain(words);
    const run = stack.suite(places);
    if (args)
      expect(run?.argv.slice(-args.length || run.argv.length).filter((arg) => args.includes(arg))).toEqual(
        args,
      );
    else expect(run?.argv.slice(0, 2)).toEqual(['sh', '-c']);
    expect(run?.argv.join(' ')).not.toMatch(/--watch|--coverage/);
  });

  test('a repository without dependencies or tests is fine, and says so', async () => {
    const stack = await stackOf({ 'package.json': '{"name":"x"}', 'index.js': '' });
    expect(stack.dependencies).toBeNull();
    expect(stack.suite(places)).toBeNull();
    expect(stack.checks(places)).toEqual([]);
    expect(stack.describe).toContain('no tests of its own');
    expect(stack.sealedTestPath(7, 'x')).toBe('test/issue-7-x.test.js');
  });

  test('no node repository', async () => {
    expect(await detectNode(repoFiles({ 'main.py': '' }))).toBeUndefined();
  });

  test('a broken package.json is as if there were none', async () => {
    expect((await stackOf({ 'package.json': '{', 'a.js': '' })).dependencies).toBeNull();
  });

  test('only manifest and lockfile are for the package manager', async () => {
    const files = { 'package.json': manifest('vitest'), 'package-lock.json': '{}', '.npmrc': 'git=./evil' };
    expect((await stackOf(files)).dependencies).toMatchObject({
      files: ['package.json', 'package-lock.json'],
      install: { argv: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'] },
    });
    const without = await stackOf({ 'package.json': manifest('vitest'), 'bun.lock': '' });
    expect(without.dependencies).toMatchObject({ lockfile: null, files: ['package.json'] });
    expect(without.describe).toContain('bun.lock is not used');
  });

  test('sealed tests go where the repository keeps such tests', async () => {
    const at = async (files: Files) => (await stackOf(files)).sealedTestPath(3, 'dash');
    expect(
      await at({
        'package.json': manifest('vitest'),
        'src/a.spec.ts': '',
        'src/b.spec.ts': '',
        'src/a.ts': '',
      }),
    ).toBe('src/issue-3-dash.spec.ts');
    expect(await at({ 'package.json': manifest('node:test'), 'test/a.js': '', 'a.js': '' })).toBe(
      'test/issue-3-dash.js',
    );
    expect(
      await at({ 'package.json': manifest('node:test', { scripts: { test: 'ava' } }), 'test.js': '' }),
    ).toBe('acceptance/issue-3-dash.mjs');
  });

  test('tests and configuration are restored, configuration of the candidate is taken out', async () => {
    const stack = await stackOf({ 'package.json': manifest('vitest') });
    const base = [
      'src/a.js',
      'test/a.test.js',
      'test/data.json',
      'tsconfig.json',
      '.github/workflows/ci.yml',
      '.npmrc',
    ];
    expect(stack.restore(base, [...base, 'vitest.config.js', 'src/b.js', 'test/b.test.js'])).toEqual({
      put: base.slice(1),
      remove: ['vitest.config.js'],
    });
  });

  test('checks are the base’s scripts', async () => {
    const scripts = { lint: 'eslint .', build: 'tsc -p .' };
    const stack = await stackOf({
      'package.json': manifest('vitest', { scripts }),
      'tsconfig.json': '{}',
      'src/a.ts': '',
    });
    expect(stack.checks(places).map(({ name, command }) => [name, command])).toEqual([
      ['lint', 'eslint .'],
      ['types', 'tsc --noEmit'],
      ['build', 'tsc -p .'],
    ]);
  });
});

describe.concurrent('the repository’s own suite', () => {
  const mixed = (header: string, equal: string) => `${header}
describe('group', () => { test('passes, ünïcode 🎉', () => {}); test('fails', () => { ${equal} }); });
test.skip('left out', () => {});
test('throws', () => { throw new RangeError('far'); });
`;

  test.each([
    ['vitest', mixed(`import { describe, expect, test } from 'vitest';`, `expect('got').toBe('wanted');`)],
    [
      'node:test',
      mixed(
        `import assert from 'node:assert'; import { describe, test } from 'node:test';`,
        `assert.equal('got', 'wanted');`,
      ),
    ],
  ] as const)('%s: passing, failing, throwing, skipped, unloadable', async (framework, content) => {
    const files = {
      'package.json': manifest(framework),
      'test/a.test.js': content,
      'test/broken.test.js': 'import "./nowhere.js";',
      'test/syntax.test.js': 'const = 1;',
    };
    await using bench = await Bench.make(files, { separate: false });
    const report = await bench.execute((await stackOf(files)).suite(bench.places)!);
    expect(report).toMatchObject({ exitCode: 1, report: 'ok' });
    expect(statuses(report)).toEqual({
      'test/a.test.js > group > passes, ünïcode 🎉': 'passed',
      'test/a.test.js > group > fails': 'failed',
      'test/a.test.js > left out': 'skipped',
      'test/a.test.js > throws': 'failed',
      'test/broken.test.js > (file)': 'failed',
      'test/syntax.test.js > (file)': 'failed',
    });
    const by = new Map(report.tests.map((result) => [result.name, result.failure]));
    expect(by.get('fails')).toMatchObject({
      errorClass: 'AssertionError',
      expected: 'wanted',
      received: 'got',
    });
    expect(by.get('fails')?.frames[0]).toMatch(/^test\/a\.test\.js:\d+:\d+$/);
    expect(by.get('throws')).toMatchObject({ errorClass: 'RangeError', message: 'far' });
    const broken = report.tests.find((result) => result.file === 'test/broken.test.js');
    expect(broken?.failure?.message).toMatch(/Cannot find module .*nowhere/);
  });

  test('a runner this stack does not read counts by exit code', async () => {
    const files = {
      'package.json': manifest('node:test', { scripts: { test: 'echo said; exit 3 | cat; exit 3' } }),
      'test/a.js': '',
    };
    await using bench = await Bench.make(files, { separate: false });
    const report = await bench.execute((await stackOf(files)).suite(bench.places)!);
    expect(report).toMatchObject({ exitCode: 3, report: 'ok', tail: 'said' });
    expect(statuses(report)).toEqual({ 'npm test': 'failed' });
  });
});

describe.concurrent('reports that are no success', () => {
  const files = {
    'package.json': manifest('node:test'),
    'src/f.js': 'export const f = () => 1;',
    'test/own.test.js': '',
  };
  const shared = functionsOf('src/f.js', ['f']);

  test('zero tests is not a pass of the tests that should be there', async () => {
    const sealed = sealedTests(`import { f } from '../src/f.js'; f;`, 1);
    const report = await judge({ files, stack: await stackOf(files), interface: shared, sealed });
    expect(statuses(report)['C1/1']).toBeUndefined();
  });

  test('missing, cut and odd reports are told apart from empty ones', async () => {
    const stack = await stackOf(files);
    await using bench = await Bench.make(files);
    const sealed = sealedTests(`import { test } from 'node:test'; test('C1/1 x', () => {});`, 1);
    const run = await stack.sealedRun({ interface: shared, sealed, places: bench.places, salt: 's' });
    const out = { exitCode: 0, timedOut: false, outOfMemory: false, stdout: '', stderr: '', durationMs: 1 };
    const kind = (report?: string) => run.read({ ...out, report }).report;
    expect(kind()).toBe('missing');
    expect(kind('')).toBe('missing');
    expect(kind('{"complete":true,"tests":[')).toBe('malformed');
    expect(kind('{"tests":[]}')).toBe('malformed');
    expect(kind('{"complete":true,"tests":[{"file":"a","path":["b"],"status":"great"}]}')).toBe('malformed');
    expect(kind('{"complete":true,"tests":[]}')).toBe('ok');
    const tail = run.read({ ...out, stderr: '\u001b[31mred\u001b[0m \u0007bell' }).tail;
    expect(tail).toBe('red \\x07bell');
  });

  test.each(['vitest', 'node:test'] as const)(
    'in-process, %s: callbacks work, and it runs as the user',
    async (framework) => {
      const content =
        framework === 'vitest'
          ? `import { expect, test } from 'vitest'; import { f } from '../src/f.js';
test('C1/1 calls back', () => { expect(f((x) => x + 1)).toBe(2); });`
          : `import assert from 'node:assert/strict'; import { test } from 'node:test'; import { f } from '../src/f.js';
test('C1/1 calls back', () => { assert.equal(f((x) => x + 1), 2); });`;
      const repo = {
        'package.json': manifest(framework),
        'src/f.js': 'export const f = (g) => g(1);',
        'test/own.test.js': '',
      };
      const stack = await stackOf(repo);
      const sealed = sealedTests(content, 1, { mode: 'in-process' });
      expect(await stack.lintSealed(sealed, shared)).toEqual([]);
      await using bench = await Bench.make(repo);
      const run = await stack.sealedRun({ interface: shared, sealed, places: bench.places, salt: 's' });
      expect(run.user).toBe('user');
      const report = await bench.execute(run);
      expect(failures(report)).toEqual({});
      expect(statuses(report)).toEqual({ 'C1/1': 'passed' });
    },
  );
});
