import type { RepoFiles, Stack } from '../stack.ts';
import { detectLayout, type Manifest, parseManifest, roleOf } from './detect.ts';
import type { Framework, Layout } from './layout.ts';
import { lintSealed } from './lint-sealed.ts';
import { makeMutants } from './mutants.ts';
import { type PackageManager, packageManagerOf } from './package-managers.ts';
import { checksOf, suiteRun } from './repo-commands.ts';
import { sealedRun } from './sealed-run.ts';
import { stubFiles } from './stubs.ts';
import { makeTwins } from './twins.ts';

/** Detects a node repository; undefined when it is none. Only reads; nothing of the repository runs. */
export async function detectNode(files: RepoFiles): Promise<Stack | undefined> {
  const paths = new Set(files.list());
  const manifest = parseManifest(await files.read('package.json'));
  const hasCode = [...paths].some((path) => /\.[mc]?[jt]s$/.test(path));
  if (!manifest && !hasCode) return undefined;
  const layout = await detectLayout(files, manifest);
  const packages = await packageManagerOf(files, manifest);
  return {
    name: 'node',
    packageManager: packages.name,
    describe: describeLayout(layout, manifest, packages),
    dependencies: packages.dependencies,
    needs: null,
    commands: {
      install: packages.dependencies ? packages.command : '',
      test: layout.scripts.test !== undefined ? packages.test : (suiteCommand[layout.suite] ?? ''),
    },
    harnessCard: harnessCard(layout),
    sealedTestPath: (issue, slug) => sealedTestPath(layout, issue, slug),
    suite: (places) => suiteRun(places, layout),
    checks: (places) => checksOf(places, layout, paths.has('tsconfig.json') && layout.hasTypescript),
    roleOf,
    restore: (basePaths, candidatePaths) => {
      const base = new Set(basePaths);
      return {
        put: basePaths.filter((path) => roleOf(path) !== 'source'),
        remove: candidatePaths.filter((path) => roleOf(path) === 'config' && !base.has(path)),
      };
    },
    lintSealed: (sealed, shared) => lintSealed(sealed, shared, layout),
    stubs: (shared, base) => stubFiles(shared, base, layout),
    sealedRun: (input) => sealedRun(input, layout),
    twins: makeTwins,
    mutants: makeMutants,
  };
}

const suiteCommand: Partial<Record<Layout['suite'], string>> = {
  vitest: 'npx vitest run',
  jest: 'npx jest',
  mocha: 'npx mocha',
  'node:test': 'node --test',
};

const suiteWords: Record<Layout['suite'], string> = {
  vitest: 'tests run with vitest',
  jest: 'tests run with jest',
  mocha: 'tests run with mocha',
  'node:test': 'tests run with node:test',
  other: 'tests run with a runner this stack does not read, so they count by exit code only',
  none: 'no tests of its own',
};

function describeLayout(layout: Layout, manifest: Manifest | undefined, packages: PackageManager): string {
  const parts = [manifest ? 'package.json' : 'JavaScript without package.json'];
  parts.push(layout.modules === 'module' ? 'ES modules' : 'CommonJS by default');
  const count = layout.testFiles.length;
  parts.push(`${suiteWords[layout.suite]} (${count} test ${count === 1 ? 'file' : 'files'})`);
  if (packages.words !== '') parts.push(packages.words);
  return `node: ${parts.join(', ')}`;
}

function sealedTestPath(layout: Layout, issue: number, slug: string): string {
  const ending = layout.testEnding;
  // A runner we do not know would pick the file up and not understand it.
  if (layout.suite === 'other')
    return `acceptance/issue-${issue}-${slug}.${layout.hasTypescript ? 'mts' : 'mjs'}`;
  const folder = layout.testFolder === '' ? '' : `${layout.testFolder}/`;
  return `${folder}issue-${issue}-${slug}${ending}`;
}

const frameworkWords: Record<Framework, string> = {
  vitest: 'vitest',
  jest: 'jest, from "@jest/globals" (test, describe, expect)',
  mocha: 'mocha, from "mocha" (it, describe), with node:assert/strict',
  'node:test': 'node:test with node:assert/strict',
};

function harnessCard(layout: Layout): string {
  const path = sealedTestPath(layout, 1, 'example');
  const hasExpect = layout.framework === 'vitest' || layout.framework === 'jest';
  const usesImport = layout.transforms || layout.modules === 'module' || /\.m[jt]s$/.test(path);
  const up = '../'.repeat(path.split('/').length - 1) || './';
  return [
    `Framework: ${frameworkWords[layout.framework]}; globals are off, import what you use.`,
    `Tests live in ${layout.testFolder || 'the root'}, e.g. ${path}; the file is run alone.`,
    `Modules: ${usesImport ? 'ES modules (import)' : 'CommonJS (require), unless the repository uses import'}; a module src/x.js is "${up}src/x.js" there.`,
    "Every test is unconditional and written out: test('C1/1 words', () => { … }); no skip, only, todo, each, loops around tests, snapshots, mocks.",
    'Every test compares with a literal directly in its body: ' +
      (hasExpect
        ? "expect(x).toBe('…'), toEqual({…}), toThrow('message'); null as toBe(null)."
        : "assert.equal(x, '…'), assert.deepEqual(x, {…}), assert.throws(() => f(), { name: 'TypeError', message: '…' })."),
    'The code runs in another process: arguments, results and errors are copied as data; functions, class instances and changes made to an argument do not cross. What needs them is tested in mode in-process.',
  ].join('\n');
}
