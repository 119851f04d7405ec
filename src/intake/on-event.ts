import { requiredChecks } from '../phases/delivery/required-checks.ts';
import { decide } from '../run/decide.ts';
import type { Seen } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import type { Event, Repo } from './event.ts';
import { type EventPorts, type IssueChanged, type Of, refOf } from './event-ports.ts';
import { onInstallation, onRepository } from './on-installation.ts';
import { lookAtQueue, pullOfGroup } from './on-queue.ts';
import { runOfPull } from './on-review.ts';
import { onSpoken } from './spoken.ts';
import { issueNow, startByLabel } from './start-run.ts';

/**
 * What an event means for runs. Events are hints: who may do what, and what is at the tip of a branch, is asked of
 * GitHub here; a delivery that comes twice changes nothing the second time.
 */
export async function onEvent(event: Event, ports: EventPorts): Promise<void> {
  switch (event.type) {
    case 'issue-labeled': {
      return startByLabel(event, ports);
    }
    case 'issue-unlabeled':
      return seeUnlabeled(event, ports);
    case 'issue-closed':
      return seeClosedIssue(event, ports);
    case 'issue-deleted':
      return seeIssue(event.repo, event.issue.number, { what: 'issue', state: 'deleted' }, ports);
    case 'issue-transferred':
      return seeIssue(event.repo, event.issue.number, { what: 'issue', state: 'transferred' }, ports);
    case 'comment-created':
      return onSpoken(event, ports);
    case 'pull-request-closed':
      return seePull(event, ports);
    case 'pull-request-synchronized':
      return seeSynchronized(event, ports);
    case 'review-submitted':
      return onSpoken(event, ports);
    case 'check-completed':
      return seeChecks(event, ports);
    case 'pull-request-dequeued':
      return lookAtQueue(event, event.pull.number, ports);
    case 'pushed': {
      const queued = pullOfGroup(event.ref);
      return queued === undefined ? undefined : lookAtQueue(event, queued, ports);
    }
    case 'issue-edited':
    case 'issue-reopened':
    case 'pull-request-reopened':
      return;
    case 'repository-changed':
      return onRepository(event, ports);
    case 'installation-changed':
    case 'installation-repositories':
      return onInstallation(event, ports);
  }
}

async function seeUnlabeled(event: Of<'issue-unlabeled'>, ports: EventPorts): Promise<void> {
  const run = await ports.store.liveRun(event.repo.id, event.issue.number);
  if (!run) return;
  const { policy, asked } = readHistory(await ports.store.facts(run.id));
  if (policy.label !== event.label.name || event.issue.updatedAt < asked.at) return;
  const now = await issueNow(ports.repository(refOf(event)), event.issue.number);
  // Somebody has put it back already.
  if (now?.labels.includes(policy.label)) return;
  await ports.engine.see(run.id, { what: 'issue', state: 'unlabeled' });
}

async function seeIssue(repo: Repo, issue: number, seen: Seen, ports: EventPorts): Promise<void> {
  const run = await ports.store.liveRun(repo.id, issue);
  if (run) await ports.engine.see(run.id, seen);
}

/** Our own merge closes the issue too: the merge says so by itself, and better. */
async function seeClosedIssue(event: IssueChanged, ports: EventPorts): Promise<void> {
  await ports.engine.lookAgain(event.repo.id, 'blocked', `#${event.issue.number} was closed.`);
  if (event.sender.login === (await ports.self())) return;
  const run = await ports.store.liveRun(event.repo.id, event.issue.number);
  if (!run) return;
  const repository = ports.repository(refOf(event));
  if ((await issueNow(repository, run.issue))?.state === 'open') return;
  if (run.pullRequest !== undefined) {
    const pull = await repository.pullRequests.get(run.pullRequest);
    if (pull.state === 'merged') {
      await ports.engine.see(run.id, {
        what: 'pull-request',
        number: pull.number,
        state: 'merged',
        head: pull.head.sha,
      });
      return;
    }
  }
  await ports.engine.see(run.id, { what: 'issue', state: 'closed' });
}

async function seePull(event: Of<'pull-request-closed'>, ports: EventPorts): Promise<void> {
  await ports.engine.lookAgain(
    event.repo.id,
    'queue',
    `#${event.pull.number} was ${event.merged ? 'merged' : 'closed'}.`,
  );
  if (event.sender.login === (await ports.self())) {
    // What a queue merges, it merges in the name of whoever put it there: nobody has recorded that yet.
    return lookAtQueue(event, event.pull.number, ports);
  }
  const run = await runOfPull(event, ports);
  if (!run) return;
  const {
    number,
    state: now,
    head,
  } = await ports.repository(refOf(event)).pullRequests.get(event.pull.number);
  // Reopened already.
  if (now === 'open') return;
  await ports.engine.see(run.id, { what: 'pull-request', number, state: now, head: head.sha });
}

async function seeSynchronized(event: Of<'pull-request-synchronized'>, ports: EventPorts): Promise<void> {
  const run = await runOfPull(event, ports);
  if (!run || event.sender.login === (await ports.self())) return;
  const { number, head } = await ports.repository(refOf(event)).pullRequests.get(event.pull.number);
  const { newest, foreignCommit } = readHistory(await ports.store.facts(run.id));
  if (head.sha === (foreignCommit ?? newest.delivery?.result.head)) return;
  await ports.engine.see(run.id, { what: 'pull-request', number, state: 'foreign-commit', head: head.sha });
}

/** The check may be the one that a run waits for; what counts is how all of them stand. */
async function seeChecks(event: Of<'check-completed'>, ports: EventPorts): Promise<void> {
  const { head } = event.check;
  const live = (await ports.store.runsNotTerminal()).filter((run) => run.repoId === event.repo.id);
  for (const run of live) {
    const facts = await ports.store.facts(run.id);
    const { newest, policy } = readHistory(facts);
    const decision = decide(facts);
    if (newest.delivery?.result.head !== head || decision.do !== 'wait' || decision.reason !== 'checks')
      continue;
    const asked = { branch: policy.baseBranch, head, named: policy.requiredChecks };
    const checks = await requiredChecks(ports.repository(refOf(event)), asked);
    await ports.engine.see(run.id, { what: 'checks', head, ...checks });
  }
}
