import { expect, onTestFinished, test } from 'vitest';
import { GitHubError } from '../../src/github/github-error.ts';
import { onEvent } from '../../src/intake/on-event.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';
import type { Fact } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import { name, testPace, testWorld } from '../github/world.ts';

/** A run on the issue of a stranger, and people who speak to it. */
async function conversation({ isLocked = false } = {}) {
  let at = Date.parse('2026-01-05T10:00:00Z');
  const world = await testWorld(testPace, () => new Date(at));
  const store = await openStore({ path: ':memory:' });
  onTestFinished(async () => {
    await store.close();
    await world[Symbol.asyncDispose]();
  });
  const { local } = world;
  local.setRole(name, 'eve', 'read');
  const { number: issue } = await local.as('eve', name).createIssue({ title: 'One' });
  const start: Fact = {
    ...{ fact: 'saw', at, what: 'start', base: 'b', policy: defaultPolicy, asked: { by: 'label', at } },
    issue: await store.putArtifact('issue', {}),
  };
  const { id: repoId, installationId } = world.repository.ref;
  await store.createRun({
    ...{ owner: name.owner, repo: name.name, repoId, installationId, issue },
    begin: { facts: [start], artifacts: [], derived: deriveState([start]) },
  });
  const asked = { roles: 0, reactions: 0 };
  const refuse = () => {
    const words = 'Unable to create comment because issue is locked.';
    throw new GitHubError({ kind: 'forbidden', status: 403, words, cause: undefined });
  };
  const repository: typeof world.repository = {
    ...world.repository,
    roleOf(login) {
      asked.roles += 1;
      return world.repository.roleOf(login);
    },
    reactions: {
      ...world.repository.reactions,
      async add(...reaction) {
        asked.reactions += 1;
        return isLocked ? refuse() : world.repository.reactions.add(...reaction);
      },
    },
    comments: isLocked
      ? { ...world.repository.comments, create: async () => refuse() }
      : world.repository.comments,
  };
  const facts = async () => store.facts((await store.latestRun(repoId, issue))!.id);
  const engine = {
    refresh: async () => true,
    async say(id: string, said: object) {
      const before = await store.facts(id);
      const fact = { fact: 'said', at, ...said } as Fact;
      const derived = deriveState([...before, fact]);
      return (await store.append(id, { expected: before.length, facts: [fact], artifacts: [], derived })).ok;
    },
  };
  const ports = { engine, store, repository: () => repository, now: () => at, log: { info: () => {} } };
  return {
    asked,
    /** What became a fact of what was said. */
    verbs: async () => (await facts()).flatMap((fact) => (fact.fact === 'said' ? [fact.verb] : [])),
    /** Somebody comments; unless the webhook is lost, it is acted on. */
    async say(login: string, body: string, { isLost = false } = {}): Promise<void> {
      at += 60_000;
      await local.as(login, name).comment(issue, body);
      if (isLost) return;
      const common = { defaultBranch: 'main', installationId, since: at, label: 'auto-build' };
      const { news } = await world.repository.news({ ...common, live: [], versions: {} });
      const { name: event, payload } = news.at(-1)!;
      const parsed = parseEvent(event, payload);
      if ('ignored' in parsed) throw new Error(parsed.ignored);
      await onEvent(parsed, ports as never);
    },
  };
}

test('what was lost on the way is heard before what is said after it', async () => {
  const { say, verbs } = await conversation();
  await say('mona', '/pause', { isLost: true });
  await say('eve', '/cancel', { isLost: true });
  await say('mona', '/status');
  expect(await verbs()).toEqual([]);
  await say('mona', '/resume');
  expect(await verbs()).toEqual(['pause', 'resume']);
});

test('a stranger who asks for the status of their own issue is answered once for each time', async () => {
  const { say, asked, verbs } = await conversation();
  for (let time = 0; time < 10; time += 1) await say('eve', '/status');
  expect(asked).toEqual({ roles: 10, reactions: 10 });
  await say('mona', '/pause');
  expect(asked).toEqual({ roles: 11, reactions: 11 });
  expect(await verbs()).toEqual(['pause']);
});

test('what strangers say has one role asked for, nothing else looked up, and no answer', async () => {
  const { say, asked, verbs } = await conversation();
  for (let time = 0; time < 10; time += 1) await say('eve', '/approve');
  expect(asked).toEqual({ roles: 10, reactions: 0 });
  // Heard again with what somebody says who may: each of the two is asked about once.
  await say('mona', '/pause');
  expect(asked).toEqual({ roles: 12, reactions: 1 });
  expect(await verbs()).toEqual(['pause']);
});

test('on a locked issue, where nothing can be answered, commands are obeyed', async () => {
  const { say, verbs } = await conversation({ isLocked: true });
  await say('mona', '/help');
  await say('mona', '/pause');
  expect(await verbs()).toEqual(['pause']);
});
