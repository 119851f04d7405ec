import { sendEvent } from './events.ts';
import type { Host } from './host.ts';
import { newIssue } from './issue-actions.ts';
import { commentJson, issueJson } from './shapes-issues.ts';
import { repositoryJson } from './shapes-repository.ts';
import type { Actor, Comment, Issue, Repository } from './world.ts';

/** How issues and comments go away. */

export function deleteIssue(host: Host, repo: Repository, actor: Actor, issue: Issue): void {
  const gone = issueJson(host, repo, issue);
  forget(repo, issue, null);
  sendEvent(host, repo, { event: 'issues', action: 'deleted', actor, extra: { issue: gone } });
}

/** Moves an issue and its comments; the new issue has a number of its own, and no labels as they stay behind. */
export function transferIssue(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: Issue,
  to: Repository,
): Issue {
  const { title, body } = issue;
  const moved = newIssue(host, to, { title, body, actor: issue.actor, pull: null });
  for (const comment of issue.comments) {
    const copy: Comment = { ...comment, id: host.world.nextId(), issueNumber: moved.number };
    moved.comments.push(copy);
    to.comments.set(copy.id, copy);
  }
  const before = issueJson(host, repo, issue);
  forget(repo, issue, { repo: to, number: moved.number });
  const extra = {
    issue: before,
    changes: { new_issue: issueJson(host, to, moved), new_repository: repositoryJson(host, to) },
  };
  sendEvent(host, repo, { event: 'issues', action: 'transferred', actor, extra });
  sendEvent(host, to, {
    event: 'issues',
    action: 'opened',
    actor,
    extra: {
      issue: issueJson(host, to, moved),
      changes: { old_issue: before, old_repository: repositoryJson(host, repo) },
    },
  });
  return moved;
}

function forget(repo: Repository, issue: Issue, to: { repo: Repository; number: number } | null): void {
  repo.issues.delete(issue.number);
  repo.gone.set(issue.number, to);
  for (const { id } of issue.comments) repo.comments.delete(id);
}

export function deleteComment(host: Host, repo: Repository, actor: Actor, comment: Comment): void {
  const issue = repo.issues.get(comment.issueNumber);
  if (!issue) throw new Error(`comment ${comment.id} has no issue`);
  const gone = commentJson(host, repo, comment);
  repo.comments.delete(comment.id);
  issue.comments.splice(issue.comments.indexOf(comment), 1);
  const extra = { issue: issueJson(host, repo, issue), comment: gone };
  sendEvent(host, repo, { event: 'issue_comment', action: 'deleted', actor, extra });
}
