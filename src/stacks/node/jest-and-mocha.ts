import { stripTypeScriptTypes } from 'node:module';
import type { Places, RunFile } from '../stack.ts';
import type { Layout } from './layout.ts';
import { runtime } from './proxies.ts';

/** What a sealed run of jest or mocha is made from. */
interface Given {
  /** The folder that the tests are in. */
  root: string;
  /** Our own folder. */
  ours: string;
  file: string;
  modules: string | null;
  fileMode: number;
  /** In the gate nothing of the repository's configuration counts. */
  isData: boolean;
  testMs: number;
}
interface Command {
  files: RunFile[];
  argv: string[];
}

/** jest, able to load ES modules into its own module system. */
const jest = (modules: string): string[] => [
  ...['node', '--no-warnings', '--experimental-vm-modules', `${modules}/jest/bin/jest.js`],
];

/** The repository's own suite, with its own configuration and our reporter. */
export function suiteCommand(
  suite: 'jest' | 'mocha',
  places: Places,
  ours: string,
  args: readonly string[],
): Command {
  const reporter = `${ours}/reporter.mjs`;
  const modules = places.modules ?? `${places.work}/node_modules`;
  return {
    files: [{ path: reporter, content: runtime(`${suite}-reporter`), mode: 0o644 }],
    argv:
      suite === 'jest'
        ? [...jest(modules), ...args, '--ci', `--reporters=${reporter}`]
        : ['node', `${modules}/mocha/bin/mocha.js`, ...args, '--reporter', reporter],
  };
}

/** One sealed file with jest. */
export function jestCommand({ root, ours, file, modules, fileMode, isData, testMs }: Given): Command {
  const config = {
    rootDir: root,
    cacheDirectory: `${ours}/cache`,
    testEnvironment: 'node',
    testMatch: ['**/*.test.?js'],
    transform: {},
    moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'tsx', 'mts', 'cts', 'json'],
    // A TypeScript module is imported by the ending that it will have.
    moduleNameMapper: {
      '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts', '$1.tsx'],
      '^(\\.{1,2}/.*)\\.mjs$': ['$1.mjs', '$1.mts'],
      '^(\\.{1,2}/.*)\\.cjs$': ['$1.cjs', '$1.cts'],
    },
    testTimeout: testMs,
    watchman: false,
  };
  const content = JSON.stringify(config);
  const reporter = { path: `${ours}/reporter.mjs`, content: runtime('jest-reporter'), mode: fileMode };
  return {
    files: [reporter, ...(isData ? [{ path: `${ours}/jest.config.json`, content, mode: fileMode }] : [])],
    argv: [
      ...jest(modules ?? `${root}/node_modules`),
      ...(isData ? [`--config=${ours}/jest.config.json`] : []),
      ...['--ci', '--runInBand', '--forceExit', `--reporters=${reporter.path}`, '--runTestsByPath'],
      `${root}/${file}`,
    ],
  };
}

/** One sealed file with mocha. */
export function mochaCommand({ root, ours, file, modules, fileMode, isData, testMs }: Given): Command {
  const reporter = `${ours}/reporter.mjs`;
  return {
    files: [{ path: reporter, content: runtime('mocha-reporter'), mode: fileMode }],
    argv: [
      ...['node', '--no-warnings', `${modules ?? `${root}/node_modules`}/mocha/bin/mocha.js`],
      ...(isData ? ['--no-config', '--no-package'] : []),
      ...[`--timeout=${testMs}`, '--exit', '--reporter', reporter],
      `${root}/${file}`,
    ],
  };
}

/**
 * A sealed file for jest without the repository's transforms: JavaScript, and an ending that says which kind.
 * @param name without a folder or an ending
 */
export function plainForJest(path: string, content: string, name: string): { file: string; content: string } {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const isModule = /^\s*import\b/m.test(content);
  const plain = /\.[mc]?tsx?$/.test(path) ? stripTypeScriptTypes(content, { mode: 'transform' }) : content;
  return { file: `${folder}${name}.test.${isModule ? 'mjs' : 'cjs'}`, content: plain };
}

/** Whether jest loads a module of that path as an ES module. */
export const isModuleForJest = (path: string, layout: Layout): boolean =>
  /\.mjs$/.test(path) || (/\.js$/.test(path) && layout.modules === 'module');
