import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Env } from './config/env.ts';
import type { Clock } from './engine/clock.ts';
import { createCrashPoints } from './engine/crash-points.ts';
import { openLedger } from './engine/effects.ts';
import { createEngine, type Engine, requirePhases } from './engine/engine.ts';
import { escalate } from './engine/escalation.ts';
import type { OperatorHold } from './engine/operator-hold.ts';
import type { Ownership } from './engine/ownership.ts';
import { createPublisher } from './engine/publisher.ts';
import { runView } from './engine/run-view.ts';
import { openMirrors } from './git/mirrors.ts';
import type { GitHub, Repository } from './github/types.ts';
import { allPhases } from './phases/all-phases.ts';
import { requiredChecks } from './phases/delivery/required-checks.ts';
import { createSources } from './phases/source.ts';
import { createRoles } from './roles/create-roles.ts';
import { defaultModels } from './roles/models.ts';
import type { ModelTable, Transcript } from './roles/role.ts';
import { chooseSandbox } from './sandbox/choose.ts';
import { detectStack } from './stacks/detect-stack.ts';
import type { RunRow, Store } from './store/store.ts';

const promptsDir = path.join(import.meta.dirname, '../prompts');
/** Runs that may ask models and open containers at the same time. */
const concurrency = 2;

/**
 * Mirrors, sandbox, models, phases, publisher and engine, put together; `sweep` removes what no life of ours uses any
 * more.
 */
export async function wireEngine(
  env: Env,
  log: Logger,
  store: Store,
  github: GitHub,
  clock: Clock,
  hold: OperatorHold,
  ownership: Ownership,
): Promise<{ engine: Engine; sweep(): Promise<void> }> {
  const mirrors = await openMirrors({ dir: path.join(env.dataDir, 'mirrors') });
  const { sandbox } = await chooseSandbox({
    wanted: env.sandbox,
    instance: instanceOf(env.dataDir),
    cacheDir: path.join(env.dataDir, 'dependencies'),
    ...(env.sandboxImage && { publicImage: env.sandboxImage }),
    ...(env.extraCaCerts && { caFile: env.extraCaCerts }),
    ...(env.npmRegistry && { registry: env.npmRegistry }),
    ...(env.npmExecPath && { npmExecPath: env.npmExecPath }),
  });
  log.info({ sandbox: sandbox.kind }, sandbox.describe);
  const sweep = async () => {
    const containers = await sandbox.sweep();
    if (containers > 0) log.info({ containers }, 'Containers of an earlier life were removed');
  };
  await sweep();
  const bornAt = Date.now();
  const roles = createRoles({
    apiKey: env.anthropic.apiKey.reveal(),
    ...(env.anthropic.baseUrl && { baseUrl: env.anthropic.baseUrl }),
    promptsDir,
    models: modelsOf(env),
    log,
    onTranscript: (transcript) => saveTranscript(store, transcript),
    onAnswer: (transcript) => saveTranscript(store, transcript),
    earlier: async (run) =>
      (await store.transcripts.list(run, { before: bornAt })).map(({ body }) => body as Transcript),
  });
  const cloneUrl = (owner: string, repo: string) => `${env.github.webUrl}/${owner}/${repo}.git`;
  const sources = createSources({ mirrors, sandbox, detect: detectStack, cloneUrl });
  const repository = (run: RunRow, signal?: AbortSignal) =>
    github.repository(
      { installationId: run.installationId, owner: run.owner, name: run.repo, id: run.repoId },
      signal,
    );
  const view = runView({ store, webUrl: env.github.webUrl });
  const crash = createCrashPoints(env.crashAt, (signal, at) => {
    // Synchronous, because nothing is written after the signal.
    writeSync(2, `${signal === 'SIGKILL' ? 'Killed' : 'Stopped'} at ${at}\n`);
    process.kill(process.pid, signal);
  });
  const crashPoint = (at: string) => {
    log.trace({ place: at }, 'Reached');
    crash(at);
  };
  const effects = openLedger({
    ledger: store.effects,
    crashPoint,
    mayIntend: ownership.mayIntend,
    lagMs: github.lagMs,
  });
  const publisher = createPublisher({
    store,
    effects,
    github: repository,
    view: (run, facts, now) => view(run, facts, { atWork: now !== null, found: now?.found }),
    warn: (error, run) =>
      log.warn({ err: error, run: run.id }, 'The comment on the issue could not be updated'),
  });
  const engine = createEngine({
    store,
    effects,
    roles,
    sandbox,
    source: (run, signal) =>
      sources.at(
        { owner: run.owner, repo: run.repo, run: run.id, auth: () => readAuth(store, run.id, repository) },
        run.base,
        signal,
      ),
    phases: requirePhases(
      allPhases({
        store,
        operatorUsdPerDay: env.usdPerDay,
        now: clock.now,
        warn: (error, words) => log.warn({ err: error }, words),
        cloneUrl,
        pushed: (id) => pushedBy(store, id),
        view: async (id, assumed) => {
          const run = await store.run(id);
          if (!run) throw new Error(`run ${id} is not in the store`);
          return view(run, await store.facts(id), { atWork: true, ...(assumed && { assumed }) });
        },
        author: async () => {
          const slug = await github.appSlug();
          return { name: `${slug}[bot]`, email: `${slug}[bot]@users.noreply.github.com` };
        },
      }),
    ),
    github: repository,
    publisher,
    hold: hold.why,
    watch: (run, event) => log.info({ run: run.id, progress: event }, event.kind),
    crashPoint,
    log,
    clock,
    async timer(run, history, { name, head }) {
      if (name === 'human-review') {
        await escalate({ store, effects, github: repository }, run, history, head);
        return { what: 'timer', name, head };
      }
      const asked = { branch: history.policy.baseBranch, head, named: history.policy.requiredChecks };
      return { what: 'checks', head, ...(await requiredChecks(repository(run), asked)) };
    },
    concurrency,
  });
  return { engine, sweep };
}

async function readAuth(store: Store, id: string, repository: (run: RunRow) => Repository) {
  const run = await store.run(id);
  if (!run) throw new Error(`run ${id} is not in the store`);
  return repository(run).gitAuth('read');
}

function saveTranscript(store: Store, transcript: Transcript): Promise<void> {
  const { run, role, startedAt } = transcript;
  return store.transcripts.save({ call: `${run}:${role}:${startedAt}`, run, role, body: transcript });
}

function modelsOf(env: Env): ModelTable {
  const named = (tier: 'standard' | 'strong') => ({
    ...defaultModels[tier],
    id: env.models[tier] ?? defaultModels[tier].id,
  });
  return { standard: named('standard'), strong: named('strong') };
}

/** Labels of containers, so that two installations on one engine do not sweep each other's. */
function instanceOf(dataDir: string): string {
  return createHash('sha256').update(`${hostname()} ${dataDir}`).digest('hex').slice(0, 16);
}

/** By the ledger, not by what a commit says of itself: a person who amends our commit keeps its words. */
async function pushedBy(store: Store, id: string): Promise<string[]> {
  const run = await store.run(id);
  const runs = run ? await store.runsOfIssue(run.repoId, run.issue) : [];
  const effects = await Promise.all(runs.map((each) => store.effects.list(each.id)));
  // An intent counts as well: the push may have happened in a life that ended before it could be recorded.
  return effects.flat().flatMap(({ kind, key }) => (kind === 'branch' ? [key.slice('branch:'.length)] : []));
}
