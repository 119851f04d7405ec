import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Logger, pino } from 'pino';
import { Probot } from 'probot';
import { effectiveConfig, strictestPolicy } from './config/effective.ts';
import { type Env, readEnv } from './config/env.ts';
import { repoConfigFile } from './config/repo-settings.ts';
import { createClock } from './engine/clock.ts';
import { createOperatorHold, releaseHeld } from './engine/operator-hold.ts';
import { createOwnership } from './engine/ownership.ts';
import { startPeriodic, type Task } from './engine/periodic.ts';
import { removeMirror, renameMirror } from './git/mirrors.ts';
import { createGitHub } from './github/github.ts';
import { appOctokit } from './github/octokit.ts';
import { gitHubPace, localPace } from './github/pace.ts';
import type { EventPorts } from './intake/event-ports.ts';
import { createIntake } from './intake/intake.ts';
import { databaseIn, lockIn } from './store/files.ts';
import { openStore } from './store/open.ts';
import { acquireProcessLock } from './store/process-lock.ts';
import type { Store } from './store/store.ts';
import { wireEngine } from './wire-engine.ts';
import { wireActing, wireRefresh } from './wire-refresh.ts';

/** The composition root: this file and the wire-*.ts beside it are the only places that wire doors to rooms. */

/** How soon a lifted kill switch or a new day is noticed. */
const holdCheckMs = 5_000;
/** How soon room that was made on a full disk is noticed. */
const storageCheckMs = 5_000;
/** How soon a process that was succeeded while it was stopped finds out, if it has nothing to write. */
const lockCheckMs = 1_000;
/** An engine may finish a container after whoever ordered it has died, and its successor has swept. */
const sweepMs = 30_000;
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
  const lock = acquireProcessLock(lockIn(env.dataDir));
  undo.defer(() => lock.release());
  const database = databaseIn(env.dataDir);
  const pace = mode === 'offline' ? localPace : gitHubPace;
  const ownership = createOwnership({
    isHeld: lock.isHeld,
    waitOutMs: lock.isNew && existsSync(database) ? pace.requestMs : 0,
    end() {
      log.fatal(
        `auto-build.lock was deleted or replaced: another process may work on ${env.dataDir} by now.`,
      );
      process.exit(1);
    },
  });
  const store = await openStore({ path: database });
  undo.defer(() => store.close());
  const probot = new Probot({
    appId: env.appId,
    privateKey: env.privateKey.reveal(),
    secret: env.webhookSecret.reveal(),
    baseUrl: env.github.apiUrl,
    Octokit: appOctokit(),
    log: log.child({ name: 'probot' }, { level: 'warn' }),
  });
  const github = createGitHub({
    app: () => probot.auth(),
    pace,
    mayWrite: ownership.confirm,
  });
  const clock = createClock();
  const hold = createOperatorHold({ stop: env.stop, usdPerDay: env.usdPerDay, store, clock });
  const { engine, sweep } = await wireEngine(env, log, store, github, clock, hold, ownership);
  undo.defer(() => engine.close());

  const mirrorsDir = path.join(env.dataDir, 'mirrors');
  const policy: EventPorts['policy'] = async (repository, branch, commit) => {
    const config = effectiveConfig({
      repository: await repository.readFile(repoConfigFile, commit),
      organisation: await repository.ownerFile(repoConfigFile),
      operator: env.limits,
    });
    // A mistake in a file is preflight's to tell; until then the strictest reading holds.
    return 'errors' in config ? strictestPolicy(branch, env.limits) : config.policy(branch);
  };
  const ports: EventPorts = {
    engine,
    store,
    repository: github.repository,
    policy,
    now: clock.now,
    purge: async (of) => {
      for (const { owner, name } of await store.retention.purge(of)) {
        await removeMirror(mirrorsDir, `${owner}/${name}`);
      }
    },
    async moved(to) {
      const before = (await store.repositories()).filter(({ id }) => id === to.id);
      await store.repositoryMoved(to);
      for (const { owner, name } of before) {
        await renameMirror(mirrorsDir, `${owner}/${name}`, `${to.owner}/${to.name}`);
      }
      await engine.beginAgain(to.id, 'the repository has another name');
    },
    self: async () => `${await github.appSlug()}[bot]`,
    log,
  };
  const act = wireActing(env, ports);
  await probot.load((app) => {
    app.onAny(({ name, payload }) => act(name, payload));
  });
  const intake = createIntake({
    store,
    secret: env.webhookSecret.reveal(),
    receive: ({ id, name, payload }) => probot.receive({ id, name, payload } as never),
    log,
  });
  undo.defer(() => intake.close());

  const server = createServer((request, response) => answer(request, response, intake.handle, store.trouble));
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
  const leaveTrouble = async () => {
    if (store.trouble() === undefined) return;
    await store.tryAgain();
    log.info({}, 'The database can be written again; runs go on');
    intake.takeUp();
    await engine.resume();
  };
  const tasks: Task[] = [
    { name: 'Writing to the database', everyMs: storageCheckMs, run: leaveTrouble },
    { name: 'Letting runs go on', everyMs: holdCheckMs, run: () => releaseHeld(hold, store, engine) },
    { name: 'Looking after the lock', everyMs: lockCheckMs, run: async () => ownership.confirm() },
    { name: 'Removing what earlier lives left', everyMs: sweepMs, run: sweep },
  ];
  const { retentionDays } = env;
  if (retentionDays !== undefined) {
    const forget = () => store.retention.forgetBefore(clock.now() - retentionDays * dayMs);
    tasks.push({ name: 'Deleting what is old', everyMs: hourMs, run: forget });
  }
  tasks.push(wireRefresh(env, { log, store, probot, intake, ports, act }));
  const periodic = startPeriodic(tasks, { log, clock });
  undo.defer(() => periodic.close());
  if (mode === 'offline') {
    // Whoever rehearses lets hours pass at once; runs that wait look at their clocks again.
    process.on('message', (said) => {
      const { advanceMs } = said as { advanceMs?: number };
      if (typeof advanceMs !== 'number') return;
      clock.advance(advanceMs);
      periodic.wake();
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

/** The public surface: webhooks and a health check, nothing else. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  webhooks: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  trouble: Store['trouble'],
): void {
  const [pathname] = (request.url ?? '/').split('?', 1);
  if (pathname === '/webhooks') return void webhooks(request, response);
  const say = (status: number, words: string) => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${words}\n`);
  };
  const ill = trouble();
  if (pathname !== '/healthz' || request.method !== 'GET') say(404, 'Not found.');
  else if (ill) say(503, `${ill.words} ${ill.next}`);
  else say(200, 'ok');
}
