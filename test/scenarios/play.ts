import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { inheritedEnv } from '../../src/config/inherited-env.ts';
import type { LedgerEntry, RepositorySnapshot } from '../../src/offline/github/public-types.ts';
import { loadScenario, type Scenario } from '../../src/offline/scenario/load.ts';
import {
  openScenario,
  type ScenarioOptions,
  type ScenarioResult,
  type ScenarioWorld,
} from '../../src/offline/scenario/run-scenario.ts';
import type { Fact } from '../../src/run/facts.ts';
import type { RunRow } from '../../src/store/store.ts';
import type { ProgressEvent } from '../../src/text/progress.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** One of the scenarios that we ship. */
export const shipped = (name: string): Promise<Scenario> =>
  loadScenario(path.join(root, 'fixtures/scenarios', name));

export interface Change extends Partial<Pick<Scenario, 'steps' | 'people' | 'config' | 'expect' | 'issue'>> {
  /** Scripts to play instead of the shipped ones: the turns of each call. */
  model?: Record<string, Turn[][]>;
  /** Files of the repository to add or replace; null: to leave out. */
  files?: Record<string, string | null>;
}
type Turn = { delayMs?: number; content: Record<string, unknown>[] };

/** The shipped scenario `one-line-fix` with something else in it, in a folder that goes with the test. */
export async function variant(change: Change): Promise<Scenario> {
  const { model = {}, files = {}, ...over } = change;
  const original = await shipped('one-line-fix');
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-variant-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(original.folder, folder, { recursive: true });
  for (const [role, calls] of Object.entries(model)) {
    const script = { calls: calls.map((turns) => ({ turns })) };
    await writeFile(path.join(folder, 'model', `${role}.yaml`), stringify(script));
  }
  for (const [file, content] of Object.entries(files)) {
    if (content === null) await rm(path.join(folder, 'repo', file));
    else await writeFile(path.join(folder, 'repo', file), content);
  }
  return { ...(await loadScenario(folder)), expect: {}, ...over };
}

/** A scenario's world, which is closed when the test ends. */
export async function open(
  scenario: Scenario,
  options: Pick<ScenarioOptions, 'onProgress' | 'crashAt' | 'onLife'> & {
    sandbox?: 'docker' | 'process';
  } = {},
): Promise<ScenarioWorld> {
  const { sandbox = 'process', ...more } = options;
  const command = [process.execPath, path.join(root, 'src/cli.ts'), 'offline-server'];
  const world = await openScenario(scenario, { sandbox, command, env: inheritedEnv(), ...more });
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

export interface End {
  world: ScenarioWorld;
  result: ScenarioResult;
  repository: RepositorySnapshot;
  /** The newest run; undefined when none was started. */
  run: RunRow | undefined;
  facts: Fact[];
  /** Comments of the app on the issue, oldest first. */
  comments: string[];
  events: ProgressEvent[];
}

/** Plays a scenario to its end. */
export async function play(scenario: Scenario, sandbox: 'docker' | 'process' = 'process'): Promise<End> {
  const events: ProgressEvent[] = [];
  const world = await open(scenario, { sandbox, onProgress: (event) => events.push(event) });
  return endOf(world, await world.play(), events);
}

export async function endOf(
  world: ScenarioWorld,
  result: ScenarioResult,
  events: ProgressEvent[] = [],
): Promise<End> {
  const [repository] = (await world.github.snapshot()).repositories;
  if (!repository) throw new Error('the local GitHub lost its repository');
  const [run] = await world.store.runs({ limit: 1 });
  const facts = run ? await world.store.facts(run.id) : [];
  const comments = (repository.issues[0]?.comments ?? [])
    .filter(({ user }) => user.type === 'Bot')
    .map(({ body }) => body);
  return { world, result, repository, run, facts, comments, events };
}

/** What the app wrote to GitHub, by GitHub's names of the operations; refused writes and tokens left out. */
export function writes({ github }: ScenarioWorld): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of done(github.ledger())) {
    const name = operation ?? 'unknown';
    if (name !== 'apps/create-installation-access-token') counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The check runs that were created, as `<name> on <commit>`. */
export function checksCreated({ github }: ScenarioWorld): string[] {
  return done(github.ledger())
    .filter(({ operation }) => operation === 'checks/create')
    .map(({ body }) => {
      const { name, head_sha } = body as { name: string; head_sha: string };
      return `${name} on ${head_sha}`;
    });
}

const done = (ledger: readonly LedgerEntry[]) => ledger.filter(({ status }) => status >= 200 && status < 300);
