import { requiredChecks } from '../phases/required-checks.ts';
import { decide } from '../run/decide.ts';
import type { Seen } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import { issueOfBranch } from '../text/branch.ts';
import type { Event, Repo } from './event.ts';
import { type EventPorts, type IssueChanged, type Of, permission, refOf } from './event-ports.ts';
import { onCommand } from './on-command.ts';
import { onInstallation } from './on-installation.ts';
import { startByLabel } from './start-run.ts';

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
      return onCommand(event, ports);
    case 'pull-request-closed':
      return seePull(event, event.merged ? 'merged' : 'closed', ports);
    case 'pull-request-synchronized':
      return seeSynchronized(event, ports);
    case 'review-submitted':
      return seeReview(event, ports);
    case 'check-completed':
      return seeChecks(event, ports);
    case 'pushed':
    case 'issue-edited':
    case 'issue-reopened':
    case 'pull-request-reopened':
    case 'repository-changed':
      return;
    case 'installation-changed':
    case 'installation-repositories':
      return onInstallation(event, ports);
  }
}

async function seeUnlabeled(event: Of<'issue-unlabeled'>, ports: EventPorts): Promise<void> {
  const run = await ports.store.liveRun(event.repo.id, event.issue.number);
  if (!run) return;
  const start = (await ports.store.facts(run.id)).find(
    (fact) => fact.fact === 'saw' && fact.what === 'start',
  );
  const label = start?.fact === 'saw' && start.what === 'start' ? start.policy.label : undefined;
  if (label === event.label.name) await ports.engine.see(run.id, { what: 'issue', state: 'unlabeled' });
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
  if (run.pullRequest !== undefined) {
    const pull = await ports.repository(refOf(event)).pullRequests.get(run.pullRequest);
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

async function runOfPull(
  event: { repo: Repo; pull: { number: number } },
  ports: EventPorts,
  issue: number | undefined,
) {
  const run = issue === undefined ? undefined : await ports.store.liveRun(event.repo.id, issue);
  return run?.pullRequest === event.pull.number ? run : undefined;
}

async function seePull(event: Of<'pull-request-closed'>, state: 'merged' | 'closed', ports: EventPorts) {
  await ports.engine.lookAgain(event.repo.id, 'queue', `#${event.pull.number} was ${state}.`);
  if (event.sender.login === (await ports.self())) return;
  const run = await runOfPull(event, ports, issueOf(event));
  if (!run) return;
  await ports.engine.see(run.id, {
    what: 'pull-request',
    number: event.pull.number,
    state,
    head: event.pull.head.sha,
  });
}

async function seeSynchronized(event: Of<'pull-request-synchronized'>, ports: EventPorts): Promise<void> {
  const run = await runOfPull(event, ports, issueOf(event));
  if (!run || event.sender.login === (await ports.self())) return;
  const head = event.pull.head.sha;
  await ports.engine.see(run.id, {
    what: 'pull-request',
    number: event.pull.number,
    state: 'foreign-commit',
    head,
  });
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

async function seeReview(event: Of<'review-submitted'>, ports: EventPorts): Promise<void> {
  const { id, state, author, head, body } = event.review;
  if (state !== 'approved' && state !== 'changes_requested') return;
  const run = await runOfPull(event, ports, issueOf(event));
  if (!run) return;
  const verb = state === 'approved' ? 'approve' : 'reject';
  const may = await permission(verb, author, '', ports.repository(refOf(event)));
  if (!may.allowed) return;
  // Inline comments come with the review that they were batched in: one rejection, not many.
  const inline =
    state === 'changes_requested'
      ? await ports.repository(refOf(event)).pullRequests.reviewComments(event.pull.number, id)
      : [];
  await ports.engine.see(run.id, {
    what: 'review',
    source: `review:${id}`,
    head,
    who: author.login,
    state: state === 'approved' ? 'approved' : 'changes-requested',
    text: [body, ...inline].filter(Boolean).join('\n'),
  });
}

/** Ours are called `auto-build/<issue>-…`. */
function issueOf(event: { pull: { head: { ref: string } } }): number | undefined {
  return issueOfBranch(event.pull.head.ref);
}
