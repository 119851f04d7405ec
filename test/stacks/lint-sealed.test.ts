import { describe, expect, test } from 'vitest';
import type { Interface, SealedTests } from '../../src/run/artifacts.ts';
import { functionsOf, manifest, repoFiles, sealedTests, stackOf } from './bench.ts';

const shared = functionsOf('src/f.js', ['f']);
const imports = `import { describe, expect, it, test } from 'vitest';\nimport { f } from '../src/f.js';\n`;
const good = `test('C1/1 x', () => { expect(f()).toBe('a'); });`;

async function problems(sealed: SealedTests, items: Interface = shared): Promise<string[]> {
  const stack = await stackOf({ 'package.json': manifest('vitest'), 'test/own.test.js': '' });
  return (await stack.lintSealed(sealed, items)).map(({ problem }) => problem);
}

describe('a sealed test file is read before it runs', () => {
  test('a good one has no problems', async () => {
    const inGroup = `describe('group', () => { it('C1/2 é', async () => { await expect(f()).resolves.toEqual({ a: [1] }); }); });`;
    expect(await problems(sealedTests(`${imports}${good}\n${inGroup}`, 2))).toEqual([]);
  });

  test.each<[string, string, RegExp]>([
    ['syntax', `test('C1/1 x', () => {`, /not valid JavaScript/],
    ['unknown id', `test('C9/1 x', () => { expect(f()).toBe(1); });`, /must start with the id/],
    ['missing', '', /C1\/1 is declared once and written 0 times/],
    ['twice', `${good}\n${good}`, /written 2 times/],
    ['skip', `test.skip('C1/1 x', () => { expect(f()).toBe(1); });`, /every sealed test runs/],
    ['only', `it.only('C1/1 x', () => { expect(f()).toBe(1); });`, /every sealed test runs/],
    ['each', `test.each([1])('C1/1 x', () => { expect(f()).toBe(1); });`, /every sealed test runs/],
    ['options', `test('C1/1 x', { skip: true }, () => { expect(f()).toBe(1); });`, /no options/],
    ['condition', `if (f) { ${good} }`, /inside a condition/],
    ['name by expression', `test('C1/' + '1', () => { expect(f()).toBe(1); });`, /name must be a string/],
    ['nothing expected', `test('C1/1 x', () => { f(); });`, /no twin can show/],
    ['any error will do', `test('C1/1 x', () => { expect(() => f()).toThrow(); });`, /no twin can show/],
    ['not awaited', `test('C1/1 x', () => { expect(f()).resolves.toBe(1); });`, /nobody waits for it/],
    ['foreign module', `import fs from 'node:fs';\n${good}`, /must not be imported/],
    ['process', `import { exec } from 'child_process';\n${good}`, /must not be imported/],
    ['not of the interface', `import { g } from '../src/g.js';\n${good}`, /not a module of the interface/],
    ['out of the repository', `import { g } from '../../../g.js';\n${good}`, /not a module of the interface/],
    [
      'dynamic',
      `test('C1/1 x', async () => { expect((await import('../src/f.js')).f()).toBe(1); });`,
      /dynamic import/,
    ],
    ['mock', `vi.mock('../src/f.js');\n${good}`, /mocks, spies/],
    [
      'snapshot',
      `test('C1/1 x', () => { expect(f()).toBe(1); expect(f()).toMatchSnapshot(); });`,
      /snapshots pass/,
    ],
  ])('%s', async (_name, body, expected) => {
    expect((await problems(sealedTests(imports + body, 1))).join('\n')).toMatch(expected);
  });

  test('globals are off', async () => {
    const content = `import { f } from '../src/f.js';\n${good}`;
    expect(await problems(sealedTests(content, 1))).toEqual(['import test from "vitest"; globals are off']);
  });

  test('instances of a class need mode in-process', async () => {
    const items: Interface = {
      ...shared,
      items: [...shared.items, { path: 'src/f.js', name: 'Store', kind: 'class', signature: 'class' }],
    };
    const content = `${imports}test('C1/1 x', () => { expect(new Store().size).toBe(1); });`;
    expect((await problems(sealedTests(content, 1), items)).join()).toMatch(/mode in-process/);
    expect(await problems(sealedTests(content, 1, { mode: 'in-process' }), items)).toEqual([]);
  });
});

describe('stubs for in-process tests on the base', () => {
  const items: Interface = {
    literals: [],
    items: [
      ...functionsOf('src/f.js', ['f', 'g']).items,
      { path: 'src/new.js', name: 'default', kind: 'function', signature: '() => 1' },
      { path: 'src/new.js', name: 'Store', kind: 'class', signature: 'class' },
    ],
  };

  test('only what the base lacks is added, and it throws', async () => {
    const files = {
      'package.json': manifest('vitest'),
      'src/f.js': `const f = 1;\nexport { f };`,
      'test/own.test.js': '',
    };
    const stubs = await (await stackOf(files)).stubs(items, repoFiles(files));
    expect(stubs.map(({ path }) => path)).toEqual(['src/f.js', 'src/new.js']);
    expect(stubs[0]!.content).toMatch(/^const f = 1;[\s\S]*export const g = function/);
    expect(stubs[0]!.content).not.toContain('export const f =');
    const loaded = await import(`data:text/javascript,${encodeURIComponent(stubs[1]!.content)}`);
    expect(() => loaded.default()).toThrow('default is not implemented');
    expect(() => new loaded.Store()).toThrow('Store is not implemented');
  });

  test('CommonJS', async () => {
    const files = {
      'package.json': manifest('node:test', { type: undefined }),
      'src/f.js': `module.exports = { f };`,
      'test/own.test.js': `require('node:test')`,
    };
    const [first, second] = await (await stackOf(files)).stubs(items, repoFiles(files));
    expect(first!.content).toContain('module.exports.g = function');
    expect(first!.content).not.toContain('module.exports.f =');
    expect(second!.content).toMatch(/^module\.exports = function/);
  });
});
