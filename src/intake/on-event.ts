import type { Engine } from '../engine/engine.ts';
import type { Repository, RepositoryRef } from '../github/types.ts';
import { type FrozenIssue, hashOf } from '../run/artifacts.ts';
import type { Policy, Seen } from '../run/facts.ts';
import { deriveState } from '../run/state.ts';
import type { RunRow, Store } from '../store/store.ts';
import { branchName, issueOfBranch } from '../text/branch.ts';
import { cleanUntrusted } from '../text/untrusted.ts';
import { type Authorization, authorize } from './authorize.ts';
import { type CommandVerb, parseCommand } from './command.ts';
import type { Event, IssueSnapshot, Person, Repo } from './event.ts';

export interface EventPorts {
  engine: Pick<Engine, 'start' | 'say' | 'see'>;
  store: Pick<Store, 'liveRun' | 'latestRun' | 'facts' | 'run'>;
  repository(ref: RepositoryRef): Repository;
  /** What the repository's file at the base commit allows; a mistake in it is preflight's to tell. */
  policy(repository: Repository, branch: string, commit: string): Promise<Policy>;
  /** Login of the app itself: what it does is recorded by whoever does it, not heard of by webhook. */
  self(): Promise<string>;
  log: { info(fields: object, words: string): void };
}

/**
 * What an event means for runs. Events are hints: who may do what, and what is at the tip of a branch, is asked of
 * GitHub here; a delivery that comes twice changes nothing the second time.
 */
export async function onEvent(event: Event, ports: EventPorts): Promise<void> {
  switch (event.type) {
    case 'issue-labeled': {
      if (event.issue.state !== 'open') return;
      return start(event, event.sender, ports);
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
      return command(event, ports);
    case 'pull-request-closed':
      return seePull(event, event.merged ? 'merged' : 'closed', ports);
    case 'pull-request-synchronized':
      return seeSynchronized(event, ports);
    case 'review-submitted':
      return seeReview(event, ports);
    case 'check-completed':
    case 'pushed':
    case 'issue-edited':
    case 'issue-reopened':
    case 'pull-request-reopened':
    case 'repository-changed':
    case 'installation-changed':
    case 'installation-repositories':
      return;
  }
}

type IssueChanged = Extract<Event, { issue: IssueSnapshot }>;
type Of<T extends Event['type']> = Extract<Event, { type: T }>;

async function start(event: Of<'issue-labeled'>, starter: Person, ports: EventPorts): Promise<void> {
  const repository = ports.repository(refOf(event));
  const { owner, name, id, defaultBranch } = event.repo;
  const base = await repository.branchTip(defaultBranch);
  if (base === undefined) {
    ports.log.info({ issue: event.issue.number }, 'The repository is empty: nothing to start from');
    return;
  }
  const policy = await ports.policy(repository, defaultBranch, base);
  if (event.label.name !== policy.label) return;
  const may = await permission('label', starter, event.issue.author.login, repository);
  if (!may.allowed) {
    ports.log.info({ issue: event.issue.number, by: starter.login, why: may.why }, 'Label not obeyed');
    if (may.reply) {
      const body = `@${starter.login}, starting auto-build needs write access to this repository. Somebody who has it can put the label on again.`;
      await repository.comments.create(event.issue.number, body);
    }
    return;
  }
  const issue = freeze(event.issue, starter.login);
  const begin = {
    fact: 'saw' as const,
    at: Date.now(),
    what: 'start' as const,
    issue: hashOf(issue),
    base,
    policy,
  };
  await ports.engine.start({
    owner,
    repo: name,
    repoId: id,
    installationId: event.installationId,
    issue: event.issue.number,
    begin: {
      facts: [begin],
      artifacts: [{ kind: 'issue', body: issue }],
      derived: { ...deriveState([begin]), branch: branchName(event.issue.number, event.issue.title) },
    },
  });
}

/** The issue as it stood in the label event: what was hidden in it is kept for people and never shown to a model. */
function freeze(snapshot: Of<'issue-labeled'>['issue'], startedBy: string): FrozenIssue {
  const title = cleanUntrusted(snapshot.title);
  const body = cleanUntrusted(snapshot.body);
  return {
    number: snapshot.number,
    title: title.text,
    body: body.text,
    author: snapshot.author.login,
    startedBy,
    url: snapshot.url,
    removed: [...title.removed, ...body.removed],
  };
}

async function command(event: Of<'comment-created'>, ports: EventPorts): Promise<void> {
  const parsed = parseCommand(event.comment.body);
  if (!parsed) return;
  const run = await ports.store.liveRun(event.repo.id, event.issue.number);
  const verb = factVerb(parsed.verb);
  if (!run || !verb) return;
  const repository = ports.repository(refOf(event));
  const may = await permission(parsed.verb, event.comment.author, '', repository);
  if (!may.allowed) return;
  const bound = await shownTo(run, ports);
  const done = await ports.engine.say(run.id, {
    who: event.comment.author.login,
    verb,
    text: parsed.text,
    bound,
  });
  await repository.reactions.add({ comment: event.comment.id }, done ? '+1' : 'confused');
}

/** Verbs that a live run understands; the others are answered elsewhere or start a run. */
function factVerb(verb: CommandVerb) {
  return verb === 'auto-build' || verb === 'status' || verb === 'help' || verb === 'retry' ? undefined : verb;
}

/** What a person who looks at the run sees: an approval is bound to it and to nothing newer. */
async function shownTo(run: RunRow, ports: EventPorts): Promise<{ spec?: string; head?: string }> {
  const facts = await ports.store.facts(run.id);
  const delivery = facts.findLast((fact) => fact.fact === 'made' && fact.kind === 'delivery');
  if (delivery?.fact === 'made' && delivery.result.head) return { head: delivery.result.head };
  const spec = facts.findLast((fact) => fact.fact === 'made' && fact.kind === 'spec');
  return spec?.fact === 'made' ? { spec: spec.hash } : {};
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

async function seeReview(event: Of<'review-submitted'>, ports: EventPorts): Promise<void> {
  const { state, author, head, body } = event.review;
  if (state !== 'approved' && state !== 'changes_requested') return;
  const run = await runOfPull(event, ports, issueOf(event));
  if (!run) return;
  const verb = state === 'approved' ? 'approve' : 'reject';
  const may = await permission(verb, author, '', ports.repository(refOf(event)));
  if (!may.allowed) return;
  await ports.engine.see(run.id, {
    what: 'review',
    head,
    who: author.login,
    state: state === 'approved' ? 'approved' : 'changes-requested',
    text: body,
  });
}

/** Ours are called `auto-build/<issue>-…`. */
function issueOf(event: { pull: { head: { ref: string } } }): number | undefined {
  return issueOfBranch(event.pull.head.ref);
}

async function permission(
  action: CommandVerb | 'label',
  person: Person,
  issueAuthor: string,
  repository: Repository,
): Promise<Authorization> {
  const isBot = person.type !== 'User';
  if (isBot) return authorize(action, { roleName: 'none', isBot, isAuthor: false });
  const roleName = await repository.roleOf(person.login);
  return authorize(action, { roleName, isBot, isAuthor: person.login === issueAuthor });
}

function refOf(event: { repo: Repo; installationId: number }): RepositoryRef {
  const { owner, name, id } = event.repo;
  return { installationId: event.installationId, owner, name, id };
}
