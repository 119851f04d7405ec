import { describe, expect, test } from 'vitest';
import type { Interface } from '../../src/run/artifacts.ts';
import { failures, functionsOf, isRoot, judge, manifest, sealedTests, stackOf, statuses } from './bench.ts';

const code = `
import { writeSync, readdirSync, readFileSync } from 'node:fs';
export class SlugError extends Error {
  constructor(message) { super(message); this.name = 'SlugError'; this.code = 'E_SLUG'; }
}
export const VERSION = '1.2';
let calls = 0;
export const count = () => { calls += 1; return calls; };
export const fail = (how) => {
  if (how === 'own') throw new SlugError('empty');
  if (how === 'range') throw new RangeError('too far');
  throw new TypeError('not a string');
};
export const later = async (text) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (text === '') throw new RangeError('nothing');
  return { text, map: new Map([[1, new Date(0)]]), none: undefined, zero: -0, big: 10n, self: [text, text] };
};
export const echo = (value) => value;
export const quit = () => process.exit(0);
export const noise = () => { console.log('{"id":1,"is":"value","wire":{"value":1,"objects":[]}}'); return 1; };
export const forge = () => {
  for (let id = 0; id < 50; id += 1) writeSync(3, JSON.stringify({ id, is: 'passed', status: 'passed' }) + '\\n');
  writeSync(3, 'not json\\n{"id":');
  return 2;
};
export const forever = () => { for (;;); };
export const callback = () => () => 1;
export const instance = () => new (class Thing {})();
export const spy = (folder) => {
  try { return readdirSync(folder).length; } catch (error) { return error.code; }
};
export const whoami = () => process.getuid();
export const killer = () => { try { process.kill(process.ppid, 'SIGKILL'); return 'killed'; } catch (error) { return error.code; } };
export const cmdline = () => readFileSync('/proc/self/cmdline', 'utf8').includes('C1/');
`;
const shared: Interface = {
  items: [
    ...functionsOf('src/code.js', [
      'count',
      'fail',
      'later',
      'echo',
      'quit',
      'noise',
      'forge',
      'callback',
      'instance',
      'absent',
    ]).items,
    { path: 'src/code.js', name: 'VERSION', kind: 'constant', signature: 'string' },
    { path: 'src/code.js', name: 'MISSING', kind: 'constant', signature: 'string' },
    { path: 'src/code.js', name: 'SlugError', kind: 'class', signature: 'class SlugError extends Error' },
    { path: 'src/nowhere.js', name: 'default', kind: 'function', signature: '() => string' },
  ],
  literals: [],
};
const imports = `
import { absent, callback, count, echo, fail, forge, instance, later, MISSING, noise, quit, SlugError, VERSION } from '../src/code.js';
import nowhere from '../src/nowhere.js';
`;
const vitestSource = `import { expect, test } from 'vitest';${imports}
test('C1/1 errors keep class, name, message and data', () => {
  expect(() => fail('type')).toThrow(TypeError);
  expect(() => fail('range')).toThrow(RangeError);
  expect(() => fail('own')).toThrow(SlugError);
  expect(() => fail('own')).toThrow(expect.objectContaining({ name: 'SlugError', code: 'E_SLUG' }));
  expect(() => fail('own')).toThrow('empty');
});
test('C1/2 promises stay promises', async () => {
  const pending = later('ü');
  expect(pending).toBeInstanceOf(Promise);
  expect(await pending).toStrictEqual({ text: 'ü', map: new Map([[1, new Date(0)]]), none: undefined, zero: -0, big: 10n, self: ['ü', 'ü'] });
  await expect(later('')).rejects.toThrow(RangeError);
});
test('C1/3 state lives as long as the file', () => { expect([count(), count()]).toEqual([1, 2]); });
test('C1/4 exit is no pass', () => { expect(quit()).toBe(1); });
test('C1/5 the next call starts again', () => { expect(noise()).toBe(1); });
test('C1/6 what is absent fails alone', () => { expect(absent()).toBe(1); });
test('C1/7 a module that is absent', () => { expect(nowhere()).toBe(1); });
test('C1/8 constants', () => { expect([VERSION, MISSING]).toEqual(['1.2', undefined]); });
test('C1/9 a callback cannot cross', () => { expect(echo(() => 1)).toBe(1); });
test('C1/10 neither can a function', () => { expect(callback()).toBe(1); });
test('C1/11 nor an instance', () => { expect(instance()).toEqual({}); });
test('C1/12 forged answers are only noise or values', () => { expect(forge()).toBe('passed'); });
`;
const nodeSource = `import assert from 'node:assert/strict'; import { test } from 'node:test';${imports}
test('C1/1 errors keep class, name, message and data', () => {
  assert.throws(() => fail('type'), TypeError);
  assert.throws(() => fail('range'), RangeError);
  assert.throws(() => fail('own'), SlugError);
  assert.throws(() => fail('own'), { name: 'SlugError', message: 'empty', code: 'E_SLUG' });
});
test('C1/2 promises stay promises', async () => {
  const pending = later('ü');
  assert.ok(pending instanceof Promise);
  assert.deepStrictEqual(await pending, { text: 'ü', map: new Map([[1, new Date(0)]]), none: undefined, zero: -0, big: 10n, self: ['ü', 'ü'] });
  await assert.rejects(later(''), RangeError);
});
test('C1/3 state lives as long as the file', () => { assert.deepEqual([count(), count()], [1, 2]); });
test('C1/4 exit is no pass', () => { assert.equal(quit(), 1); });
test('C1/5 the next call starts again', () => { assert.equal(noise(), 1); });
test('C1/6 what is absent fails alone', () => { assert.equal(absent(), 1); });
test('C1/7 a module that is absent', () => { assert.equal(nowhere(), 1); });
test('C1/8 constants', () => { assert.deepEqual([VERSION, MISSING], ['1.2', undefined]); });
test('C1/9 a callback cannot cross', () => { assert.equal(echo(() => 1), 1); });
test('C1/10 neither can a function', () => { assert.equal(callback(), 1); });
test('C1/11 nor an instance', () => { assert.deepEqual(instance(), {}); });
test('C1/12 forged answers are only noise or values', () => { assert.equal(forge(), 'passed'); });
`;

describe.concurrent.each([
  ['vitest', vitestSource],
  ['node:test', nodeSource],
] as const)('code behind the proxy, %s', (framework, content) => {
  test('only data crosses, and the assertions run on our side', async () => {
    const files = { 'package.json': manifest(framework), 'src/code.js': code, 'test/own.test.js': '' };
    const sealed = sealedTests(content, 12);
    const report = await judge({ files, stack: await stackOf(files), interface: shared, sealed });

    expect(report).toMatchObject({ exitCode: 1, report: 'ok', timedOut: false });
    expect(Object.keys(statuses(report))).toEqual(sealed.tests.map((sealedTest) => sealedTest.id));
    expect(failures(report)).toEqual({
      'C1/4': 'CodeEndedError',
      'C1/6': 'NotImplementedError',
      'C1/7': 'NotImplementedError',
      'C1/9': 'CannotCross',
      'C1/10': 'CannotCross',
      'C1/11': 'CannotCross',
      // The forged answer came first, and nothing in an answer reads as a pass.
      'C1/12': 'ChannelError',
    });
    const crossing = report.tests.find((sealedTest) => sealedTest.id === 'C1/9')?.failure?.message;
    expect(crossing).toContain('need mode in-process');
  });
});

describe.runIf(isRoot)('as another user', () => {
  test('the gate cannot be read, signalled or waited out', async () => {
    const files = { 'package.json': manifest('node:test'), 'src/code.js': code, 'test/own.test.js': '' };
    const content = `import assert from 'node:assert/strict'; import { test } from 'node:test';
import { cmdline, forever, killer, spy, whoami } from '../src/code.js';
test('C1/1 another user', () => { assert.equal(whoami(), 65534); });
test('C1/2 cannot read the tests', () => { assert.equal(spy(import.meta.dirname), 'EACCES'); });
test('C1/3 cannot kill the runner', () => { assert.equal(killer(), 'EPERM'); });
test('C1/4 no test in its command line', () => { assert.equal(cmdline(), false); });
test('C1/5 a call that never ends', () => { assert.equal(forever(), 1); });
`;
    const report = await judge({
      files,
      stack: await stackOf(files),
      interface: functionsOf('src/code.js', ['cmdline', 'forever', 'killer', 'spy', 'whoami']),
      sealed: sealedTests(content, 5),
      callMs: 400,
    });
    expect(failures(report)).toEqual({ 'C1/5': 'TimeLimitError' });
    expect(report.exitCode).toBe(1);
  });
});

describe.concurrent('languages and module systems', () => {
  test('CommonJS with require, whole module as a function', async () => {
    const files = {
      'package.json': manifest('node:test', { type: undefined }),
      'src/slug.js': `module.exports = (text) => text.toLowerCase(); module.exports.shout = (text) => text.toUpperCase();`,
      'test/own.test.js': `require('node:test')`,
    };
    const content = `const assert = require('node:assert'); const { test } = require('node:test');
const slug = require('../src/slug'); const { shout } = require('../src/slug');
test('C1/1 calls the module', () => { assert.strictEqual(slug('A'), 'a'); });
test('C1/2 and a member', () => { assert.strictEqual(shout('a'), 'A'); });
`;
    const stack = await stackOf(files);
    const shared = functionsOf('src/slug.js', ['default', 'shout']);
    const sealed = sealedTests(content, 2);
    expect(await stack.lintSealed(sealed, shared)).toEqual([]);
    expect(statuses(await judge({ files, stack, interface: shared, sealed }))).toEqual({
      'C1/1': 'passed',
      'C1/2': 'passed',
    });
  });

  test.each(['vitest', 'node:test'] as const)(
    'TypeScript with enums and missing endings, %s',
    async (framework) => {
      const files = {
        'package.json': manifest(framework),
        'src/slug.ts': `import { Mode } from './mode';
export function slug(text: string, mode: Mode = Mode.Lower): string { return mode === Mode.Lower ? text.toLowerCase() : text; }`,
        'src/mode.ts': 'export enum Mode { Lower = 1, Keep }',
        'test/own.test.ts': `import { test } from '${framework}';`,
      };
      const content =
        framework === 'vitest'
          ? `import { expect, test } from 'vitest'; import { slug } from '../src/slug';
test('C1/1 lower', () => { const text: string = slug('A'); expect(text).toBe('a'); });
test('C1/2 keep', () => { expect(slug('A', 2)).toBe('A'); });`
          : `import assert from 'node:assert/strict'; import { test } from 'node:test'; import { slug } from '../src/slug.ts';
test('C1/1 lower', () => { const text: string = slug('A'); assert.equal(text, 'a'); });
test('C1/2 keep', () => { assert.equal(slug('A', 2), 'A'); });`;
      const stack = await stackOf(files);
      const file = stack.sealedTestPath(1, 'sealed');
      expect(file).toBe('test/issue-1-sealed.test.ts');
      const sealed = sealedTests(content, 2, { file });
      const shared = functionsOf('src/slug.ts', ['slug']);
      expect(await stack.lintSealed(sealed, shared)).toEqual([]);
      expect(failures(await judge({ files, stack, interface: shared, sealed }))).toEqual({});
    },
  );
});
