import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { createIntake } from '../../src/intake/intake.ts';
import { onEvent } from '../../src/intake/on-event.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';
import { createRefresh } from '../../src/intake/refresh.ts';
import { hashOf } from '../../src/run/artifacts.ts';
import { decideFrom } from '../../src/run/decide.ts';
import type { Fact } from '../../src/run/facts.ts';
import { readHistory } from '../../src/run/heads.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { name } from '../github/world.ts';
import { type Deed, type Past, pastOf, type Told } from './past.ts';
import { swiftEngine } from './swift.ts';

/** One rejection, and people take over: where a run ends must not depend on how fast builders are. */
const policy = {
  ...defaultPolicy,
  budgets: { ...defaultPolicy.budgets, rejections: 0 },
};

const label: Deed = (local, { issue }) => local.as('mona', name).addLabel(issue, 'auto-build');
const unlabel: Deed = (local, { issue }) => local.as('mona', name).removeLabel(issue, 'auto-build');
const edit: Deed = (local, { issue }) => local.as('mona', name).editIssue(issue, { body: 'another' });
const close: Deed = (local, { issue }) => local.as('mona', name).closeIssue(issue);
const reopen: Deed = (local, { issue }) => local.as('mona', name).reopenIssue(issue);
const push: Deed = (local, { branch }) =>
  local.as('jules', name).push({ branch, files: { 'b.txt': 'b' }, message: 'b' });
const closePull: Deed = (local, { pull }) => local.as('mona', name).closePullRequest(pull);
const mergePull: Deed = (local, { pull }) => local.as('mona', name).mergePullRequest(pull);
const deleteBranch: Deed = (local, { branch }) => local.as('mona', name).deleteBranch(branch);
const approval: Deed = (local, { pull }) => local.as('jules', name).review(pull, { state: 'approve' });
const changes: Deed = (local, { pull }) =>
  local.as('jules', name).review(pull, { state: 'request_changes', body: 'No.' });
const say = (body: string): Deed => {
  return (local, { issue, pull }) =>
    local.as('mona', name).comment(body.startsWith('/approve') ? pull : issue, body);
};

/** What people did, one after the other, and how a run must end that hears of it only when all is over. */
const histories: [string, Deed[], string][] = [
  ['approved', [edit, label, say('/approve'), say('/status'), say('/help')], 'succeeded: merged'],
  ['approved, and closed after', [edit, label, say('/approve'), say('/status'), close], 'no run'],
  ['closed, and opened again', [edit, label, close, reopen, say('/approve')], 'succeeded: merged'],
  [
    'paused',
    [label, say('/pause'), say('/resume'), say('/pause'), say('/approve')],
    'waiting_approval: paused',
  ],
  [
    'rejected',
    [label, say('/pause'), say('/resume'), say('/reject no'), say('/approve')],
    'failed: handed_over',
  ],
  ['changes asked for', [edit, label, changes, approval, say('/approve')], 'failed: handed_over'],
  [
    'pushed to by a person',
    [edit, label, push, approval, say('/approve')],
    'waiting_approval: foreign-commit',
  ],
  ['label off and on', [edit, label, unlabel, label, say('/status')], 'waiting_approval: human-review'],
  ['label off', [edit, label, approval, say('/approve'), unlabel], 'no run'],
  ['merged by a person', [label, approval, mergePull, deleteBranch, say('/cancel')], 'no run'],
  ['not merged', [label, say('/pause'), say('/budget +2'), closePull, say('/resume')], 'canceled: closed'],
];

/** The same, of a run that was started by the first in time and waits for people. */
const begun: [string, Deed[], string][] = [
  [
    'approved and closed',
    [label, edit, approval, say('/approve'), close, say('/status')],
    'canceled: closed',
  ],
  ['label off', [label, edit, say('/pause'), say('/resume'), approval, unlabel], 'canceled: closed'],
  [
    'merged by a person',
    [label, edit, approval, mergePull, deleteBranch, say('/status')],
    'succeeded: merged',
  ],
  [
    'pushed to',
    [label, push, approval, say('/approve'), say('/status'), edit],
    'waiting_approval: foreign-commit',
  ],
];

/** All of them take four minutes, of which CI has not so many: it plays every fourth, and the unit tests a sample. */
const oneOf = (project: string | undefined) => (project !== 'slow' ? 47 : process.env.CI ? 4 : 1);

test.for(histories)(
  '%s: the same in every order, each told three times or lost',
  async ([, deeds, end], { task }) => {
    await using past = await pastOf(deeds);
    expect(await endings(past, past.told, oneOf(task.file.projectName))).toEqual(new Set([end]));
  },
);

test.for(begun)('%s, of a run at work: the same in every order', async ([, deeds, end], { task }) => {
  await using past = await pastOf(deeds);
  const [first, ...told] = past.told;
  expect(await endings(past, told, oneOf(task.file.projectName), first)).toEqual(new Set([end]));
});

/** All ways in which a run ends. */
async function endings(past: Past, told: Told[][], step: number, inTime?: Told[]): Promise<Set<string>> {
  const store = await openStore({ path: ':memory:' });
  const orders = ordersOf(told.length);
  // 1 + 5 + 5·4 + 5·4·3 + 5! + 5!: every order of every part of five things.
  expect(orders).toHaveLength(326);
  const ends = new Set<string>();
  for (const order of orders.filter((_, at) => at % step === 0)) {
    // Thrice, one after the other and all of it again, each with a delivery id of its own.
    const late = [order, order, order].flat().flatMap((at) => told[at]!);
    ends.add(await endOf({ late, inTime }, past, store));
  }
  await store.close();
  return ends;
}

/** Every order of every part of so many things. */
function ordersOf(length: number): number[][] {
  const all = Array.from({ length }, (_, at) => at);
  const orders = (left: number[]): number[][] => [
    [],
    ...left.flatMap((first) => orders(left.filter((each) => each !== first)).map((rest) => [first, ...rest])),
  ];
  return orders(all);
}

/** How a run ends that hears of the past in this way, and then refreshes once. */
async function endOf(
  { late, inTime }: { late: readonly Told[]; inTime: readonly Told[] | undefined },
  past: Past,
  store: Store,
): Promise<string> {
  const engine = swiftEngine(store, past);
  const now = () => past.deliveredAt;
  const repository = () => past.repository;
  const log = { debug: () => {}, info: () => {}, warn: fail, error: fail };
  const moved = async () => {};
  const ports = { engine, store, repository, policy: async () => policy, now, moved, log };
  const act = async (event: string, payload: unknown) => {
    const parsed = parseEvent(event, payload);
    if ('ignored' in parsed) return;
    await onEvent(parsed, { ...ports, purge: moved, self: async () => 'auto-build[bot]' });
    await engine.idle();
  };
  const receive = (each: { name: string; payload: unknown }) => act(each.name, each.payload);
  const troubles: unknown[] = [];
  const quiet = {
    ...log,
    warn: (fields: object) => troubles.push(fields),
    error: (fields: object) => troubles.push(fields),
  };
  const intake = createIntake({ store, secret: 'a secret for tests', receive, log: quiet, retryWaits: [] });
  intake.start();
  if (inTime) await startOf(inTime, engine, past);
  for (const { name: event, payload } of late) {
    await intake.offer({ id: randomUUID(), name: event, payload });
  }
  // All are of one repository: one is done with before the next begins.
  await intake.idle();
  expect(troubles).toEqual([]);
  const installations = async () => past.installations;
  const refresh = createRefresh({
    ...ports,
    intake,
    act,
    installations,
    allowed: () => true,
    label: async () => policy.label,
    failed: undefined,
  });
  const start = await store.latestRun(past.ref.id, past.issue);
  // Of a pull request nobody can speak before the label that led to it was found: that is a refresh of its own.
  for (let turn = start ? 1 : 0; turn < 2; turn += 1) {
    await refresh(new AbortController().signal);
    await engine.idle();
  }
  const run = await store.latestRun(past.ref.id, past.issue);
  const labels = past.told
    .flat()
    .filter(({ payload }) => 'action' in payload && payload.action === 'labeled');
  expect((await store.runsOfIssue(past.ref.id, past.issue)).length).toBeLessThanOrEqual(labels.length);
  const decision = run && decideFrom(readHistory(await store.facts(run.id)));
  await Promise.all([intake.close(), engine.close()]);
  await store.retention.purge({ installationId: past.ref.installationId, repoIds: [past.ref.id] });
  return run ? `${run.state}: ${decision?.do === 'wait' ? decision.reason : run.outcome}` : 'no run';
}

/** As a label does that is heard of before anything else happens. */
async function startOf([told]: readonly Told[], engine: Engine, past: Past): Promise<void> {
  const event = parseEvent(told?.name ?? '', told?.payload);
  if ('ignored' in event || event.type !== 'issue-labeled')
    throw new Error('the first deed is to be a label');
  const { owner, name: repo, id: repoId, installationId } = past.ref;
  const start: Fact = {
    fact: 'saw',
    at: past.deliveredAt,
    what: 'start',
    issue: hashOf({}),
    base: past.base,
    policy,
    asked: { by: 'label', at: event.issue.updatedAt },
  };
  const derived = { ...deriveState([start]), branch: `auto-build/${past.issue}-one` };
  const begin = { facts: [start], artifacts: [], derived };
  await engine.start({ owner, repo, repoId, installationId, issue: past.issue, title: 'One', begin });
  await engine.idle();
}

function fail(fields: object, words: string): void {
  throw new Error(words, { cause: 'err' in fields ? fields.err : fields });
}
