import { describe, expect, test } from 'vitest';
import type { Interface } from '../../../src/run/artifacts.ts';
import {
  Bench,
  type Files,
  failures,
  functionsOf,
  hasPytest,
  judge,
  repoFiles,
  sampleRepo,
  sealedTests,
  stackOf,
  statuses,
} from '../bench.ts';

const leap = await sampleRepo('python-leap');
const roman = await sampleRepo('python-roman');
const repaired = 'return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)';
const candidate: Files = {
  ...leap,
  'src/leap/years.py': leap['src/leap/years.py']!.replace(/return .*/, repaired),
};
const file = 'tests/test_issue_1_sealed.py';

describe('detection at the base', () => {
  test('pytest with a source folder', async () => {
    const stack = await stackOf(leap);
    expect(stack).toMatchObject({
      name: 'python',
      packageManager: 'pip',
      describe:
        "python: tests run with pytest, because it is configured (2 test files), no dependencies but pytest, the sandbox's own",
      dependencies: null,
      commands: { install: '', test: 'PYTHONPATH=src python3 -m pytest' },
    });
    expect(stack.sealedTestPath(7, 'every-400-years')).toBe('tests/test_issue_7_every_400_years.py');
  });

  test('unittest by what the tests are written for', async () => {
    const stack = await stackOf(roman);
    expect(stack.describe).toBe(
      'python: tests run with unittest, because the tests are written for it (1 test file)',
    );
    expect(stack.commands.test).toBe("python3 -m unittest discover -s tests -p 'test*.py'");
  });

  test('no tests of its own', async () => {
    const stack = await stackOf({ 'greet.py': 'def greet(): ...' });
    const places = { work: '/w', gate: '/g', scratch: '/s', modules: null, codeUser: null };
    expect(stack.suite(places)).toBeNull();
    expect(stack.describe).toBe('python: no tests of its own, so acceptance tests are written for unittest');
    expect(stack.sealedTestPath(1, 'x')).toBe('tests/test_issue_1_x.py');
  });

  test('most of the code decides between Python and node', async () => {
    const name = async (files: Files) => (await stackOf(files)).name;
    expect(
      await name({ 'package.json': '{}', 'docs.js': '', 'requirements.txt': '', 'a.py': '', 'b.py': '' }),
    ).toBe('python');
    expect(await name({ 'package.json': '{}', 'a.js': '', 'tools/b.py': '', 'tools/c.py': '' })).toBe('node');
    expect(await name({ 'setup.py': '', 'a.py': '', 'a.js': '', 'b.js': '' })).toBe('node');
  });

  test('what the sandbox must have is said with how to get it', async () => {
    const { needs } = await stackOf(leap);
    expect(needs).toEqual({
      argv: ['python3', '-c', 'import pytest'],
      words: 'The tests of this repository run with pytest, and the sandbox has no python3 with it.',
      next: expect.stringContaining(
        'apt-get install -y --no-install-recommends python3 python3-pytest python3-pip',
      ),
    });
    expect((await stackOf(roman)).needs?.argv.at(-1)).toBe('import unittest');
  });

  test('tests, configuration and project files are restored', async () => {
    const stack = await stackOf(leap);
    const base = ['src/leap/years.py', 'tests/test_years.py', 'pyproject.toml', 'tests/conftest.py'];
    expect(stack.restore(base, ['conftest.py', 'src/leap/new.py'])).toEqual({
      put: base.slice(1),
      remove: ['conftest.py'],
    });
    expect(base.map(stack.roleOf)).toEqual(['source', 'test', 'source', 'config']);
  });
});

describe('dependencies', () => {
  const of = async (files: Files) => (await stackOf({ 'a.py': '', ...files })).dependencies;

  test('pinned requirements with hashes are installed as they are', async () => {
    const hash = `--hash=sha256:${'a'.repeat(64)}`;
    const dependencies = await of({ 'requirements.txt': `attrs==24.2.0 \\\n    ${hash}\n# by hand\n` });
    expect(dependencies).toMatchObject({ files: [], lockfile: 'requirements.txt' });
    expect(dependencies?.written).toEqual([{ path: 'requirements.txt', content: `attrs==24.2.0 ${hash}\n` }]);
    expect(dependencies?.install.argv).toEqual(expect.arrayContaining(['--require-hashes', '--only-binary']));
  });

  test('without a lockfile what pip chose is kept', async () => {
    const dependencies = await of({
      'pyproject.toml':
        '[project]\ndependencies = [\n  "requests>=2,<3", # HTTP\n  "tomli; python_version < \'3.11\'",\n]\n[dependency-groups]\ntest = ["pytest"]\n',
    });
    expect(dependencies?.lockfile).toBeNull();
    expect(dependencies?.written?.[0]?.content).toBe(
      "requests>=2,<3\ntomli ; python_version < '3.11'\npytest\n",
    );
    expect(dependencies?.install.resolved?.argv).toEqual(
      expect.arrayContaining(['--no-deps', 'requirements.lock']),
    );
  });

  test.each([
    '--no-binary :all:',
    '--index-url https://packages.example/simple',
    'git+https://code.example/evil.git',
    'evil @ https://code.example/evil.tar.gz',
    './local',
    '-e .',
    'fine==1.0 --global-option=evil',
  ])('%s never reaches pip', async (line) => {
    const files = { 'a.py': '', 'requirements.txt': `attrs==24.2.0\n${line}\n` };
    const stack = await stackOf(files);
    expect(stack.dependencies?.written?.[0]?.content).toBe('attrs==24.2.0\n');
    expect(stack.describe).toContain(`not installed, because it is no plain requirement: ${line}`);
  });
});

describe.runIf(hasPytest())('the suite', () => {
  test('of pytest, by name', async () => {
    await using bench = await Bench.make(leap);
    const report = await bench.execute((await stackOf(leap)).suite(bench.places)!);
    expect(report).toMatchObject({ exitCode: 0, report: 'ok' });
    expect(report.tests.map((each) => each.id)).toContain('tests/test_years.py > test_other_years[1900]');
    expect(report.tests).toHaveLength(9);
  });

  test('of unittest, by name', async () => {
    const files = {
      ...roman,
      'tests/test_broken.py': 'import nothing_of_that_name\n',
      'tests/test_red.py':
        'import unittest\n\n\nclass Red(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(1 + 1, 3)\n',
    };
    await using bench = await Bench.make(files);
    const report = await bench.execute((await stackOf(files)).suite(bench.places)!);
    expect(report).toMatchObject({ exitCode: 1, report: 'ok' });
    expect(statuses(report)).toEqual({
      'tests/test_numerals.py > ToRoman > test_adds_signs': 'passed',
      'tests/test_numerals.py > ToRoman > test_has_limits': 'passed',
      'tests/test_red.py > Red > test_sum': 'failed',
      'test_broken.py > (file)': 'failed',
    });
    const red = report.tests.find((each) => each.name === 'test_sum');
    expect(red?.failure).toMatchObject({
      errorClass: 'AssertionError',
      received: '2',
      expected: '3',
      frames: ['tests/test_red.py:6:9'],
    });
  });

  test('a file that cannot be collected is one red result', async () => {
    const files = { ...leap, 'tests/test_broken.py': 'from leap import nothing\n' };
    await using bench = await Bench.make(files);
    const report = await bench.execute((await stackOf(files)).suite(bench.places)!);
    expect(failures(report)).toEqual({ 'tests/test_broken.py > (file)': 'ImportError' });
  });
});

const pytestContent = `import pytest

from leap import days_in_month, is_leap_year


def test_C1_1_every_fourth_century():
    assert is_leap_year(2000) is True


def test_C1_2_february():
    assert days_in_month(1600, 2) == 29


def test_C2_1_no_such_month():
    with pytest.raises(ValueError, match="there is no month 0"):
        days_in_month(2000, 0)
`;
const sealed = {
  ...sealedTests(pytestContent, 2, { file }),
  tests: [
    { id: 'C1/1', contract: 'C1', visibility: 'visible' as const },
    { id: 'C1/2', contract: 'C1', visibility: 'silent' as const },
    { id: 'C2/1', contract: 'C2', visibility: 'visible' as const },
  ],
};
const shared = functionsOf('src/leap/__init__.py', ['days_in_month', 'is_leap_year']);

describe.runIf(hasPytest())('sealed tests for pytest', () => {
  test('are red on the base, each by itself, and green on the candidate', async () => {
    const stack = await stackOf(leap);
    expect(await stack.lintSealed(sealed, shared)).toEqual([]);
    const base = await judge({ files: leap, stack, interface: shared, sealed });
    expect(statuses(base)).toEqual({ 'C1/1': 'failed', 'C1/2': 'failed', 'C2/1': 'passed' });
    expect(base.tests.find((each) => each.id === 'C1/1')?.failure).toMatchObject({
      errorClass: 'AssertionError',
      received: 'False',
      expected: 'True',
    });
    const after = await judge({ files: candidate, stack, interface: shared, sealed });
    expect(after.exitCode).toBe(0);
    expect(statuses(after)).toEqual({ 'C1/1': 'passed', 'C1/2': 'passed', 'C2/1': 'passed' });
  });

  test('twins and the control fail on the candidate', async () => {
    const stack = await stackOf(leap);
    const twins = await stack.twins(sealed, 'salt');
    expect(twins.without).toEqual([]);
    expect(twins.twins.map((twin) => twin.of)).toEqual(['C1/1', 'C1/2', 'C2/1', 'control']);
    const report = await judge({ files: candidate, stack, interface: shared, sealed, twins });
    expect(Object.values(statuses(report))).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  test('a module and a name that are not there yet make each test fail by itself', async () => {
    const stack = await stackOf(leap);
    const content = `from leap.weeks import LAST, WeekError, week_of\n\n
def test_C1_1_first():\n    assert week_of(2024, 1) == 1\n\n
def test_C1_2_last():\n    assert LAST == 53\n`;
    const items: Interface['items'] = [
      {
        path: 'src/leap/weeks.py',
        name: 'week_of',
        kind: 'function',
        signature: 'def week_of(year, day) -> int',
      },
      { path: 'src/leap/weeks.py', name: 'LAST', kind: 'constant', signature: 'LAST: int' },
      {
        path: 'src/leap/weeks.py',
        name: 'WeekError',
        kind: 'class',
        signature: 'class WeekError(ValueError)',
      },
    ];
    const weeks = { items, literals: [] };
    const tests = sealedTests(content, 2, { file });
    expect(await stack.lintSealed(tests, weeks)).toEqual([]);
    const report = await judge({ files: leap, stack, interface: weeks, sealed: tests });
    expect(failures(report)).toEqual({ 'C1/1': 'NotImplementedError', 'C1/2': 'AssertionError' });
    expect(report.tests.find((each) => each.id === 'C1/1')?.failure?.message).toBe(
      'week_of is not implemented: the module does not exist',
    );
  });

  test('in-process tests run in the tree, on stubs where the base has nothing', async () => {
    const stack = await stackOf(leap);
    const content = `from leap.span import Span\n\n\ndef test_C1_1_days():\n    assert Span(2024).days == 366\n`;
    const items: Interface['items'] = [
      { path: 'src/leap/span.py', name: 'Span', kind: 'class', signature: 'class Span' },
    ];
    const tests = sealedTests(content, 1, { file, mode: 'in-process' });
    const span = { items, literals: [] };
    const stubs = await stack.stubs(span, repoFiles(leap));
    const base = { ...leap, ...Object.fromEntries(stubs.map((stub) => [stub.path, stub.content])) };
    expect(failures(await judge({ files: base, stack, interface: span, sealed: tests }))).toEqual({
      'C1/1': 'NotImplementedError',
    });
    const built = {
      ...leap,
      'src/leap/span.py': 'class Span:\n    def __init__(self, year):\n        self.days = 366\n',
    };
    expect(statuses(await judge({ files: built, stack, interface: span, sealed: tests }))).toEqual({
      'C1/1': 'passed',
    });
  });
});

test.runIf(hasPytest())('sealed tests for unittest', async () => {
  const stack = await stackOf(roman);
  const content = `import unittest

from roman.numerals import to_roman


class Sealed(unittest.TestCase):
    def test_C1_1_four(self):
        self.assertEqual(to_roman(4), "IV")

    def test_C1_2_limits(self):
        with self.assertRaisesRegex(ValueError, "4000 has no Roman numeral"):
            to_roman(4000)
`;
  const tests = sealedTests(content, 2, { file });
  const numerals = functionsOf('roman/numerals.py', ['to_roman']);
  expect(await stack.lintSealed(tests, numerals)).toEqual([]);
  const report = await judge({ files: roman, stack, interface: numerals, sealed: tests });
  expect(statuses(report)).toEqual({ 'C1/1': 'failed', 'C1/2': 'passed' });
  expect(report.tests.find((each) => each.id === 'C1/1')?.failure).toMatchObject({
    received: "'IIII'",
    expected: "'IV'",
  });
  const twins = await stack.twins(tests, 'salt');
  const twinReport = await judge({ files: roman, stack, interface: numerals, sealed: tests, twins });
  expect(Object.values(statuses(twinReport))).toEqual(['failed', 'failed', 'failed']);
});
