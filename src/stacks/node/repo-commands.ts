import type { CheckResult } from '../../gate/test-report.ts';
import { readReport, tailOf } from '../report.ts';
import type { Check, Places, Run } from '../stack.ts';
import type { Layout } from './layout.ts';
import { runtime } from './proxies.ts';
import { quietEnv, reportBytes } from './sealed-run.ts';

const suiteMs = 10 * 60_000;
const checkMs = 5 * 60_000;

/**
 * The repository's own suite with our reporter. Its tests and its code share a process and a user by nature: what
 * stands against forgery here is the comparison with the base's own tests, by name.
 */
export function suiteRun(places: Places, layout: Layout): Run | null {
  if (layout.suite === 'none') return null;
  const ours = `${places.scratch}/auto-build-suite`;
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
  const reporter = layout.suite === 'vitest' ? 'vitest-reporter' : 'node-test-reporter';
  const argv =
    layout.suite === 'vitest'
      ? ['node', `${places.modules}/vitest/vitest.mjs`, 'run', `--reporter=${ours}/reporter.mjs`]
      : [
          'node',
          '--no-warnings',
          '--test',
          `--test-reporter=${ours}/reporter.mjs`,
          `--test-reporter-destination=${ours}/report.json`,
        ];
  return {
    ...shared,
    files: [{ path: `${ours}/reporter.mjs`, content: runtime(reporter), mode: 0o644 }],
    argv: [...argv, ...layout.suiteArgs],
    report: `${ours}/report.json`,
    read: (out) => readReport(out, places.work),
  };
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
      read: (out) => ({
        name,
        command,
        exitCode: out.exitCode,
        timedOut: out.timedOut,
        tail: tailOf(out),
        durationMs: Math.round(out.durationMs),
      }),
    });
  }
  return checks;
}

/** A script of the base's package.json, as npm would run it, without npm (which an image need not have). */
function shell(script: string): string[] {
  return ['sh', '-c', `PATH="$PWD/node_modules/.bin:$PATH"; export PATH; ${script}`];
}
