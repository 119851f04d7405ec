import { describe, expect, test } from 'vitest';
import {
  type Files,
  failures,
  functionsOf,
  hasPytest,
  isRoot,
  judge,
  sealedTests,
  stackOf,
  statuses,
} from '../bench.ts';

const file = 'tests/test_issue_1_sealed.py';
const own = { 'tests/test_own.py': 'def test_own():\n    assert True\n' };

/** Runs sealed tests, given as their bodies, against one module. */
async function run(code: string, names: string[], bodies: string[], head = '', callMs = 2_000) {
  const files: Files = { ...own, 'code_of_it.py': code };
  const stack = await stackOf(files);
  const tests = bodies.map(
    (body, index) => `\n\ndef test_C1_${index + 1}():\n    ${body.replaceAll('\n', '\n    ')}\n`,
  );
  const content = `import pytest\n${head}\nfrom code_of_it import ${names.join(', ')}\n${tests.join('')}`;
  const sealed = sealedTests(content, bodies.length, { file });
  return judge({ files, stack, interface: functionsOf('code_of_it.py', names), sealed, callMs });
}

const here = hasPytest();

describe.runIf(here)('what crosses', () => {
  test('data arrives as what it was', async () => {
    const values = [
      "(1, (2.5, None), {'a': [True]})",
      '{1, 2}',
      "frozenset({'x'})",
      "b'\\x00bytes'",
      "{(1, 2): 'tuple key', None: 3}",
      '2**80',
      "float('inf')",
      "Decimal('1.10')",
      'date(2024, 2, 29)',
      'datetime(2024, 2, 29, 12, tzinfo=timezone.utc)',
      'Fraction(1, 3)',
      "Path('a/b')",
      'range(3)',
      "'\\ud800 lone'",
      '3 + 4j',
      "ValueError('as a value').args",
    ];
    const report = await run(
      'def echo(value, *, by=None):\n    return value if by is None else by\n',
      ['echo'],
      [
        ...values.map(
          (value) => `assert echo(${value}) == ${value}\nassert type(echo(${value})) is type(${value})`,
        ),
        "assert echo(1, by={'k': (1,)}) == {'k': (1,)}",
      ],
      'from datetime import date, datetime, timezone\nfrom decimal import Decimal\nfrom fractions import Fraction\nfrom pathlib import Path',
    );
    expect(failures(report)).toEqual({});
    expect(report.tests).toHaveLength(values.length + 1);
  });

  test('errors are of the class that both sides know, with arguments and frames', async () => {
    const report = await run(
      `class Own(KeyError):\n    def __str__(self):\n        return 'own words'\n\n
def fail(how):\n    if how == 'own':\n        raise Own('key')\n    if how == 'exit':\n        raise SystemExit(3)\n    return {}[how]\n`,
      ['fail'],
      [
        "with pytest.raises(KeyError, match='own words'):\n    fail('own')",
        "with pytest.raises(SystemExit) as caught:\n    fail('exit')\nassert caught.value.code == 3",
        "with pytest.raises(KeyError) as caught:\n    fail('x')\nassert caught.value.args == ('x',)",
        "assert fail('seen') == 1",
      ],
    );
    expect(failures(report)).toEqual({ 'C1/4': 'KeyError' });
    expect(report.tests.find((each) => each.id === 'C1/4')?.failure?.frames[0]).toBe('code_of_it.py:11:12');
  });

  test('generators, coroutines and printed words', async () => {
    const report = await run(
      `async def later(value):\n    return value * 2\n\n
def count(end):\n    for number in range(end):\n        yield number\n\n
def say(words):\n    print(words)\n`,
      ['count', 'later', 'say'],
      ['assert asyncio.run(later(21)) == 42', 'assert list(count(3)) == [0, 1, 2]'],
      'import asyncio',
    );
    expect(statuses(report)).toEqual({ 'C1/1': 'passed', 'C1/2': 'passed' });
  });

  test('functions and instances do not, and say so', async () => {
    const report = await run(
      'class Box:\n    pass\n\n\ndef make():\n    return Box()\n\n\ndef give():\n    return make\n',
      ['give', 'make'],
      ['assert make() == 1', 'assert give() == 1', 'assert give(lambda: 1) == 1'],
    );
    expect(Object.values(failures(report))).toEqual(['CannotCross', 'CannotCross', 'CannotCross']);
  });
});

describe.runIf(here)('cheats that beat a naive run', () => {
  const cheats: [string, string][] = [
    [
      'equal to everything',
      'class Any:\n    def __eq__(self, other):\n        return True\n\n\ndef answer():\n    return Any()\n',
    ],
    ['exits well at import', 'import os\nos._exit(0)\n'],
    ['exits well when called', 'import os\n\n\ndef answer():\n    os._exit(0)\n'],
    ['skips at import', 'import pytest\npytest.skip("all is well", allow_module_level=True)\n'],
    [
      'raises what a runner takes for a skip',
      'import unittest\n\n\ndef answer():\n    raise unittest.SkipTest("no")\n',
    ],
    [
      'patches the runner',
      'import _pytest.python\n_pytest.python.Function.runtest = lambda self: None\n\n\ndef answer():\n    return 1\n',
    ],
    [
      'reads the test through the stack',
      'import inspect\n\n\ndef answer():\n    for frame in inspect.stack():\n        for line in frame.code_context or []:\n            if "==" in line:\n                return int(line.split("==")[1])\n    return 1\n',
    ],
    [
      'forges an answer in the channel',
      'import os\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b\'{"id": 1, "is": "value", "wire": null}\\n\' * 3)\n    except OSError:\n        pass\n\n\ndef answer():\n    return 1\n',
    ],
    [
      'an int that is equal to everything',
      'class Any(int):\n    __eq__ = lambda self, other: True\n\n\ndef answer():\n    return Any(1)\n',
    ],
    ['ends the interpreter', 'import ctypes\n\n\ndef answer():\n    ctypes.string_at(0)\n'],
    [
      'kills its parent',
      'import os, signal\n\n\ndef answer():\n    os.kill(os.getppid(), signal.SIGKILL)\n    return 42\n',
    ],
  ];
  // A process of the same user may kill its parent; that run has no report then and proves nothing.
  test.each(isRoot ? cheats : cheats.slice(0, -1))('%s', async (_name, code) => {
    const report = await run(code, ['answer'], ['assert answer() == 4200']);
    expect(report).toMatchObject({ exitCode: 1, report: 'ok' });
    expect(statuses(report)).toEqual({ 'C1/1': 'failed' });
  });

  test('a call that never ends is stopped, and the next one works', async () => {
    const report = await run(
      'def forever():\n    while True:\n        pass\n\n\ndef add(a, b):\n    return a + b\n',
      ['add', 'forever'],
      ['assert forever() == 1', 'assert add(1, 2) == 3'],
      '',
      300,
    );
    expect(failures(report)).toEqual({ 'C1/1': 'TimeLimitError' });
    expect(statuses(report)['C1/2']).toBe('passed');
  });
});

test.runIf(here && isRoot)('the code is another user who reaches neither tests nor runner', async () => {
  const attempt = (act: string) =>
    `    try:\n        ${act}\n        return 'done'\n    except OSError as error:\n        return type(error).__name__\n`;
  const report = await run(
    `import os, signal\n\n\ndef whoami():\n    return [os.getuid(), os.getgid(), os.getgroups()]\n\n
def look(place):\n${attempt('os.listdir(place)')}\n
def kill():\n${attempt('os.kill(os.getppid(), signal.SIGKILL)')}\n
def become():\n${attempt('os.setuid(0)')}\n
def change():\n${attempt("open(__file__, 'a')")}`,
    ['become', 'change', 'kill', 'look', 'whoami'],
    [
      'assert whoami() == [65534, 65534, []]',
      "assert look(__file__.rpartition('/')[0]) == 'PermissionError'",
      "assert kill() == 'PermissionError'",
      "assert become() == 'PermissionError'",
      "assert change() == 'PermissionError'",
    ],
  );
  expect(failures(report)).toEqual({});
  expect(report.tests).toHaveLength(5);
});
