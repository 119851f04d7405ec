import { describe, expect, test } from 'vitest';
import type { Interface } from '../../../src/run/artifacts.ts';
import { functionsOf, sampleRepo, sealedTests, stackOf } from '../bench.ts';

const stack = await stackOf(await sampleRepo('python-leap'));
const shared = functionsOf('src/leap/years.py', ['is_leap_year']);
const file = 'tests/test_issue_1_sealed.py';
const head = 'import pytest\n\nfrom leap.years import is_leap_year\n\n\n';

/** The problems of a file, as `line: words`. */
async function problems(content: string, count = 1, items: Interface = shared): Promise<string[]> {
  const found = await stack.lintSealed(sealedTests(content, count, { file }), items);
  return found.map(({ line, problem }) => `${line}: ${problem}`);
}

describe('what a sealed file must not be', () => {
  test.each<[string, string, RegExp]>([
    ['invalid', 'def test_C1_1(:\n    pass\n', /not valid syntax/],
    [
      'without a literal',
      `${head}def test_C1_1_x():\n    assert is_leap_year(2000)\n`,
      /C1\/1 compares nothing/,
    ],
    [
      'with its only literal in a loop',
      `${head}def test_C1_1():\n    for y in (1, 2):\n        assert is_leap_year(y) is False\n`,
      /compares nothing/,
    ],
    ['with a negation', `${head}def test_C1_1():\n    assert is_leap_year(1) != 2\n`, /compares nothing/],
    [
      'with another id',
      `${head}def test_leap():\n    assert is_leap_year(4) is True\n`,
      /must start with the id/,
    ],
    [
      'skipped',
      `${head}@pytest.mark.skip\ndef test_C1_1():\n    assert is_leap_year(4) is True\n`,
      /no decorators/,
    ],
    [
      'conditional',
      `${head}if True:\n    def test_C1_1():\n        assert is_leap_year(4) is True\n`,
      /nothing conditional/,
    ],
    ['asynchronous', `${head}async def test_C1_1():\n    assert is_leap_year(4) is True\n`, /asyncio\.run/],
    [
      'with a fixture',
      `${head}def test_C1_1(tmp_path):\n    assert is_leap_year(4) is True\n`,
      /asks for tmp_path/,
    ],
    [
      'with more imports',
      `import os\n${head}def test_C1_1():\n    assert is_leap_year(4) is True\n`,
      /"os" is not a module of the interface/,
    ],
    [
      'with what the interface does not have',
      `from leap.years import _SECRET\n${head}def test_C1_1():\n    assert is_leap_year(4) is True\n`,
      /no _SECRET in leap\.years/,
    ],
    [
      'with a relative import',
      `from ..src import x\n${head}def test_C1_1():\n    assert is_leap_year(4) is True\n`,
      /relative/,
    ],
    [
      'with a mock',
      `from unittest import mock\n${head}def test_C1_1():\n    with mock.patch('leap.years'):\n        assert is_leap_year(4) is True\n`,
      /mocks and patches/,
    ],
    [
      'with files',
      `${head}def test_C1_1():\n    open('x')\n    assert is_leap_year(4) is True\n`,
      /opens no files/,
    ],
  ])('%s', async (_name, content, words) => {
    expect((await problems(content)).join('\n')).toMatch(words);
  });

  test('a class that is no error does not cross', async () => {
    const items: Interface = {
      items: [{ path: 'src/leap/years.py', name: 'Year', kind: 'class', signature: 'class Year' }],
      literals: [],
    };
    const content = 'from leap.years import Year\n\n\ndef test_C1_1():\n    assert Year(4).leap is True\n';
    expect((await problems(content, 1, items)).join('\n')).toContain('mode in-process');
  });
});

test('every kind of expectation has a twin that differs in one place', async () => {
  const bodies = [
    "assert f(1) == 'abc'",
    'assert f(1) is None',
    'assert f(1) == -3',
    "assert f(1) == {'key': [1.5, True]}",
    "assert 'needle' in f(1)",
    "assert 'é' == f(1)",
    "assert f(1) == ''",
    "assert f(1) == Decimal('1.10') and f(2) == 2",
    "with pytest.raises(ValueError, match='no month'):\n        f(1)",
    "assert f(1) == b'raw'",
  ];
  const content = bodies.map((body, index) => `def test_C1_${index + 1}():\n    ${body}\n`).join('\n\n');
  const sealed = sealedTests(content, bodies.length, { file });
  for (const salt of ['one', 'two', 'three']) {
    const twins = await stack.twins(sealed, salt);
    expect(twins.without).toEqual([]);
    const names = twins.twins.map((twin) => twin.name);
    const original = bodies
      .map((body, index) => `def ${names[index]}():\n    ${body}\n`)
      .join('\n\n')
      .split('\n');
    const changed = twins.content.split('\n');
    const different = original.filter((line, index) => line !== changed[index]);
    expect(different).toHaveLength(bodies.length);
  }
});

test('mutants change behaviour on changed lines only, the same ones each time', async () => {
  const source = `"""Words."""
import logging

def price(count: int, member: bool = False) -> float:
    """The price."""
    if count < 1 and not member:
        raise ValueError("none")
    logging.info("priced")
    return count * 3 if member else count * 4
`;
  const request = { path: 'a.py', source, max: 40, salt: 's' };
  const of = (lines: number[]) => stack.mutants({ ...request, changedLines: new Set(lines) });
  const all = await of([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(all.map((mutant) => mutant.description).toSorted()).toEqual(
    [
      'False → True',
      'count < 1 and not member → True',
      'count < 1 and not member → False',
      '< → <=',
      '1 → 2',
      'and → or',
      'not member → member',
      'raise ValueError("none") → pass',
      'count * 3 if member else count * 4 → None',
      '* → /',
      '3 → 4',
      'member → True',
      'member → False',
      '* → /',
      '4 → 5',
    ].toSorted(),
  );
  expect(all.every((mutant) => mutant.content !== source)).toBe(true);
  expect((await of([6])).every((mutant) => mutant.line === 6)).toBe(true);
  expect(await of([9])).toEqual(await of([9]));
});
