import type { CheckResult } from '../../gate/test-report.ts';
import { checkReader, tailOf } from '../report.ts';
import type { Check, Places, Run, RunFile } from '../stack.ts';
import { suiteCommand as jestOrMocha } from './jest-and-mocha.ts';
import type { Framework, Layout } from './layout.ts';
import { runtime } from './proxies.ts';
import { quietEnv, reportBytes } from './sealed-run.ts';
import { argsWithControl, nodeTestArgs } from './suite-args.ts';
import { type SuiteControl, suiteControl } from './suite-control.ts';

const suiteMs = 10 * 60_000;
const checkMs = 5 * 60_000;

/**
 * The repository's own suite with our reporter. Its tests and its code share a process by nature, so whatever they say
 * can be made up there; what stands against it is the comparison with the base's own tests, by name, and:
 *
 * - node:test in a gate container: the parent and its report are root's, test files run as the user who owns the tree.
 *   Nothing that the code does reaches the report but through the channel of its own test file.
 * - vitest everywhere, and node:test where there is no other user or the repository sets something up in the parent
 *   process: one user, because vitest's parent runs the repository's configuration, which must not run as root. The
 *   report goes to a pipe, to which the code can add but from which it cannot take, and a second one is refused. Who
 *   stops the parent from writing its own has to end it, but the exit code is known beforehand: that of a red suite,
 *   since a test of ours under a random name fails. Not withstood: code that takes the parent process over.
 * - jest and mocha: one user, and the report is a file that the code can replace once it is written. What has to be in
 *   it is what stands against that: the failing test of ours, with the exit code that goes with it.
 * - other runners: the exit code, which the code under test chooses.
 */
export function suiteRun(places: Places, layout: Layout): Run | null {
  if (layout.suite === 'none') return null;
  const shared = { env: quietEnv, user: 'user' as const, cwd: places.work, reportBytes, timeoutMs: suiteMs };
  if (layout.suite === 'other') {
    const script = layout.scripts.test ?? '';
    return {
      ...shared,
      files: [],
      argv: shell(script),
      report: null,
      read(out) {
        const passed = out.exitCode === 0 && !out.timedOut && !out.outOfMemory;
        const failure = { errorClass: 'ExitCode', message: `exit code ${out.exitCode}`, frames: [] };
        const only = {
          id: 'npm test',
          file: 'package.json',
          name: script,
          durationMs: Math.round(out.durationMs),
        };
        const test = passed
          ? { ...only, status: 'passed' as const }
          : { ...only, status: 'failed' as const, failure };
        const { exitCode, timedOut, outOfMemory, durationMs } = out;
        return {
          ...{ exitCode, timedOut, outOfMemory, durationMs: Math.round(durationMs) },
          report: 'ok',
          tests: [test],
          tail: tailOf(out),
        };
      },
    };
  }
  const control = suiteControl(layout);
  const { files, ...command } = suites[layout.suite](places, layout, control);
  const ours = { path: `${places.work}/${control.path}`, content: control.content, mode: 0o644 };
  return { ...shared, ...command, files: [...files, ours], read: (out) => control.read(out, places.work) };
}

type Runner = (
  places: Places,
  layout: Layout,
  control: SuiteControl,
) => Pick<Run, 'files' | 'argv' | 'user' | 'report'>;

const nodeTestSuite: Runner = (places, layout, control) => {
  const { runner, preload, separable } = nodeTestArgs(layout.suiteArgs, control.path);
  const user = separable ? places.codeUser : null;
  const folder = `${user ? places.gate : places.scratch}/auto-build-suite`;
  return {
    user: user ? 'root' : 'user',
    files: reporterFiles('node-test', folder, { mark: control.mark, user, preload }),
    argv: [
      ...['node', '--no-warnings', '--test', '--test-isolation=process'],
      ...[`--test-reporter=${folder}/node-test-suite.mjs`, '--test-reporter-destination=stdout'],
      ...(user ? [] : preload),
      ...runner,
    ],
    report: null,
  };
};

const vitestSuite: Runner = (places, layout, control) => {
  const folder = `${places.scratch}/auto-build-suite`;
  const vitest = ['node', `${places.modules}/vitest/vitest.mjs`, 'run'];
  return {
    user: 'user',
    files: reporterFiles('vitest', folder, { mark: control.mark }),
    argv: [
      ...vitest,
      `--reporter=${folder}/vitest-suite.mjs`,
      ...argsWithControl(layout.suiteArgs, control.path),
    ],
    report: null,
  };
};

const jestOrMochaSuite =
  (name: 'jest' | 'mocha'): Runner =>
  (places, layout, control) => {
    const folder = `${places.scratch}/auto-build-suite`;
    const args = argsWithControl(layout.suiteArgs, control.path);
    return {
      user: 'user',
      ...jestOrMocha(name, places, folder, args),
      report: `${folder}/report.json`,
    };
  };

const suites: Record<Framework, Runner> = {
  'node:test': nodeTestSuite,
  vitest: vitestSuite,
  jest: jestOrMochaSuite('jest'),
  mocha: jestOrMochaSuite('mocha'),
};

function reporterFiles(name: 'node-test' | 'vitest', folder: string, options: object): RunFile[] {
  const texts = {
    [`${name}-suite.mjs`]: runtime(`${name}-suite`),
    [`${name}-reporter.mjs`]: runtime(`${name}-reporter`),
    'suite.json': JSON.stringify(options),
  };
  // In the gate the folder is closed to others; elsewhere there is one user.
  return Object.entries(texts).map(([file, content]) => ({
    path: `${folder}/${file}`,
    content,
    mode: 0o644,
  }));
}

const scriptsFor: Record<CheckResult['name'], string[]> = {
  lint: ['lint'],
  types: ['typecheck', 'type-check', 'types', 'check-types', 'check:types', 'tsc'],
  build: ['build'],
};

/** Lint, types and build as the base's scripts say; types also without a script where there is a tsconfig.json. */
export function checksOf(places: Places, layout: Layout, hasTsconfig: boolean): Check[] {
  const checks: Check[] = [];
  for (const name of ['lint', 'types', 'build'] as const) {
    const script = scriptsFor[name].find((candidate) => layout.scripts[candidate] !== undefined);
    const fallback = name === 'types' && hasTsconfig ? 'tsc --noEmit' : undefined;
    const command = script === undefined ? fallback : layout.scripts[script];
    if (command === undefined) continue;
    checks.push({
      name,
      command,
      argv: shell(command),
      env: quietEnv,
      user: 'user',
      cwd: places.work,
      timeoutMs: checkMs,
      read: checkReader(name, command),
    });
  }
  return checks;
}

/** A script of the base's package.json, as npm would run it, without npm (which an image need not have). */
function shell(script: string): string[] {
  return ['sh', '-c', `PATH="$PWD/node_modules/.bin:$PATH"; export PATH; ${script}`];
}
