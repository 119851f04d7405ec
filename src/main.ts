import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Logger, pino } from 'pino';
import { Probot } from 'probot';
import { isAllowedRepository } from './config/allowed-repositories.ts';
import { effectiveConfig, strictestPolicy } from './config/effective.ts';
import { type Env, readEnv } from './config/env.ts';
import { repoConfigFile } from './config/repo-settings.ts';
import { createClock } from './engine/clock.ts';
import { createOperatorHold, releaseHeld } from './engine/operator-hold.ts';
import { startPeriodic, type Task } from './engine/periodic.ts';
import { removeMirror } from './git/mirrors.ts';
import { createApp } from './github/app.ts';
import { createGitHub } from './github/github.ts';
import { appOctokit } from './github/octokit.ts';
import type { EventPorts } from './intake/event-ports.ts';
import { createIntake } from './intake/intake.ts';
import { onEvent } from './intake/on-event.ts';
import { parseEvent } from './intake/parse-event.ts';
import { createPoll } from './intake/poll.ts';
import { openStore } from './store/open.ts';
import { acquireProcessLock } from './store/process-lock.ts';
import { wireEngine } from './wire-engine.ts';

/** The composition root: this file and wire-engine.ts are the only places that wire doors to rooms. */

/** How soon a lifted kill switch or a new day is noticed. */
const holdCheckMs = 5_000;
const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** Runs until it is told to stop. Everything that can be refused is refused before anything listens. */
export async function serve(mode: 'server' | 'offline'): Promise<void> {
  const env = readEnv(undefined, { offline: mode === 'offline' });
  const log = pino({
    level: env.logLevel,
    redact: ['headers.authorization', 'err.request', 'err.aggregateErrors[*].request'],
  });
  const server = await startServer(env, log, mode);
  log.info({ listening: server.url }, 'Listening');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await server.close();
}

interface Server {
  url: string;
  close(): Promise<void>;
}

async function startServer(env: Env, log: Logger, mode: 'server' | 'offline'): Promise<Server> {
  await using undo = new AsyncDisposableStack();
  const lock = acquireProcessLock(path.join(env.dataDir, 'auto-build.lock'));
  undo.defer(() => lock.release());
  const store = await openStore({ path: path.join(env.dataDir, 'auto-build.sqlite') });
  undo.defer(() => store.close());
  const probot = new Probot({
    appId: env.appId,
    privateKey: env.privateKey.reveal(),
    secret: env.webhookSecret.reveal(),
    baseUrl: env.github.apiUrl,
    Octokit: appOctokit(),
    log: log.child({ name: 'probot' }, { level: 'warn' }),
  });
  const github = createGitHub({ app: () => probot.auth() });
  const clock = createClock();
  const hold = createOperatorHold({ stop: env.stop, usdPerDay: env.usdPerDay, store, clock });
  const engine = await wireEngine(env, log, store, github, clock, hold);
  undo.defer(() => engine.close());

  const policy: EventPorts['policy'] = async (repository, branch, commit) => {
    const config = effectiveConfig({
      repository: await repository.readFile(repoConfigFile, commit),
      organisation: await repository.ownerFile(repoConfigFile),
      operator: env.limits,
    });
    // A mistake in a file is preflight's to tell; until then the strictest reading holds.
    return 'errors' in config ? strictestPolicy(branch, env.limits) : config.policy(branch);
  };
  await probot.load((app) => {
    app.onAny(async ({ name, payload }) => {
      const event = parseEvent(name, payload);
      if ('ignored' in event) return;
      if ('repo' in event && !isAllowedRepository(env.allowedRepositories, event.repo)) {
        log.info({ repository: `${event.repo.owner}/${event.repo.name}` }, 'Not in ALLOWED_REPOSITORIES');
        return;
      }
      await onEvent(event, {
        engine,
        store,
        repository: github.repository,
        policy,
        now: clock.now,
        purge: async (of) => {
          for (const { owner, name } of await store.retention.purge(of)) {
            await removeMirror(path.join(env.dataDir, 'mirrors'), `${owner}/${name}`);
          }
        },
        self: async () => `${await github.appSlug()}[bot]`,
        log,
      });
    });
  });
  const intake = createIntake({
    store,
    secret: env.webhookSecret.reveal(),
    receive: ({ id, name, payload }) => probot.receive({ id, name, payload } as never),
    log,
  });
  undo.defer(() => intake.close());

  const server = createServer((request, response) => answer(request, response, intake.handle));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(env.port, env.host, resolve);
  });
  undo.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const resumed = await engine.resume();
  if (resumed > 0) log.info({ runs: resumed }, 'Runs that had not ended go on');
  intake.start();
  const tasks: Task[] = [
    { name: 'Letting runs go on', everyMs: holdCheckMs, run: () => releaseHeld(hold, store, engine) },
  ];
  const { pollSeconds, retentionDays } = env;
  if (retentionDays !== undefined) {
    const forget = () => store.retention.forgetBefore(clock.now() - retentionDays * dayMs);
    tasks.push({ name: 'Deleting what is old', everyMs: hourMs, run: forget });
  }
  if (pollSeconds !== undefined) {
    const look = createPoll({
      repositories: async () =>
        (await createApp(() => probot.auth()).repositories()).filter((each) =>
          isAllowedRepository(env.allowedRepositories, each),
        ),
      label: async ({ defaultBranch, ...ref }) =>
        (await policy(github.repository(ref), defaultBranch, defaultBranch)).label,
      news: (ref, request) => github.repository(ref).news(request),
      offer: intake.offer,
      store,
      now: clock.now,
      log,
    });
    tasks.push({ name: 'Asking GitHub for news', everyMs: pollSeconds * 1000, run: look });
  }
  const periodic = startPeriodic(tasks, log);
  undo.defer(() => periodic.close());
  if (mode === 'offline') {
    // Whoever rehearses lets hours pass at once; runs that wait look at their clocks again.
    process.on('message', (said) => {
      const { advanceMs } = said as { advanceMs?: number };
      if (typeof advanceMs !== 'number') return;
      clock.advance(advanceMs);
      void engine.resume();
    });
    // The channel to them would keep the process alive.
    undo.defer(() => {
      if (process.connected) process.disconnect();
    });
  }
  const { port } = server.address() as AddressInfo;
  const running = undo.move();
  return { url: `http://${env.host}:${port}`, close: () => running.disposeAsync() };
}

/** The public surface: webhooks and a health check, nothing else (threats.md, T22). */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  webhooks: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): void {
  const [pathname] = (request.url ?? '/').split('?', 1);
  if (pathname === '/webhooks') return void webhooks(request, response);
  const healthy = pathname === '/healthz' && request.method === 'GET';
  response.writeHead(healthy ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(healthy ? 'ok\n' : 'Not found.\n');
}
