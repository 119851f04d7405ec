import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal } from '../../run/state.ts';
import { UserError } from '../../run/user-error.ts';
import { openStore } from '../../store/open.ts';
import type { RunRow, Store } from '../../store/store.ts';
import type { ProgressEvent } from '../../text/progress.ts';
import { type LocalGitHub, type RepositorySnapshot, startLocalGitHub } from '../github/local-github.ts';
import { type ScriptedModel, startScriptedModel } from '../model/scripted-model.ts';
import { type AppProcess, startApp } from './app-process.ts';
import { checkExpectations } from './expect.ts';
import type { Step } from './format.ts';
import type { Scenario } from './load.ts';
import { crashPointsOf, playSteps, type StepPorts } from './play-steps.ts';
import { summarise } from './summarise.ts';
import type { RunSummary } from './summary.ts';

export interface ScenarioOptions {
  sandbox: 'auto' | 'docker' | 'process';
  /** Program and arguments that start the app offline. */
  command: readonly string[];
  /** What the app inherits of the environment: PATH, HOME and the like. */
  env: Record<string, string>;
  onProgress?(event: ProgressEvent): void;
  onStep?(step: Step): void;
}

export interface ScenarioResult {
  ok: boolean;
  /** Sentences: expectations that do not hold, and everything that GitHub's description does not allow. */
  failures: string[];
  summary: RunSummary | undefined;
  /** Milliseconds from the first step to the last. */
  wallMs: number;
  /** Milliseconds that the scripted model took on purpose. */
  modelDelayMs: number;
}

/** The world of a scenario: it stays up after the steps, to be looked at, until it is closed. */
export interface ScenarioWorld extends AsyncDisposable {
  github: LocalGitHub;
  store: Store;
  model: ScriptedModel;
  play(): Promise<ScenarioResult>;
}

/** The branch of variables that make the app kill itself; read in src/config. */
export const crashVariable = 'AUTO_BUILD_CRASH_AT';
const owner = 'octo-org';
const pollMs = 50;

/** Sets up everything that a scenario needs: the local GitHub, the scripted model, the app. */
export async function openScenario(scenario: Scenario, options: ScenarioOptions): Promise<ScenarioWorld> {
  const dir = await mkdtemp(path.join(tmpdir(), 'auto-build-scenario-'));
  const dataDir = path.join(dir, 'app');
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const webhookSecret = randomBytes(24).toString('hex');
  const appId = 1;
  const github = await startLocalGitHub({
    dataDir: path.join(dir, 'github'),
    appId,
    publicKey: privateKey,
    webhookSecret,
  });
  undo.defer(() => github.close());
  const model = await startScriptedModel({ scripts: scenario.modelFolder });
  undo.defer(() => model.close());
  const repo = { owner, name: scenario.name };
  await github.createRepository({ ...repo, source: scenario.repo });
  for (const { login, role } of scenario.people) github.setRole(repo, login, role);
  const admin = scenario.people.find((person) => person.role === 'admin')?.login ?? owner;
  github.setRole(repo, admin, 'admin');
  if (scenario.config !== undefined) {
    await github.as(admin, repo).push({
      branch: 'main',
      files: { '.github/auto-build.yml': scenario.config },
      message: 'Configure auto-build',
    });
  }
  const errors: string[] = [];
  const app = await startApp({
    command: options.command,
    env: {
      ...options.env,
      APP_ID: String(appId),
      PRIVATE_KEY: privateKey,
      WEBHOOK_SECRET: webhookSecret,
      ANTHROPIC_API_KEY: `sk-offline-${randomBytes(12).toString('hex')}`,
      ANTHROPIC_BASE_URL: model.url,
      GITHUB_API_URL: github.apiUrl,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      SANDBOX: options.sandbox,
    },
    crashes: { variable: crashVariable, at: crashPointsOf(scenario.steps) },
    onProgress: (event) => options.onProgress?.(event),
    onListening: (url) => github.setWebhookTarget(`${url}/webhooks`),
    onError: (words) => errors.push(`The app logged an error: ${words}`),
  });
  undo.defer(() => app.stop());
  const store = await openStore({ path: path.join(dataDir, 'auto-build.sqlite') });
  undo.defer(() => store.close());
  const world = undo.move();
  return {
    github,
    store,
    model,
    play: () =>
      play(scenario, { github, model, app, errors, store, repo, onStep: options.onStep ?? (() => {}) }),
    [Symbol.asyncDispose]: () => world.disposeAsync(),
  };
}

interface Cast {
  github: LocalGitHub;
  model: ScriptedModel;
  app: AppProcess;
  /** What the app logged as errors. */
  errors: readonly string[];
  store: Store;
  repo: { owner: string; name: string };
  onStep(step: Step): void;
}

async function play(scenario: Scenario, cast: Cast): Promise<ScenarioResult> {
  const { github, model, app, store, repo } = cast;
  const { title, body, author } = scenario.issue;
  const { number: issue } = await github.as(author, repo).createIssue({ title, body });
  await github.webhooksIdle();
  let kills = 0;
  const ports: StepPorts = {
    as: (login) => github.as(login, repo),
    issue,
    defaultBranch: 'main',
    pullRequest: async () => (await snapshotOf(cast)).pulls[0]?.number,
    waitFor: (condition) => Promise.race([waitFor(condition, cast, issue), app.broken]),
    kill: () => {
      kills += 1;
      return Promise.race([app.restarted(kills), app.broken]);
    },
  };
  const startedAt = Date.now();
  const failures: string[] = [];
  try {
    await playSteps(scenario.steps, ports, cast.onStep);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    failures.push(error.message);
  }
  const wallMs = Date.now() - startedAt;
  await github.webhooksIdle();
  const run = await runOf(store, issue);
  const summary =
    run && summarise(run, await store.facts(run.id), await store.effects.list(run.id), model.journal());
  if (!summary) failures.push('No run was started.');
  else {
    const repository = await snapshotOf(cast);
    const files = await filesNamed(scenario, cast);
    const checked = checkExpectations(scenario.expect, {
      repository,
      issue,
      app: 'auto-build[bot]',
      run: summary,
      files,
    });
    failures.push(...checked.failures);
  }
  failures.push(...cast.errors, ...model.problems());
  for (const { kind, subject, problem } of github.violations()) {
    failures.push(`GitHub’s description, ${kind} ${subject}: ${problem}`);
  }
  return { ok: failures.length === 0, failures, summary, wallMs, modelDelayMs: model.delays() };
}

async function snapshotOf({ github, repo }: Cast): Promise<RepositorySnapshot> {
  const { repositories } = await github.snapshot();
  const found = repositories.find((each) => each.owner === repo.owner && each.name === repo.name);
  if (!found) throw new Error(`the local GitHub lost ${repo.owner}/${repo.name}`);
  return found;
}

async function runOf(store: Store, issue: number): Promise<RunRow | undefined> {
  return (await store.runs({ limit: 50 })).find((run) => run.issue === issue);
}

async function filesNamed(scenario: Scenario, { github, repo }: Cast): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const file of Object.keys(scenario.expect.files ?? {})) {
    const content = await github.readFile(repo, 'main', file);
    if (content !== undefined) files[file] = content;
  }
  return files;
}

type Condition = Parameters<StepPorts['waitFor']>[0];

async function waitFor(condition: Condition, cast: Cast, issue: number): Promise<void> {
  const deadline = Date.now() + condition.timeout * 1_000;
  for (;;) {
    const missing = await missingOf(condition, cast, issue);
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      throw new UserError(`After ${condition.timeout} s still waiting: ${missing.join('; ')}.`);
    }
    await sleep(pollMs);
  }
}

/** What is not so yet, in words. */
async function missingOf(condition: Condition, cast: Cast, issue: number): Promise<string[]> {
  const missing: string[] = [];
  const run = await runOf(cast.store, issue);
  if (condition.run !== undefined || condition.outcome !== undefined) {
    if (condition.run !== undefined && run?.state !== condition.run) {
      missing.push(`the run is ${run ? `${run.state} (${run.words})` : 'not there'}, not ${condition.run}`);
      if (run && isTerminal(run.state)) throw new UserError(`The run has ended: ${missing[0]}.`);
    } else if (condition.outcome !== undefined && run?.outcome !== condition.outcome) {
      missing.push(`the outcome is ${run?.outcome ?? 'not there'}, not ${condition.outcome}`);
    } else if (run && !(await isShown(cast.store, run))) missing.push('the comment does not show it yet');
  }
  const { pullRequest, comment, check } = condition;
  if (pullRequest === undefined && comment === undefined && check === undefined) return missing;
  const { issues, pulls } = await snapshotOf(cast);
  const pull = pulls[0];
  if (pullRequest !== undefined) {
    const state = pull ? (pull.merged ? 'merged' : pull.state) : 'not there';
    if (state !== pullRequest) missing.push(`the pull request is ${state}, not ${pullRequest}`);
  }
  if (comment !== undefined) {
    const all = [...issues, ...pulls].flatMap((each) => each.comments);
    if (!all.some(({ body }) => body.includes(comment))) missing.push(`no comment contains “${comment}”`);
  }
  if (check !== undefined) {
    const found = pull?.checks.findLast(({ name }) => name === check.name);
    if (found?.conclusion !== check.conclusion) {
      missing.push(`the check ${check.name} is ${found?.conclusion ?? 'not there'}, not ${check.conclusion}`);
    }
  }
  return missing;
}

/** A run that waits or has ended counts once people can read so. */
async function isShown(store: Store, run: RunRow): Promise<boolean> {
  if (!isTerminal(run.state) && !run.state.startsWith('waiting_')) return true;
  const effects = await store.effects.list(run.id);
  return effects.some(({ key, state }) => key === `settled:${run.length}` && state === 'done');
}
