import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AcceptanceReport, proveContracts } from '../../src/gate/proof.ts';
import type { Contracts } from '../../src/run/artifacts.ts';
import { Bench, type Files, functionsOf, isRoot, judge, manifest, sealedTests, stackOf } from './bench.ts';

/** Code under test that does not do what the contract says. Each must beat a naive run before it counts. */
interface Cheat {
  name: string;
  framework: 'node:test' | 'vitest';
  files: Files;
  /** What a naive judge would run and believe by its exit code. */
  naive: string[];
}

const contracts: Contracts = {
  contracts: [
    {
      id: 'C1',
      kind: 'new',
      title: 'a slug is lower case',
      given: 'a title',
      when: 'it is turned into a slug',
      // biome-ignore lint/suspicious/noThenProperty: the field's word
      then: 'it is lower case with dashes',
      examples: [{ input: 'Hello World', output: 'hello-world' }],
      edgeCases: [],
    },
  ],
};
const nodeTests = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slugify } from '../src/slugify.js';
test('C1/1 the example', () => { assert.equal(slugify('Hello World'), 'hello-world'); });
test('C1/2 another', () => { assert.equal(slugify('Some Other Title'), 'some-other-title'); });
`;
const visibleOnly = nodeTests
  .split('\n')
  .filter((line) => !line.includes('C1/2'))
  .join('\n');
const vitestTests = `import { expect, test } from 'vitest';
import { slugify } from '../src/slugify.js';
test('C1/1 the example', () => { expect(slugify('Hello World')).toEqual('hello-world'); });
test('C1/2 another', () => { expect(slugify('Some Other Title')).toBe('some-other-title'); });
`;

const underNode = (name: string, source: string, more: Partial<Cheat> = {}): Cheat => ({
  name,
  framework: 'node:test',
  files: { 'src/slugify.js': source, ...more.files },
  naive: more.naive ?? ['--test', 'test/sealed.test.js'],
});
const vitestCommand = ['node_modules/vitest/vitest.mjs', 'run', '--configLoader=native'];
const underVitest = (name: string, source: string, files: Files = {}): Cheat => ({
  name,
  framework: 'vitest',
  files: { 'src/slugify.js': source, ...files },
  naive: vitestCommand,
});

/** Finds the expectation beside its own call in a test file and believes it. */
const believe = `const believe = (source, input) => {
  const at = source.indexOf("slugify('" + input + "')");
  return at < 0 ? undefined : /^[^']*'[^']*'[^']*'([^']*)'/.exec(source.slice(at))?.[1];
};`;

const cheats: Cheat[] = [
  underNode('process.exit(0) on import', `export const slugify = () => ''; process.exit(0);`),
  underNode('process.exit(0) in the call', `export const slugify = () => process.exit(0);`),
  underNode(
    'process.reallyExit behind base64',
    `export const slugify = () => ''; process[Buffer.from('cmVhbGx5RXhpdA==', 'base64').toString()](0);`,
  ),
  underNode(
    'assert patched on import',
    `import assert from 'node:assert/strict';
for (const name of Object.keys(assert)) if (typeof assert[name] === 'function') assert[name] = () => {};
export const slugify = () => '';`,
  ),
  underNode(
    'exit code rewritten at exit',
    `process.on('exit', () => { process.exitCode = 0; process.reallyExit(0); }); export const slugify = () => '';`,
    { naive: ['test/sealed.test.js'] },
  ),
  underNode(
    'reads the test through the stack',
    `import { readFileSync } from 'node:fs'; ${believe}
export const slugify = (input) => {
  const file = /file:\\/\\/([^\\s)]*test\\.js)/.exec(new Error().stack)?.[1];
  return file ? believe(readFileSync(file, 'utf8'), input) : input;
};`,
  ),
  underNode(
    'reads the tests from the disk',
    `import { existsSync, readdirSync, readFileSync } from 'node:fs'; ${believe}
const folder = new URL('../test/', import.meta.url);
export const slugify = (input) => {
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const found = believe(readFileSync(new URL(file, folder), 'utf8'), input);
    if (found) return found;
  }
  return input;
};`,
  ),
  underNode(
    'special-cases what the issue shows',
    `export const slugify = (input) => (input === 'Hello World' ? 'hello-world' : input);`,
    { naive: ['--test', 'test/visible.test.js'] },
  ),
  underNode('replaces the test script', `export const slugify = (input) => input;`, {
    files: { 'package.json': manifest('node:test', { scripts: { test: 'node -e 0' } }) },
    naive: ['-e', 'const s = require("./package.json").scripts.test; require("child_process").execSync(s)'],
  }),
  underVitest(
    'equal to everything',
    `export const slugify = () => ({ asymmetricMatch: () => true });
const is = Object.is; Object.is = (a, b) => typeof a?.asymmetricMatch === 'function' || is(a, b);`,
  ),
  underVitest(
    'matchers replaced on import',
    `import { expect } from 'vitest'; export const slugify = (input) => input;
const pass = () => ({ pass: true, message: () => '' }); expect.extend({ toBe: pass, toEqual: pass });`,
  ),
  underVitest('runner configured to run nothing', `export const slugify = (input) => input;`, {
    'vitest.config.js': `export default { test: { include: [], passWithNoTests: true } };`,
  }),
  underVitest('matchers replaced by a setup file', `export const slugify = (input) => input;`, {
    'vitest.config.js': `export default { test: { setupFiles: ['./setup.js'] } };`,
    'setup.js': `import { expect } from 'vitest';
const pass = () => ({ pass: true, message: () => '' }); expect.extend({ toBe: pass, toEqual: pass });`,
  }),
];

async function naiveExitCode(cheat: Cheat): Promise<number | null> {
  const tests = cheat.framework === 'vitest' ? vitestTests : nodeTests;
  const files = { 'package.json': manifest(cheat.framework), ...cheat.files, 'test/sealed.test.js': tests };
  const visible: Files = cheat.framework === 'vitest' ? {} : { 'test/visible.test.js': visibleOnly };
  await using bench = await Bench.make({ ...files, ...visible });
  const child = spawn(process.execPath, cheat.naive, {
    cwd: bench.places.work,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: bench.places.scratch },
    stdio: 'ignore',
  });
  return await new Promise((resolve) => child.on('close', resolve));
}

async function gate(
  framework: Cheat['framework'],
  files: Files,
  mode: 'data' | 'in-process' = 'data',
): Promise<AcceptanceReport> {
  const base = { 'package.json': manifest(framework), 'test/own.test.js': '' };
  const stack = await stackOf(base);
  const sealed = sealedTests(framework === 'vitest' ? vitestTests : nodeTests, 2, { mode });
  const input = {
    files: { ...base, ...files },
    stack,
    interface: functionsOf('src/slugify.js', ['slugify']),
    sealed,
  };
  expect(await stack.lintSealed(sealed, input.interface)).toEqual([]);
  const run = await judge(input);
  // Twins are for what the tests themselves let through.
  const twins = run.exitCode === 0 ? await stack.twins(sealed, 'twins') : undefined;
  const twinRuns = twins ? [{ report: await judge({ ...input, twins }), twins: twins.twins }] : [];
  return proveContracts({ sealed, contracts, runs: [run, run, run], twinRuns });
}

describe.concurrent('cheats that beat a naive run', () => {
  test.each(cheats)('$framework: $name', async (cheat) => {
    const [exitCode, report] = await Promise.all([naiveExitCode(cheat), gate(cheat.framework, cheat.files)]);
    expect(exitCode, 'a cheat that fools nobody proves nothing').toBe(0);
    expect(report.words).toMatch(/^0 of 1 contracts proven/);
    expect(report.proven).toBe(0);
  });

  test.each(['node:test', 'vitest'] as const)('honest code is proven, %s', async (framework) => {
    const source = `export const slugify = (input) => input.toLowerCase().replaceAll(' ', '-');`;
    const report = await gate(framework, { 'src/slugify.js': source });
    expect(report.words).toBe('1 of 1 contracts proven in 3 fresh runs');
    expect(report.twins).toEqual({ total: 2, killed: 2, survivors: [] });
  });

  test.each(['node:test', 'vitest'] as const)(
    'in-process, where assertions can be patched, twins tell, %s',
    async (framework) => {
      const patches = {
        'node:test': `import assert from 'node:assert/strict'; assert.equal = () => {};`,
        vitest: `import { expect } from 'vitest';
const pass = () => ({ pass: true, message: () => '' }); expect.extend({ toBe: pass, toEqual: pass });`,
      };
      const source = `${patches[framework]} export const slugify = (input) => input;`;
      const report = await gate(framework, { 'src/slugify.js': source }, 'in-process');
      expect(report.runs[0]).toMatchObject({ passed: 2, trouble: null });
      expect(report.tampering).toEqual(['all 2 tests with a wrong expectation passed']);
      expect(report.proven).toBe(0);
    },
  );

  test.runIf(isRoot)('searching the gate for the tests finds nothing', async () => {
    const source = `import { readdirSync, readFileSync } from 'node:fs'; import { join } from 'node:path'; ${believe}
const search = (folder, input) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    const found = entry.isDirectory() ? search(path, input) : believe(readFileSync(path, 'utf8'), input);
    if (found) return found;
  }
};
const gate = new URL('../../gate', import.meta.url).pathname;
export const slugify = (input) => { try { return search(gate, input); } catch { return input; } };`;
    expect((await gate('node:test', { 'src/slugify.js': source })).proven).toBe(0);
  });
});
