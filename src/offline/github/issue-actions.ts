import { validationFailed } from './errors.ts';
import { sendEvent, sendIssueEvent } from './events.ts';
import { type Host, touch } from './host.ts';
import { findLabel, findOrMakeLabel } from './repository-labels.ts';
import { commentJson, issueJson } from './shapes-issues.ts';
import type { Actor, Comment, Issue, IssueEvent, Reaction, ReactionContent, Repository } from './world.ts';
import { nextIssueNumber } from './world.ts';

/** What can be done to an issue or a pull request, by the app and by people alike, with its webhooks. */

export function recordEvent(host: Host, issue: Issue, event: Omit<IssueEvent, 'id' | 'createdAt'>): void {
  const createdAt = host.clock();
  issue.updatedAt = createdAt;
  issue.events.push({ id: host.world.nextId(), createdAt, ...event });
}

export function newIssue(
  host: Host,
  repo: Repository,
  { createdAt, ...input }: Pick<Issue, 'title' | 'body' | 'actor' | 'pull'> & { createdAt?: Date },
): Issue {
  const now = createdAt ?? host.clock();
  const issue: Issue = {
    id: host.world.nextId(),
    number: nextIssueNumber(repo),
    ...input,
    state: 'open',
    stateReason: null,
    labels: [],
    assignees: [],
    blockedBy: new Set(),
    createdAt: now,
    updatedAt: now,
    editedAt: null,
    edits: [],
    closedAt: null,
    closedBy: null,
    reactions: [],
    comments: [],
    events: [],
  };
  repo.issues.set(issue.number, issue);
  return issue;
}

export async function createIssue(
  host: Host,
  repo: Repository,
  actor: Actor,
  input: { title: string; body?: string | null; labels?: readonly string[] },
): Promise<Issue> {
  const title = requireTitle(input.title, 'Issue');
  const issue = newIssue(host, repo, { title, body: input.body ?? null, actor, pull: null });
  const labels = (input.labels ?? []).map((name) => findOrMakeLabel(host, repo, name));
  issue.labels = [...new Set(labels)];
  for (const label of issue.labels) recordEvent(host, issue, { event: 'labeled', actor, label });
  await sendIssueEvent(host, repo, issue, { action: 'opened', actor });
  for (const label of issue.labels)
    await sendIssueEvent(host, repo, issue, { action: 'labeled', actor, label });
  return issue;
}

export function requireTitle(title: string, resource: 'Issue' | 'PullRequest'): string {
  if (title.trim() === '') throw validationFailed({ resource, field: 'title', code: 'missing_field' });
  return title;
}

/** Changes title or body; GitHub sends `edited` with the old words. */
export async function editIssue(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: Issue,
  change: { title?: string; body?: string | null; base?: string },
): Promise<void> {
  const changes: Record<string, unknown> = {};
  if (change.title !== undefined && change.title !== issue.title) {
    changes.title = { from: issue.title };
    recordEvent(host, issue, { event: 'renamed', actor, rename: { from: issue.title, to: change.title } });
    issue.title = requireTitle(change.title, issue.pull ? 'PullRequest' : 'Issue');
  }
  if (change.body !== undefined && change.body !== issue.body) {
    changes.body = { from: issue.body ?? '' };
    issue.body = change.body;
    issue.editedAt = host.clock();
    issue.edits.push({ at: issue.editedAt, by: actor.account });
  }
  if (Object.keys(changes).length === 0) return;
  touch(host, issue);
  await sendIssueEvent(host, repo, issue, { action: 'edited', actor, changes });
}

export async function setIssueState(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: Issue,
  state: 'open' | 'closed',
  reason?: 'completed' | 'not_planned' | 'duplicate',
): Promise<void> {
  if (issue.state === state) return;
  issue.state = state;
  issue.closedAt = state === 'closed' ? host.clock() : null;
  issue.closedBy = state === 'closed' ? actor.account : null;
  if (!issue.pull) issue.stateReason = state === 'closed' ? (reason ?? 'completed') : 'reopened';
  recordEvent(host, issue, { event: state === 'closed' ? 'closed' : 'reopened', actor });
  await sendIssueEvent(host, repo, issue, { action: state === 'closed' ? 'closed' : 'reopened', actor });
}

/** Labels that the repository does not have are made; one webhook for each label that is new on the issue. */
export async function addLabels(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: Issue,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const label = findOrMakeLabel(host, repo, name);
    if (issue.labels.includes(label)) continue;
    issue.labels.push(label);
    recordEvent(host, issue, { event: 'labeled', actor, label });
    await sendIssueEvent(host, repo, issue, { action: 'labeled', actor, label });
  }
}

/** False when the issue does not have the label. */
export async function removeLabel(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: Issue,
  name: string,
): Promise<boolean> {
  const label = findLabel(repo, name);
  if (!label || !issue.labels.includes(label)) return false;
  issue.labels = issue.labels.filter((one) => one !== label);
  recordEvent(host, issue, { event: 'unlabeled', actor, label });
  await sendIssueEvent(host, repo, issue, { action: 'unlabeled', actor, label });
  return true;
}

export function createComment(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: Issue,
  body: string,
): Comment {
  const now = host.clock();
  requireBody(body);
  const comment: Comment = {
    id: host.world.nextId(),
    issueNumber: issue.number,
    actor,
    body,
    createdAt: now,
    updatedAt: now,
    reactions: [],
  };
  repo.comments.set(comment.id, comment);
  issue.comments.push(comment);
  touch(host, issue);
  sendCommentEvent(host, repo, actor, comment, { action: 'created' });
  return comment;
}

export function editComment(
  host: Host,
  repo: Repository,
  actor: Actor,
  comment: Comment,
  body: string,
): void {
  requireBody(body);
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = host.clock();
  sendCommentEvent(host, repo, actor, comment, { action: 'edited', changes: { body: { from } } });
}

function requireBody(body: string): void {
  if (body.trim() === '')
    throw validationFailed({ resource: 'IssueComment', field: 'body', code: 'missing_field' });
  if (body.length > 65_536) {
    const message = 'body is too long (maximum is 65536 characters)';
    throw validationFailed({ resource: 'IssueComment', field: 'body', code: 'custom', message });
  }
}

function sendCommentEvent(
  host: Host,
  repo: Repository,
  actor: Actor,
  comment: Comment,
  change: { action: 'created' | 'edited'; changes?: Record<string, unknown> },
): void {
  const issue = repo.issues.get(comment.issueNumber)!;
  const { action, changes } = change;
  sendEvent(host, repo, {
    event: 'issue_comment',
    action,
    actor,
    extra: {
      issue: issueJson(host, repo, issue),
      comment: commentJson(host, repo, comment),
      ...(changes ? { changes } : {}),
    },
  });
}

/** One reaction per user and content; says whether it was made now. No webhook exists for reactions. */
export function react(
  host: Host,
  actor: Actor,
  reactions: Reaction[],
  content: ReactionContent,
): { reaction: Reaction; created: boolean } {
  const known = reactions.find((one) => one.user.id === actor.account.id && one.content === content);
  if (known) return { reaction: known, created: false };
  const reaction = { id: host.world.nextId(), user: actor.account, content, createdAt: host.clock() };
  reactions.push(reaction);
  return { reaction, created: true };
}
