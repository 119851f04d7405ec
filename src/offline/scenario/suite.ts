import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import PQueue from 'p-queue';
import { UserError } from '../../run/user-error.ts';
import { type Style, styleOf } from '../terminal/style.ts';
import { cut } from '../terminal/text-width.ts';
import { loadScenario } from './load.ts';
import { openScenario, type ScenarioOptions, type ScenarioResult } from './run-scenario.ts';

export interface SuiteOptions extends Pick<ScenarioOptions, 'sandbox' | 'command' | 'env'> {
  json: boolean;
  only?: string | undefined;
  parallel?: number | undefined;
}

/** What came of one scenario of many. */
export interface Played extends Pick<ScenarioResult, 'ok' | 'failures' | 'summary'> {
  name: string;
  /** From nothing to nothing: starting and stopping the app, GitHub and the model included. */
  seconds: number;
}

/**
 * Plays all scenarios of a folder and prints a table, a row as soon as its scenario is over; folders without a
 * `scenario.yaml` are left out. Throws UserError when there is none, or when one of them fails.
 */
export async function playSuite(folder: string, options: SuiteOptions): Promise<void> {
  const names = await scenariosIn(folder, options.only);
  const style = styleOf(process.stdout.isTTY && process.stdout.hasColors());
  const width = Math.max('scenario'.length, ...names.map((name) => name.length));
  const print = (line: string) => options.json || process.stdout.write(`${line}\n`);
  const queue = new PQueue({ concurrency: options.parallel ?? availableParallelism() });
  const startedAt = Date.now();
  print(style.bold(heading(width)));
  const played = await queue.addAll(
    names.map((name) => async () => {
      const result = await playOne(path.join(folder, name), name, options);
      for (const line of rowOf(result, width, style)) print(line);
      return result;
    }),
  );
  const failed = played.filter(({ ok }) => !ok);
  const seconds = (Date.now() - startedAt) / 1000;
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ok: failed.length === 0, seconds, scenarios: played }, null, 2)}\n`,
    );
  print(
    `\n${played.length - failed.length} of ${played.length} scenarios as expected, ${seconds.toFixed(0)} s.`,
  );
  if (failed.length > 0) {
    throw new UserError(failed.map(({ name, failures }) => `${name}:\n${bullets(failures)}`).join('\n'), {
      next: `One alone, with all that happens in it: npm run auto-build -- scenario run ${path.join(folder, failed[0]!.name)}`,
    });
  }
}

async function scenariosIn(folder: string, only = '*'): Promise<string[]> {
  const entries = await readdir(folder, { recursive: false, withFileTypes: true });
  const names: string[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    const files = await readdir(path.join(folder, name));
    if (files.includes('scenario.yaml') && path.matchesGlob(name, only)) names.push(name);
  }
  if (names.length > 0) return names.sort();
  throw new UserError(`There is no scenario in ${folder}${only === '*' ? '' : ` whose name fits ${only}`}.`, {
    next: 'A scenario is a folder with a scenario.yaml; docs/scenarios.md describes it.',
  });
}

/** Plays one; whatever goes wrong is a failure of that one. */
async function playOne(folder: string, name: string, options: SuiteOptions): Promise<Played> {
  const startedAt = Date.now();
  const { sandbox, command, env } = options;
  let result: Pick<ScenarioResult, 'ok' | 'failures' | 'summary'>;
  try {
    const scenario = await loadScenario(folder);
    await using world = await openScenario(scenario, { sandbox, command, env });
    const { ok, failures, summary } = await world.play();
    result = { ok, failures, summary };
  } catch (error) {
    const words = error instanceof UserError ? error.message : ((error as Error).stack ?? String(error));
    result = { ok: false, failures: [words], summary: undefined };
  }
  return { name, ...result, seconds: (Date.now() - startedAt) / 1000 };
}

const columns: [title: string, width: number, of: (played: Played) => string][] = [
  ['outcome', 16, ({ summary }) => summary?.outcome ?? summary?.state ?? '–'],
  ['route', 10, ({ summary }) => summary?.route ?? '–'],
  ['score', 6, ({ summary }) => summary?.score?.toFixed(4) ?? '–'],
  ['attempts', 8, ({ summary }) => String(sum(summary?.phases.map(({ attempts }) => attempts)))],
  ['model calls', 11, ({ summary }) => String(sum(Object.values(summary?.modelCalls ?? {})))],
  ['seconds', 7, ({ seconds }) => seconds.toFixed(1)],
];

function heading(width: number): string {
  return ['  scenario'.padEnd(width + 2), ...columns.map(([title, wide]) => title.padEnd(wide))].join('  ');
}

/** The row, and below it what failed first. */
function rowOf(played: Played, width: number, style: Style): string[] {
  const mark = played.ok ? style.green('✔') : style.red('✖');
  const cells = columns.map(([, wide, of]) => of(played).padEnd(wide));
  const row = [`${mark} ${played.name.padEnd(width)}`, ...cells].join('  ').trimEnd();
  const [first] = played.failures;
  return first === undefined ? [row] : [row, style.red(`    ${cut(first.replaceAll(/\s+/g, ' '), 160)}`)];
}

function sum(numbers: readonly number[] = []): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
