import { describe, expect, test } from 'vitest';
import { makeTwins, renameTests } from '../../src/stacks/node/twins.ts';
import { functionsOf, judge, manifest, sealedTests, stackOf, statuses } from './bench.ts';

const file = (...lines: string[]) =>
  [`import { expect, test } from 'vitest';`, `import { f } from '../src/f.js';`, ...lines, ''].join('\n');

describe('twins', () => {
  test('one expected literal differs per test, every name is another one', async () => {
    const sealed = sealedTests(
      file(
        `test('C1/1 text', () => { expect(f('in')).toBe('out 1'); });`,
        `test('C1/2 data', () => { expect(f({ key: 'in' })).toEqual({ key: ['a', -2, true, null] }); });`,
        `test('C1/3 error', () => { expect(() => f()).toThrow(TypeError); });`,
      ),
      3,
    );
    const { content, twins, without } = await makeTwins(sealed, 'salt');
    expect(twins.map((twin) => twin.of)).toEqual(['C1/1', 'C1/2', 'C1/3', 'control']);
    expect(new Set(twins.map((twin) => twin.name)).size).toBe(4);
    expect(without).toEqual([]);
    expect(content).not.toMatch(/C1\/|'out 1'|toThrow\(TypeError\)/);
    // Inputs and keys stay what they are.
    expect(content).toContain(`f('in')`);
    expect(content).toContain(`f({ key: 'in' })`);
    expect(content.split('\n')[3]).toMatch(/toEqual\(\{ key: \[/);
    const again = await makeTwins(sealed, 'salt');
    expect(again).toEqual({ content, twins, without });
    expect((await makeTwins(sealed, 'other')).content).not.toBe(content);
  });

  test.each([
    ['a letter for a letter', `expect(f()).toBe('a');`, /^[b-z]$/],
    ['a capital for a capital', `expect(f()).toBe('A');`, /^[B-Z]$/],
    ['a digit for a digit', `expect(f()).toBe('7');`, /^[0-689]$/],
    ['nothing to change: one letter more', `expect(f()).toBe('–');`, /^x$/],
    ['a number', `expect(f()).toBe(41);`, /^42$/],
    ['a big integer', `expect(f()).toBe(41n);`, /^42n$/],
    ['an escape is left alone', `expect(f()).toBe('\\n\\tz');`, /^[a-y]$/],
    ['a raw text', 'expect(f()).toBe(String.raw`\\d+ \\a`);', /^[^0]$/],
    ['true', `assert.strictEqual(f(), true);`, /^false$/],
    ['the side that is a literal', `assert.equal('a', f());`, /^[b-z]$/],
    ['a comparison', `assert.ok(f() === 3);`, /^4$/],
    ['members of an error', `assert.throws(() => f(), { message: '1' });`, /^[02-9]$/],
  ])('%s', async (_name, line, expected) => {
    const { twins } = await makeTwins(sealedTests(file(`test('C1/1 x', () => { ${line} });`), 1), 'salt');
    expect(/as "(.*)"$/s.exec(twins[0]!.change)?.[1]).toMatch(expected);
  });

  test.each([
    ['negated', `expect(f()).not.toBe('a');`],
    ['close to', `expect(f()).toBeCloseTo(1.5);`],
    ['in a loop', `for (const x of [1]) expect(f(x)).toBe('a');`],
    ['in a condition', `if (f()) expect(f()).toBe('a');`],
    ['in a callback', `[1].forEach((x) => { expect(f(x)).toBe('a'); });`],
    ['in a shared value', `const wanted = 'a'; expect(f()).toBe(wanted);`],
    ['in a template', `expect(f()).toBe(\`a\${f()}\`);`],
  ])('no literal to change: %s', async (_name, line) => {
    const sealed = sealedTests(file(`test('C1/1 x', () => { ${line} });`), 1);
    expect((await makeTwins(sealed, 'salt')).without).toEqual(['C1/1']);
  });

  test('originals run under random names too', async () => {
    const sealed = sealedTests(
      file(`describe('group C1', () => { test('C1/1 x', () => { expect(f()).toBe(1); }); });`),
      1,
    );
    const { content, ids } = await renameTests(sealed, 'salt');
    expect(content).not.toContain('C1');
    expect([...ids.values()]).toEqual([{ id: 'C1/1', name: 'C1/1 x' }]);
  });
});

test('a twin is killed by a test that compares and survives one that does not wait', async () => {
  const files = {
    'package.json': manifest('node:test'),
    'src/f.js': `export const f = async () => 'a';`,
    'test/own.test.js': '',
  };
  const content = `import assert from 'node:assert/strict'; import { test } from 'node:test'; import { f } from '../src/f.js';
test('C1/1 compares', async () => { assert.equal(await f(), 'a'); });
test('C1/2 swallows', async () => { await f(); try { assert.equal(await f(), 'a'); } catch {} });
test('C1/3 swallows by a chain', async () => { await new Promise((resolve) => { resolve(); }); assert.equal('a', 'a'); });
`;
  const stack = await stackOf(files);
  const sealed = sealedTests(content, 3);
  const twins = await stack.twins(sealed, 'salt');
  expect(twins.without).toEqual(['C1/2']);
  const report = await judge({ files, stack, interface: functionsOf('src/f.js', ['f']), sealed, twins });
  const fate = statuses(report);
  expect(twins.twins.map((twin) => [twin.of, fate[twin.name]])).toEqual([
    ['C1/1', 'failed'],
    ['C1/3', 'failed'],
    ['control', 'failed'],
  ]);
});
