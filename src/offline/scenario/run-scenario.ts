import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../run/user-error.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import type { ProgressEvent } from '../../text/progress.ts';
import { type LocalGitHub, type RepositorySnapshot, startLocalGitHub } from '../github/local-github.ts';
import { loadScripts } from '../model/script.ts';
import { type ScriptedModel, startScriptedModel } from '../model/scripted-model.ts';
import { type AppOptions, type AppProcess, type LifeEvent, startApp } from './app-process.ts';
import { endOf, snapshotOf } from './end-of-scenario.ts';
import { checkExpectations } from './expect.ts';
import type { Scenario } from './load.ts';
import { crashPointsOf, playSteps, type StepPorts } from './play-steps.ts';
import { firstIssue, type Step } from './steps.ts';
import type { RunSummary } from './summary.ts';
import { pullOf, runOf, type Watched, waitFor } from './wait-for.ts';

export interface ScenarioOptions {
  sandbox: 'auto' | 'docker' | 'process';
  /** Program and arguments that start the app offline. */
  command: readonly string[];
  /** What the app inherits of the environment: PATH, HOME and the like. */
  env: Record<string, string>;
  onProgress?(event: ProgressEvent): void;
  onStep?(step: Step): void;
  /** Where its lives end, one after the other; default: what the `kill` steps say. */
  crashAt?: readonly string[];
  onLife?(told: LifeEvent): void;
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
  app: Pick<AppProcess, 'signal' | 'mayEnd'>;
  /** The app's, with its database and its lock. */
  dataDir: string;
  /** Starts the app once more beside the first, and resolves when GitHub's events go there. Throws UserError. */
  startAnother(): Promise<void>;
  play(): Promise<ScenarioResult>;
}

/** The branch of variables that make the app kill itself; read in src/config. */
export const crashVariable = 'AUTO_BUILD_CRASH_AT';
const owner = 'octo-org';
/** How long the app may take over webhooks that start nothing. */
const quietSeconds = 20;
/** How long it may take to come to the place where it is to be killed. */
const killSeconds = 120;

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
  let advancedMs = 0;
  const github = await startLocalGitHub({
    dataDir: path.join(dir, 'github'),
    clock: () => new Date(Date.now() + advancedMs),
    authClock: () => new Date(),
    appId,
    publicKey: privateKey,
    webhookSecret,
  });
  undo.defer(() => github.close());
  const model = await startScriptedModel({ scripts: await loadScripts(...scenario.modelFolders) });
  undo.defer(() => model.close());
  const repo = { owner, name: scenario.name };
  await github.createRepository({ ...repo, source: scenario.repo });
  for (const { login, role } of scenario.people) {
    github.addUser({ login, type: login.endsWith('[bot]') ? 'Bot' : 'User' });
    github.setRole(repo, login, role);
  }
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
  const appOptions: AppOptions = {
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
    crashes: { variable: crashVariable, at: options.crashAt ?? crashPointsOf(scenario.steps) },
    onProgress: (event) => options.onProgress?.(event),
    onLife: (told) => options.onLife?.(told),
    onListening: (url) => github.setWebhookTarget(`${url}/webhooks`),
    onError: (words) => errors.push(`The app logged an error: ${words}`),
  };
  const app = await startApp(appOptions);
  const others: AppProcess[] = [];
  undo.defer(async () => {
    await Promise.all([app, ...others].map((each) => each.stop()));
  });
  const store = await openStore({ path: path.join(dataDir, 'auto-build.sqlite') });
  undo.defer(() => store.close());
  const world = undo.move();
  return {
    github,
    store,
    model,
    app,
    dataDir,
    async startAnother() {
      others.push(await startApp({ ...appOptions, crashes: { variable: crashVariable, at: [] } }));
    },
    play: () =>
      play(scenario, {
        github,
        model,
        app,
        errors,
        store,
        repo,
        source: scenario.repo,
        advanceClock(ms) {
          advancedMs += ms;
          return app.advanceClock(ms);
        },
        onStep: options.onStep ?? (() => {}),
      }),
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
  /** What there was when it was deleted. */
  deleted?: RepositorySnapshot;
  source: Scenario['repo'];
  advanceClock(ms: number): Promise<void>;
  onStep(step: Step): void;
}

async function play(scenario: Scenario, cast: Cast): Promise<ScenarioResult> {
  const { github, model, store, repo } = cast;
  const { title, body, author, labels } = scenario.issue;
  const opened = await github.as(author, repo).createIssue({ title, body, ...(labels && { labels }) });
  const issues = new Map([[firstIssue, opened.number]]);
  const watched: Watched = {
    github,
    store,
    repository: () => snapshotOf(cast),
    issue: (name) => numberOf(issues, name),
  };
  await github.webhooksIdle();
  const startedAt = Date.now();
  const failures: string[] = [];
  try {
    await playSteps(scenario.steps, portsOf(cast, issues, watched), cast.onStep);
    await waitFor({ quiet: true, timeout: quietSeconds }, watched);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    failures.push(error.message);
  }
  const wallMs = Date.now() - startedAt;
  await github.webhooksIdle();
  const end = await endOf(scenario, cast, opened.number);
  failures.push(...checkExpectations(scenario.expect, end).failures);
  for (const [name, expected] of Object.entries(scenario.expect.issues ?? {})) {
    const other = await endOf(scenario, cast, numberOf(issues, name));
    failures.push(...checkExpectations(expected, other).failures.map((words) => `issue ${name}: ${words}`));
  }
  failures.push(...cast.errors, ...model.problems());
  for (const { kind, subject, problem } of github.violations()) {
    failures.push(`GitHub’s description, ${kind} ${subject}: ${problem}`);
  }
  for (const { operation, kind } of github.planned()) {
    failures.push(`The fault ${kind} of ${operation} has not struck.`);
  }
  return { ok: failures.length === 0, failures, summary: end.run, wallMs, modelDelayMs: model.delays() };
}

function numberOf(issues: ReadonlyMap<string, number>, name: string): number {
  const number = issues.get(name);
  if (number === undefined) throw new UserError(`The issue “${name}” was not opened.`);
  return number;
}

function portsOf(cast: Cast, issues: Map<string, number>, watched: Watched): StepPorts {
  const { github, app, store, repo } = cast;
  let kills = 0;
  return {
    as: (login) => github.as(login, repo),
    repository: () => github.repository(repo),
    installation: () => github.installation(repo.owner),
    fault: (fault) => github.plan(fault),
    rename(to) {
      github.repository(repo).rename(to);
      repo.name = to;
    },
    async deleteRepository() {
      cast.deleted = await snapshotOf(cast);
      github.repository(repo).delete();
    },
    dropWebhooks: (how) => github.dropWebhooks(how),
    async otherRepository(name) {
      const other = { owner: repo.owner, name };
      await github.createRepository({ ...other, source: cast.source });
      return other;
    },
    issue: watched.issue,
    opened: (name, number) => issues.set(name, number),
    defaultBranch: 'main',
    async pullRequest(name) {
      const pull = pullOf((await snapshotOf(cast)).pulls, await runOf(store, watched.issue(name)));
      return pull && { number: pull.number, branch: pull.head.ref, head: pull.head.sha };
    },
    async mergeQueueCommit(number) {
      const { branches } = await snapshotOf(cast);
      const group = Object.keys(branches).find((branch) =>
        branch.startsWith(`gh-readonly-queue/main/pr-${number}-`),
      );
      return group && branches[group];
    },
    async lastCommentBy(login) {
      const { issues, pulls } = await snapshotOf(cast);
      const ids = [...issues, ...pulls]
        .flatMap(({ comments }) => comments)
        .filter(({ user }) => user.login === login)
        .map(({ id }) => id);
      return ids.length === 0 ? undefined : Math.max(...ids);
    },
    setRole: (login, role) => github.setRole(repo, login, role),
    advanceClock: (ms) => cast.advanceClock(ms),
    waitFor: (condition) => Promise.race([waitFor(condition, watched), app.broken]),
    kill: (at) => {
      kills += 1;
      const late = AbortSignal.timeout(killSeconds * 1000);
      const missed = once(late, 'abort').then(() => {
        throw new UserError(`After ${killSeconds} s the app has not come to ${at}.`);
      });
      return Promise.race([app.restarted(kills), app.broken, missed]);
    },
  };
}
