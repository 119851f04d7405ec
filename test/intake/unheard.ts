import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createApp } from '../../src/github/app.ts';
import { createIntake } from '../../src/intake/intake.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';
import { createRefresh } from '../../src/intake/refresh.ts';
import type { Fact, Seen } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import { client, name, testWorld } from '../github/world.ts';

/** A server that hears of nothing unless it looks, and what it came to hear of. */
export async function unheard({ webhooks = false } = {}) {
  const world = await testWorld();
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-refresh-'));
  const store = await openStore({ path: path.join(folder, 'db.sqlite') });
  const heard: string[] = [];
  const told: string[] = [];
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const act = async (event: string, payload: unknown) => {
    const parsed = parseEvent(event, payload);
    heard.push('ignored' in parsed ? `ignored: ${parsed.ignored}` : `${parsed.type} by ${sender(parsed)}`);
  };
  const intake = createIntake({
    store,
    secret: 'a secret for tests',
    receive: ({ name: event, payload }) => act(event, payload),
    log: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields) => heard.push(JSON.stringify(fields)),
    },
  });
  intake.start();
  const server = createServer(intake.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await intake.close();
    await store.close();
    await world[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const app = createApp(client(world.local.apiUrl));
  const refresh = () =>
    createRefresh({
      store,
      intake,
      act,
      installations: app.installations,
      allowed: () => true,
      label: async () => 'auto-build',
      failed: webhooks ? { since: app.failedDeliveries, payload: app.payloadOf } : undefined,
      repository: world.github.repository,
      engine: {
        see: async (id: string, seen: Seen) => {
          told.push([seen.what, 'state' in seen ? seen.state : ''].join(' '));
          return append(id, seen);
        },
      } as never,
      moved: async (to) => {
        told.push(`moved to ${to.owner}/${to.name}`);
        await store.repositoryMoved(to);
      },
      now,
      log: { info: () => {}, warn: ({ err }: { err?: unknown }) => heard.push(String(err)) },
    });
  let current = refresh();

  async function append(id: string, seen: Seen): Promise<boolean> {
    const facts = await store.facts(id);
    const fact: Fact = { fact: 'saw', at: now(), ...seen };
    const derived = deriveState([...facts, fact]);
    return (await store.append(id, { expected: facts.length, facts: [fact], artifacts: [], derived })).ok;
  }

  return {
    world,
    local: world.local,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    /** What one look brings. */
    async look(): Promise<string[]> {
      heard.length = 0;
      await current(new AbortController().signal);
      await intake.idle();
      return [...heard];
    },
    /** How many requests counted against the hourly limits while something was done. */
    async requests(work: () => Promise<unknown>): Promise<{ app: number; installation: number }> {
      const before = world.local.requestsCounted();
      await work();
      const after = world.local.requestsCounted();
      const of = (kind: string) =>
        Object.entries(after).reduce(
          (sum, [payer, used]) => sum + (payer.startsWith(kind) ? used - (before[payer] ?? 0) : 0),
          0,
        );
      return { app: of('app'), installation: of('installation') };
    },
    restart() {
      current = refresh();
    },
    advance(ms: number) {
      aheadMs += ms;
    },
    /** What runs were told directly. */
    told: () => told,
    /** A run that waits; with `head`, for people who look at its pull request. */
    async run(of: {
      issue: number;
      pullRequest?: number;
      head?: string;
      /** Why it waits in preflight, and what the text of the issue says. */
      waits?: { cause: 'blocked' | 'queued'; body: string };
    }) {
      const { ref } = world.repository;
      const frozen = {
        ...{ number: of.issue, title: 'One', body: of.waits?.body ?? '', author: 'mona', startedBy: 'mona' },
        ...{ url: '', removed: [] },
      };
      const issue = await store.putArtifact('issue', frozen);
      const start: Fact = {
        fact: 'saw',
        at: now(),
        what: 'start',
        issue,
        base: 'b',
        policy: defaultPolicy,
      };
      const facts: Fact[] = [start];
      const made = {
        fact: 'made' as const,
        at: now(),
        inputs: [],
        hash: await store.putArtifact('delivery', {}),
        cost: { ms: 0, usd: 0 },
      };
      if (of.waits) {
        const result = { pass: false as const, cause: of.waits.cause, words: '' };
        facts.push({ ...made, phase: 'preflight', kind: 'preflight', round: { issue: 1 }, result });
      }
      if (of.head) {
        facts.push({
          ...made,
          phase: 'deliver',
          kind: 'delivery',
          round: { candidate: 1, base: 1 },
          result: { pass: true, route: 'review', head: of.head, pullRequest: of.pullRequest ?? 0 },
        });
      }
      const derived = { ...deriveState(facts), pullRequest: of.pullRequest };
      await store.createRun({
        ...name,
        repo: name.name,
        repoId: ref.id,
        installationId: ref.installationId,
        issue: of.issue,
        begin: { facts, artifacts: [], derived },
      });
    },
  };
}

const sender = (event: object): string =>
  'comment' in event
    ? (event.comment as { author: { login: string } }).author.login
    : (event as { sender: { login: string } }).sender.login;
