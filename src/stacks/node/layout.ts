import type { InterfaceItem, SealedTests } from '../../run/artifacts.ts';

/** The test runners whose results this stack reads. */
export type Framework = 'vitest' | 'node:test' | 'jest' | 'mocha';

/** What the repository is like, as detected at the base commit. */
export interface Layout {
  framework: Framework;
  /** `other`: tests run with something else and count by exit code only; `none`: no tests of its own. */
  suite: Framework | 'other' | 'none';
  modules: 'module' | 'commonjs';
  /** Vitest configuration at the root, if any. */
  vitestConfig: string | undefined;
  /** Options and patterns of the repository's own test script, as far as we pass them on. */
  suiteArgs: string[];
  testFiles: string[];
  testFolder: string;
  /** Ending of test files, e.g. `.test.js`. */
  testEnding: string;
  scripts: Record<string, string>;
  hasTypescript: boolean;
  /** Something turns `import` in test files into what the runner takes. */
  transforms: boolean;
}

/** What a test file imports its runner's functions from. */
export const runnerModule = ({ framework }: Layout): string =>
  framework === 'jest' ? '@jest/globals' : framework;

const endings = /\.[mc]?[jt]sx?$/;
const withoutEnding = (path: string) => path.replace(endings, '');

/** The path a relative import names, from the root of the repository; undefined when it leaves the repository. */
function resolveFrom(file: string, specifier: string): string | undefined {
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return undefined;
      parts.pop();
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** The interface's module that an import of the sealed test means: endings may differ (`.js` for `.ts`, none). */
export function moduleMeant(
  sealed: SealedTests,
  items: readonly InterfaceItem[],
  from: string,
): string | undefined {
  const target = resolveFrom(sealed.file, from);
  if (target === undefined) return undefined;
  const paths = [...new Set(items.map((item) => item.path))];
  return (
    paths.find((path) => path === target) ??
    paths.find((path) => withoutEnding(path) === withoutEnding(target)) ??
    paths.find((path) => withoutEnding(path) === `${target}/index`)
  );
}

/** Whether a file is CommonJS, by its ending, the package's type, and what its tests do. */
export function isCommonJs(path: string, layout: Layout, usesRequire: boolean): boolean {
  if (/\.c[jt]s$/.test(path)) return true;
  if (/\.m[jt]s$/.test(path) || layout.modules === 'module' || layout.framework === 'vitest') return false;
  return usesRequire;
}

/** An error class is the one kind of class that crosses: by name. */
export const isErrorClass = (item: InterfaceItem) => item.kind === 'class' && /Error$/.test(item.name);
