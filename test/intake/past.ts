import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createApp, type Installation } from '../../src/github/app.ts';
import type { Repository, RepositoryRef } from '../../src/github/types.ts';
import { fieldsThatMatter } from '../../src/intake/fields.ts';
import { type LocalGitHub, startLocalGitHub } from '../../src/offline/github/local-github.ts';
import { client, door, keys, name } from '../github/world.ts';

/** What GitHub sent of something that happened, as it was then. */
export interface Told {
  name: string;
  payload: object;
}

/** Things that happened on GitHub and are over: what it told of each, and what can be read there now. */
export interface Past extends AsyncDisposable {
  issue: number;
  pull: { number: number; head: string };
  base: string;
  /** When the pull request was open and nobody had said anything yet. */
  deliveredAt: number;
  ref: RepositoryRef;
  /** For each deed the webhooks that it caused. */
  told: Told[][];
  /** Nothing happens any more, so GitHub is asked everything once; what is written goes nowhere. */
  repository: Repository;
  installations: Installation[];
}

export type Deed = (
  local: LocalGitHub,
  at: { issue: number; pull: number; branch: string },
) => Promise<unknown>;

const minuteMs = 60_000;

/** Has people do things, a minute apart, on a GitHub with an issue and a pull request that is made for it. */
export async function pastOf(deeds: readonly Deed[]): Promise<Past> {
  await using undo = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'auto-build-past-'));
  undo.defer(() => rm(dataDir, { recursive: true }));
  let now = Math.floor(Date.now() / minuteMs) * minuteMs - 60 * minuteMs;
  const local = await startLocalGitHub({
    dataDir,
    appId: 7,
    publicKey: keys.publicKey,
    webhookSecret: 'a secret for tests',
    clock: () => new Date(now),
    authClock: () => new Date(),
  });
  undo.defer(() => local.close());
  const listener = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  undo.defer(() => {
    listener.close();
    listener.closeAllConnections();
  });
  const folder = path.resolve(import.meta.dirname, '../../fixtures/repos/slugify');
  const { id, sha: base } = await local.createRepository({ ...name, source: { folder } });
  for (const login of ['mona', 'jules']) local.setRole(name, login, 'write');
  const mona = local.as('mona', name);
  const { number: issue } = await mona.createIssue({ title: 'One', body: 'text' });
  const branch = `auto-build/${issue}-one`;
  const { sha: head } = await mona.push({ branch, files: { 'a.txt': 'a' }, message: 'a' });
  const pull = await mona.createPullRequest({ title: 'One', head: branch, body: `Fixes #${issue}` });
  const deliveredAt = now;
  local.setWebhookTarget(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
  const told: Told[][] = [];
  for (const deed of deeds) {
    now += minuteMs;
    const before = local.deliveries().length;
    await deed(local, { issue, pull: pull.number, branch });
    await local.webhooksIdle();
    const sent = local.deliveries().slice(before);
    told.push(
      sent.map((each) => ({
        name: each.event,
        payload: fieldsThatMatter(JSON.parse(each.requestBody)) as object,
      })),
    );
  }
  const installations = await createApp(client(local.apiUrl)).installations();
  const ref = { ...name, id, installationId: installations[0]!.id };
  const running = undo.move();
  return {
    issue,
    pull: { number: pull.number, head },
    base,
    deliveredAt,
    ref,
    told,
    repository: remembered(door(local.apiUrl).repository(ref)),
    installations,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const writes = new Set(['add', 'create', 'update', 'closeIssue', 'merge']);

function remembered<T extends object>(real: T): T {
  const answers = new Map<string, unknown>();
  return new Proxy(real, {
    get(target, property: string) {
      const value = (target as Record<string, unknown>)[property];
      if (typeof value === 'object' && value !== null && property !== 'ref') {
        if (!answers.has(property)) answers.set(property, remembered(value));
        return answers.get(property);
      }
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (writes.has(property)) return Promise.resolve({ id: 1 });
        const key = JSON.stringify([property, args]);
        if (!answers.has(key)) answers.set(key, value.apply(target, args));
        return answers.get(key);
      };
    },
  });
}
