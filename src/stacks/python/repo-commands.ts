import { checkReader, readReport } from '../report.ts';
import type { Check, Places, Run } from '../stack.ts';
import type { Layout } from './layout.ts';
import { importPaths } from './proxies.ts';
import { quietEnv, reportBytes, runnerFiles } from './sealed-run.ts';

const suiteMs = 10 * 60_000;
const checkMs = 5 * 60_000;

/**
 * The repository's own suite with our reporter, as `python -m pytest` or `python -m unittest discover` would run it.
 * Its tests and its code share a process and a user by nature: what stands against forgery here is the comparison with
 * the base's own tests, by name.
 */
export function suiteRun(places: Places, layout: Layout): Run | null {
  const { suite } = layout;
  if (suite === 'none') return null;
  const ours = `${places.scratch}/auto-build-suite`;
  const report = `${ours}/report.json`;
  const given = {
    report,
    front: importPaths(layout, places),
    back: [],
    arguments: suite === 'pytest' ? ['-p', 'no:cacheprovider', '-q'] : discovery(layout),
  };
  return {
    files: runnerFiles(ours, suite, 0o644),
    argv: ['python3', `${ours}/run_${suite}.py`, JSON.stringify(given)],
    env: environment(layout, places),
    user: 'user',
    cwd: places.work,
    report,
    reportBytes,
    timeoutMs: suiteMs,
    read: (out) => readReport(out, places.work),
  };
}

/** Where unittest looks for tests: at the root when the tests are a package, otherwise in their folder. */
export function discovery({ testFiles, testFolder, naming }: Layout): string[] {
  const isPackage = testFiles.some((path) => path === `${testFolder}/__init__.py`);
  const start = testFolder === '' || isPackage ? '.' : testFolder;
  return ['discover', start, naming === 'suffix' ? '*_test.py' : 'test*.py'];
}

function environment(layout: Layout, places: Places): Record<string, string> {
  return { ...quietEnv, PYTHONPATH: importPaths(layout, places).join(':') };
}

const commands = {
  ruff: ['lint', 'ruff check .'],
  flake8: ['lint', 'python3 -m flake8'],
  mypy: ['types', 'python3 -m mypy .'],
} as const;

/** Lint and types, where the repository configures and requires them. */
export function checksOf(places: Places, layout: Layout): Check[] {
  return layout.checks.map((tool): Check => {
    const [name, command] = commands[tool];
    return {
      name,
      command,
      argv: [
        'sh',
        '-c',
        places.modules === null ? command : `PATH="${places.modules}/bin:$PATH"; ${command}`,
      ],
      env: environment(layout, places),
      user: 'user',
      cwd: places.work,
      timeoutMs: checkMs,
      read: checkReader(name, command),
    };
  });
}
