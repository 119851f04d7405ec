import { expect, test } from 'vitest';
import { killRate } from '../../src/gate/mutation.ts';
import { makeMutants } from '../../src/stacks/node/mutants.ts';
import { functionsOf, judge, manifest, sealedTests, stackOf } from './bench.ts';

const all = (source: string, path = 'src/f.js', max = 1_000) =>
  makeMutants({
    path,
    source,
    changedLines: new Set(source.split('\n').map((_, i) => i + 1)),
    max,
    salt: 's',
  });
const changes = async (source: string, path?: string) =>
  (await all(source, path)).map((mutant) => mutant.description);

test.each<[string, string, string[]]>([
  ['arithmetic', 'x = a + b;', ['+ → -']],
  ['comparison', 'x = a <= b;', ['<= → <']],
  ['logic', 'x = a && b;', ['&& → ||']],
  ['negation', 'x = !a;', ['!a → a']],
  ['condition', 'if (a) b = c;', ['(a) → (true)', '(a) → (false)']],
  ['ternary', 'x = a ? b : c;', ['a → (true)', 'a → (false)']],
  ['literals', `x = [1, true, 'a', ''];`, ['1 → 2', 'true → false', "'a' → ''", "'' → 'mutant'"]],
  ['return', 'function f() { return a; }', ['a → undefined']],
  ['regex flags and anchors', 'x = /^a/gi;', ['/^a/gi → /a/gi', '/^a/gi → /^a/i', '/^a/gi → /^a/g']],
  ['string methods', 'x = a.toLowerCase();', ['toLowerCase → toUpperCase']],
  ['a call for its effect', 'save(a);', ['save(a); → ;']],
  ['what is only said', `console.log('a' + b);`, []],
  ['words of an error', `throw new TypeError('not a string');`, []],
  ['imports', `import a from './a.js';`, []],
])('%s', async (_name, source, expected) => {
  expect(await changes(source)).toEqual(expected);
});

test('types are no behaviour', async () => {
  expect(
    await changes(
      `type A = 'a' | 'b'; interface B { c: 1 } const x = (a: 'a', b: Map<'x', 2>): true => b;`,
      'f.ts',
    ),
  ).toEqual([]);
});

test('only changed lines, bounded, spread over them, the same every time', async () => {
  const source = Array.from(
    { length: 20 },
    (_, i) => `export const v${i} = a + ${i} + (b ? 'x' : 'y');`,
  ).join('\n');
  const input = { path: 'src/f.js', source, changedLines: new Set([3, 4, 5, 6]), max: 4, salt: 's' };
  const mutants = await makeMutants(input);
  expect(mutants.map((mutant) => mutant.line)).toEqual([3, 4, 5, 6]);
  expect(await makeMutants(input)).toEqual(mutants);
  for (const { content } of mutants) expect(content.split('\n')).toHaveLength(20);
  expect(new Set((await all(source)).map((mutant) => mutant.id)).size).toBe((await all(source)).length);
});

test('nothing to mutate, or no grammar', async () => {
  expect(await all('export { a };')).toEqual([]);
  expect(await all('x = 1 + 1', 'README.md')).toEqual([]);
});

test('the kill rate of real runs', async () => {
  const source = `export const f = (a, b) => a + b;\nexport const unused = (a) => a * 2;\n`;
  const content = `import assert from 'node:assert/strict'; import { test } from 'node:test'; import { f } from '../src/f.js';
test('C1/1 adds', () => { assert.equal(f(2, 3), 5); });
`;
  const files = { 'package.json': manifest('node:test'), 'src/f.js': source, 'test/own.test.js': '' };
  const stack = await stackOf(files);
  const sealed = sealedTests(content, 1);
  const shared = functionsOf('src/f.js', ['f']);
  const mutants = (await all(source)).filter((mutant) => /[+*] →/.test(mutant.description));
  const runs = await Promise.all(
    mutants.map(async (mutant) => ({
      mutant,
      report: await judge({
        files: { ...files, [mutant.path]: mutant.content },
        stack,
        interface: shared,
        sealed,
      }),
    })),
  );
  expect(killRate(runs, ['C1/1'])).toEqual({
    killed: 1,
    total: 2,
    survivors: [{ path: 'src/f.js', line: 2, description: '* → /' }],
  });
});
