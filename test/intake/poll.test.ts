import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createIntake } from '../../src/intake/intake.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';
import { createPoll } from '../../src/intake/poll.ts';
import { openStore } from '../../src/store/open.ts';
import type { RunRow } from '../../src/store/store.ts';
import { name, testWorld } from '../github/world.ts';

/** A server that nobody can reach, and what it came to hear of. */
async function unreachable() {
  const world = await testWorld();
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-poll-'));
  const store = await openStore({ path: path.join(folder, 'db.sqlite') });
  const heard: string[] = [];
  const live: RunRow[] = [];
  const intake = createIntake({
    store,
    secret: 'a secret for tests',
    receive: async ({ name: event, payload }) => {
      const parsed = parseEvent(event, payload);
      heard.push('ignored' in parsed ? `ignored: ${parsed.ignored}` : `${parsed.type} by ${sender(parsed)}`);
    },
    log: { info: () => {}, warn: () => {}, error: (fields) => heard.push(JSON.stringify(fields)) },
  });
  intake.start();
  onTestFinished(async () => {
    await intake.close();
    await store.close();
    await world[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const { ref } = world.repository;
  const poll = () =>
    createPoll({
      repositories: async () => [{ ...ref, defaultBranch: 'main', archived: false }],
      label: async () => 'auto-build',
      news: (_, request) => world.repository.news(request),
      offer: intake.offer,
      store: { deliveries: store.deliveries, runsNotTerminal: async () => live },
      now: Date.now,
      log: { warn: ({ err }: { err?: unknown }) => heard.push(String(err)) },
    });
  return {
    ...world,
    store,
    live,
    poll,
    /** What one look brings. */
    async look(by = poll()): Promise<string[]> {
      heard.length = 0;
      await by(new AbortController().signal);
      await intake.idle();
      return [...heard];
    },
  };
}

const sender = (event: object): string =>
  'comment' in event
    ? (event.comment as { author: { login: string } }).author.login
    : (event as { sender: { login: string } }).sender.login;

test('labels and comments are heard of once, by whom they were made, and after a restart as well', async () => {
  const { local, look, poll } = await unreachable();
  const mona = local.as('mona', name);
  const { number } = await mona.createIssue({ title: 'One', body: 'text' });
  const same = poll();
  expect(await look(same)).toEqual([]);
  await mona.addLabel(number, 'bug');
  await mona.addLabel(number, 'auto-build');
  await local.as('jules', name).comment(number, '/status');
  expect(await look(same)).toEqual(['issue-labeled by mona', 'comment-created by jules']);
  expect(await look(same)).toEqual([]);
  expect(await look(poll())).toEqual([]);

  await mona.removeLabel(number, 'auto-build');
  // GitHub tells times to the second, and a label that comes back within one is the same event to us.
  await nextSecond();
  await mona.addLabel(number, 'auto-build');
  expect(await look(poll())).toEqual(['issue-labeled by mona']);
  expect(local.violations()).toEqual([]);
});

test('what becomes of the issue and the pull request of a run is heard of', async () => {
  const { local, look, live, repository } = await unreachable();
  const mona = local.as('mona', name);
  const { number: issue } = await mona.createIssue({ title: 'One', labels: ['auto-build'] });
  await mona.push({ branch: 'auto-build/1-one', files: { 'a.txt': 'a' }, message: 'a' });
  const { number: pullRequest } = await mona.createPullRequest({ title: 'P', head: 'auto-build/1-one' });
  live.push({ repoId: repository.ref.id, issue, pullRequest } as RunRow);
  await look();
  await mona.push({ branch: 'auto-build/1-one', files: { 'a.txt': 'b' }, message: 'b' });
  expect(await look()).toEqual(['pull-request-synchronized by ghost']);
  await mona.removeLabel(issue, 'auto-build');
  expect(await look()).toEqual(['issue-unlabeled by mona']);
  await mona.closePullRequest(pullRequest);
  await mona.closeIssue(issue);
  expect((await look()).toSorted()).toEqual(['issue-closed by mona', 'pull-request-closed by mona']);
  expect(await look()).toEqual([]);
});

const nextSecond = () => setTimeout(1_010 - (Date.now() % 1_000));
