import { describe, expect, test } from 'vitest';
import { changedLines, parseDiff } from '../../src/gate/diff.ts';
import { scanPatch } from '../../src/gate/scans.ts';
import { sharedShingles } from '../../src/gate/shingles.ts';
import { compareChecks, compareSuites, SuiteReport, suiteReport } from '../../src/gate/suite.ts';
import { suiteSymptoms } from '../../src/gate/symptoms.ts';
import { scanTampering } from '../../src/gate/tamper.ts';
import type { CheckResult } from '../../src/gate/test-report.ts';
import { roleOf } from '../../src/stacks/node/detect.ts';
import { report, result } from './reports.ts';

/** A diff of one file, as git writes it. */
function diffOf(
  path: string,
  removed: string[],
  added: string[],
  change: 'added' | 'modified' | 'deleted' = 'modified',
): string {
  const mode = { added: 'new file mode 100644\n', deleted: 'deleted file mode 100644\n', modified: '' }[
    change
  ];
  const [from, to] = [
    change === 'added' ? '/dev/null' : `a/${path}`,
    change === 'deleted' ? '/dev/null' : `b/${path}`,
  ];
  const lines = [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)];
  return `diff --git a/${path} b/${path}\n${mode}index 1..2 100644\n--- ${from}\n+++ ${to}\n@@ -1,${removed.length} +1,${added.length} @@\n${lines.join('\n')}\n`;
}

describe('diff', () => {
  test('hunks by their counts, whatever the lines look like', () => {
    const [first, second] = parseDiff(
      `diff --git a/a.md b/a.md\nindex 1..2 100644\n--- a/a.md\n+++ b/a.md\n@@ -1,3 +1,3 @@\n same\n--- a/x\n+++ b/x\n last\n@@ -10 +10,2 @@ f\n-old\n+new\n+more\n\\ No newline at end of file\n${diffOf('b.js', [], ['x'], 'added')}`,
    );
    expect(first).toEqual({
      path: 'a.md',
      change: 'modified',
      binary: false,
      removed: [
        { line: 2, text: '-- a/x' },
        { line: 10, text: 'old' },
      ],
      added: [
        { line: 2, text: '++ b/x' },
        { line: 10, text: 'new' },
        { line: 11, text: 'more' },
      ],
    });
    expect(second).toMatchObject({ path: 'b.js', change: 'added' });
    expect([...changedLines(first!)]).toEqual([2, 10, 11]);
  });

  test('quoted and binary files', () => {
    const diff = `diff --git "a/t\\303\\274r.js" "b/t\\303\\274r.js"\nnew file mode 100644\nBinary files /dev/null and "b/t\\303\\274r.js" differ\n`;
    expect(parseDiff(diff)).toEqual([
      { path: 'tür.js', change: 'added', binary: true, added: [], removed: [] },
    ]);
  });
});

describe('tampering', () => {
  const at = (diff: string) =>
    scanTampering(parseDiff(diff), roleOf).map(({ kind, path, line }) => [kind, path, line]);
  const assertion = `  expect(f()).toBe('a');`;

  test.each<[string, string, unknown[]]>([
    ['deleted', diffOf('test/a.test.js', ['x'], [], 'deleted'), [['deleted', 'test/a.test.js', null]]],
    [
      'skip',
      diffOf('test/a.test.js', [`test('x', f)`], [`test.skip('x', f)`]),
      [['skipped', 'test/a.test.js', 1]],
    ],
    [
      'xit',
      diffOf('test/a.test.js', [`it('x', f)`], [`xit('x', f)`, `it('y', f)`]),
      [['skipped', 'test/a.test.js', 1]],
    ],
    ['only', diffOf('test/a.test.js', [], [`it.only('x', f)`]), [['skipped', 'test/a.test.js', 1]]],
    [
      'todo in a new file',
      diffOf('test/a.test.js', [], [`test.todo('x')`], 'added'),
      [['skipped', 'test/a.test.js', 1]],
    ],
    [
      'a test is gone',
      diffOf('test/a.test.js', [`test('x', f)`, `test('y', f)`], [`test('x', f)`]),
      [['deleted', 'test/a.test.js', null]],
    ],
    [
      'an assertion is gone',
      diffOf('test/a.test.js', [assertion, assertion], [assertion]),
      [['weakened', 'test/a.test.js', null]],
    ],
    [
      'a hollow assertion',
      diffOf('test/a.test.js', [assertion], ['  expect(f()).toBeDefined();']),
      [['weakened', 'test/a.test.js', null]],
    ],
    [
      'process.exit in a test',
      diffOf('test/a.test.js', [], ['process.exit(0)']),
      [['weakened', 'test/a.test.js', 1]],
    ],
    [
      'snapshot',
      diffOf('test/__snapshots__/a.snap', ['a'], ['b']),
      [['weakened', 'test/__snapshots__/a.snap', null]],
    ],
    [
      'runner configuration',
      diffOf('vitest.config.ts', [], ['x'], 'added'),
      [['configuration', 'vitest.config.ts', null]],
    ],
    [
      'CI',
      diffOf('.github/workflows/ci.yml', ['a'], ['b']),
      [['configuration', '.github/workflows/ci.yml', null]],
    ],
    [
      'test script',
      diffOf('package.json', [`    "test": "vitest run",`], [`    "test": "true",`]),
      [['configuration', 'package.json', 1]],
    ],
    [
      'asks for the runner',
      diffOf('src/a.js', [], ['if (process.env.VITEST) return 1;']),
      [['detection', 'src/a.js', 1]],
    ],
    [
      'imports the runner',
      diffOf('src/a.js', [], [`import { expect } from 'vitest';`]),
      [['detection', 'src/a.js', 1]],
    ],
    [
      'looks at its parent',
      diffOf('bin/a.js', [], [`read('/proc/' + process.ppid + '/cmdline');`]),
      [['detection', 'bin/a.js', 1]],
    ],
    [
      'ends the process that imports it',
      diffOf('src/a.js', [], ['process.exit(0);', `process['exit'](0);`]),
      [
        ['detection', 'src/a.js', 1],
        ['detection', 'src/a.js', 2],
      ],
    ],
    [
      'asks for arguments',
      diffOf('src/a.js', [], ['if (process.argv[1]) f();']),
      [['detection', 'src/a.js', 1]],
    ],
    ['nothing: a command', diffOf('src/cli.js', [], ['f(process.argv); process.exit(1);']), []],
    [
      'nothing: a new script',
      diffOf('src/a.js', [], ['#!/usr/bin/env node', 'f(process.argv);'], 'added'),
      [],
    ],
    ['nothing: as before', diffOf('src/a.js', ['process.exit(1);'], ['process.exit(2);']), []],
    ['nothing: more tests', diffOf('test/a.test.js', [], [`test('z', () => {`, assertion, '});']), []],
    ['nothing: another expectation', diffOf('test/a.test.js', [assertion], [`  expect(f()).toBe('b');`]), []],
    ['nothing: version', diffOf('package.json', [`  "version": "1.0.0",`], [`  "version": "1.1.0",`]), []],
  ])('%s', (_name, diff, expected) => {
    expect(at(diff)).toEqual(expected);
  });
});

describe('scans', () => {
  const none = { base: undefined, candidate: undefined };
  const scan = (path: string, ...added: string[]) =>
    scanPatch(parseDiff(diffOf(path, [], added)), roleOf, none);
  const rules = (path: string, ...added: string[]) => {
    const { security, stubs } = scan(path, ...added);
    return [...security, ...stubs].map(({ rule, line }) => `${rule}:${line}`);
  };
  // Put together here, so that no scanner takes this file for a leak.
  const github = `ghp_${'a1B2'.repeat(9)}`;

  test.each<[string, string[], string[]]>([
    ['src/a.js', ['ok', `const t = '${github}';`], ['secret-github:2']],
    ['test/a.test.js', [`const t = '${github}';`], ['secret-github:1']],
    ['src/a.js', [`/* \0 */ const t = '${github}';`], ['secret-github:1', 'hidden-text:1']],
    ['src/a.js', ['x // \x1b[8m'], ['hidden-text:1']],
    ['src/a.js', ['a\tb\f\r'], []],
    ['src/a.js', [`const key = 'AKIA${'A1'.repeat(8)}';`], ['secret-aws:1']],
    ['src/a.pem', [`-----BEGIN RSA PRIVATE ${'KEY'}-----`], ['secret-private-key:1']],
    ['src/a.js', [`const apiKey = '${'k'.repeat(20)}';`], ['secret-literal:1']],
    ['test/a.test.js', [`const apiKey = '${'k'.repeat(20)}';`], []],
    ['src/a.js', ['eval(text)', 'new Function(text)'], ['eval:1', 'eval:2']],
    ['src/a.js', [`exec(\`ls \${path}\`)`], ['shell:1']],
    ['src/a.js', [`const a = 'x\u202ey';`], ['hidden-text:1']],
    ['src/a.js', [`const a = '${'QUJD'.repeat(120)}';`], ['blob:1']],
    ['src/a.js', [`throw new Error('Not implemented');`, '// TODO: later'], ['not-implemented:1', 'todo:2']],
    ['README.md', ['TODO', 'not implemented'], []],
    ['src/a.js', ['const todoList = [];'], []],
  ])('%s %j', (path, added, expected) => {
    expect(rules(path, ...added)).toEqual(expected);
  });

  test('a file that nobody can read is for people', () => {
    const diff =
      'diff --git a/a.png b/a.png\nnew file mode 100644\nBinary files /dev/null and b/a.png differ\n';
    expect(scanPatch(parseDiff(diff), roleOf, none).protectedPaths).toEqual([
      { path: 'a.png', because: 'a binary file, which no reviewer has read' },
    ]);
  });

  test('what stood there before is not found', () => {
    const diff = diffOf('src/a.js', ['  eval(text)'], ['    eval(text)']);
    expect(scanPatch(parseDiff(diff), roleOf, none).security).toEqual([]);
  });

  test('dependencies, install scripts, protected paths, size', () => {
    const files = parseDiff(
      diffOf('package-lock.json', ['a'], ['b']) +
        diffOf('src/auth/login.js', [], ['x']) +
        diffOf('src/author.js', [], ['x']),
    );
    const found = scanPatch(files, roleOf, {
      base: JSON.stringify({ dependencies: { a: '1' }, scripts: { prepare: 'x' } }),
      candidate: JSON.stringify({
        dependencies: { a: '2', b: '1' },
        devDependencies: { c: '1' },
        scripts: { prepare: 'x', postinstall: 'y' },
      }),
    });
    expect(found.dependencies).toEqual(['a@2', 'b@1', 'c@1']);
    expect(found.security.map(({ rule }) => rule)).toEqual(['install-script']);
    expect(found.protectedPaths).toEqual([
      { path: 'package-lock.json', because: 'a lockfile' },
      { path: 'src/auth/login.js', because: 'authentication' },
    ]);
    expect(found.size).toEqual({ files: 3, additions: 3, deletions: 1, large: false });
  });
});

describe('suite against the base', () => {
  const base = report([
    result('a'),
    result('b'),
    result('c'),
    result('old', 'failed'),
    result('s', 'skipped'),
  ]);

  test('only what passed on the base can regress', () => {
    const now = report([
      result('a'),
      result('b', 'failed'),
      result('c', 'skipped'),
      result('old', 'failed'),
      result('new'),
    ]);
    expect(compareSuites(base, now)).toMatchObject({
      ok: false,
      regressions: [
        { id: 'b', now: 'failed', message: 'AssertionError: message' },
        { id: 'c', now: 'skipped', message: null },
      ],
      preexisting: ['old'],
      added: 1,
      trouble: null,
    });
    expect(compareSuites(base, base)).toMatchObject({ ok: true, regressions: [] });
  });

  test('a test that is gone and a new one that fails are regressions', () => {
    const now = report([result('a'), result('b'), result('old'), result('n', 'failed')]);
    expect(compareSuites(base, now).regressions.map(({ id, now: state }) => [id, state])).toEqual([
      ['c', 'gone'],
      ['n', 'failed'],
    ]);
  });

  const clean = report([result('a')]);
  test.each([
    ['time', report(clean.tests, { timedOut: true })],
    ['no report', report([], { report: 'missing', exitCode: 0 })],
    ['exit 0 with failures', report([result('a'), result('z', 'failed')], { exitCode: 0 })],
    ['exit 1 without failures', report(clean.tests, { exitCode: 1 })],
  ])('fails closed: %s', (_name, now) => {
    expect(compareSuites(clean, now).ok).toBe(false);
    expect(compareSuites(clean, now).trouble).not.toBeNull();
  });

  test('checks and the whole report', () => {
    const check = (name: CheckResult['name'], exitCode: number): CheckResult => ({
      name,
      command: name,
      exitCode,
      timedOut: false,
      tail: 'tail',
      durationMs: 1,
    });
    const checks = compareChecks(
      [check('lint', 1), check('types', 0)],
      [check('lint', 1), check('types', 2), check('build', 0)],
    );
    expect(checks.map(({ state }) => state)).toEqual(['still-red', 'newly-red', 'green']);
    const whole = suiteReport({
      tests: compareSuites(base, base),
      checks,
      tamper: [],
      scans: scanPatch([], roleOf, { base: undefined, candidate: undefined }),
    });
    expect(SuiteReport.parse(whole)).toEqual(whole);
    expect(whole.words).toBe(
      '3 tests pass as on the base, 1 were red on the base already, lint still red, types newly red, build green',
    );
    expect(suiteSymptoms(whole)).toEqual({
      cause: 'regression',
      seen: ['types is newly red (types):\ntail'],
      silent: 0,
    });
  });
});

describe('shingles', () => {
  const secret = 'Given a title with many dashes, the slug collapses them into one dash.';

  test('eight words in a row, whatever case, punctuation or escapes', () => {
    const leaking = `Plan: GIVEN a title—with\nmany "dashes": the slug collapses`;
    expect(sharedShingles({ text: leaking, secrets: [secret], exempt: [] })).toEqual([
      'given a title with many dashes the slug',
      'a title with many dashes the slug collapses',
    ]);
    expect(sharedShingles({ text: JSON.stringify(leaking), secrets: [secret], exempt: [] })).toHaveLength(2);
    expect(
      sharedShingles({ text: 'a title with many dashes the slug', secrets: [secret], exempt: [] }),
    ).toEqual([]);
  });

  test('what the issue says too is no leak', () => {
    expect(sharedShingles({ text: secret, secrets: [secret], exempt: [`In the issue: ${secret}`] })).toEqual(
      [],
    );
  });
});
