import type { Host } from './host.ts';
import {
  appJson,
  authorAssociation,
  dateText,
  dateTextOrNull,
  type Json,
  nodeId,
  reactionsJson,
  userJson,
  userOrNull,
} from './shapes-accounts.ts';
import { labelJson, repoApi, repoHtml } from './shapes-repository.ts';
import type { Comment, Issue, IssueEvent, PullRequest, Repository } from './world.ts';
import { isPullRequest } from './world.ts';

/** JSON of issues, their comments and events; a pull request is an issue too. */

export function issueHtml(host: Host, repo: Repository, issue: Issue): string {
  return `${repoHtml(host, repo)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;
}

export function issueJson(host: Host, repo: Repository, issue: Issue): Json {
  const url = `${repoApi(host, repo)}/issues/${issue.number}`;
  const html = issueHtml(host, repo, issue);
  return {
    id: issue.id,
    node_id: nodeId('I', issue.id),
    url,
    repository_url: repoApi(host, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: html,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: userJson(host, issue.actor.account),
    labels: issue.labels.map((label) => labelJson(host, repo, label)),
    assignee: userOrNull(host, issue.assignees[0] ?? null),
    assignees: issue.assignees.map((account) => userJson(host, account)),
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: issue.comments.length,
    created_at: dateText(issue.createdAt),
    updated_at: dateText(issue.updatedAt),
    closed_at: dateTextOrNull(issue.closedAt),
    closed_by: userOrNull(host, issue.closedBy),
    author_association: authorAssociation(repo, issue.actor.account),
    performed_via_github_app: issue.actor.viaApp ? appJson(host) : null,
    reactions: reactionsJson(url, issue.reactions),
    ...(isPullRequest(issue) ? { draft: issue.pull.draft, pull_request: pullLinks(host, repo, issue) } : {}),
  };
}

export function pullLinks(host: Host, repo: Repository, issue: PullRequest): Json {
  const html = issueHtml(host, repo, issue);
  return {
    url: `${repoApi(host, repo)}/pulls/${issue.number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: dateTextOrNull(issue.pull.mergedAt),
  };
}

export function commentJson(host: Host, repo: Repository, comment: Comment): Json {
  const issue = repo.issues.get(comment.issueNumber);
  if (!issue) throw new Error(`comment ${comment.id} has no issue`);
  const url = `${repoApi(host, repo)}/issues/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: `${issueHtml(host, repo, issue)}#issuecomment-${comment.id}`,
    issue_url: `${repoApi(host, repo)}/issues/${comment.issueNumber}`,
    user: userJson(host, comment.actor.account),
    body: comment.body,
    created_at: dateText(comment.createdAt),
    updated_at: dateText(comment.updatedAt),
    author_association: authorAssociation(repo, comment.actor.account),
    performed_via_github_app: comment.actor.viaApp ? appJson(host) : null,
    reactions: reactionsJson(url, comment.reactions),
  };
}

export function issueEventJson(host: Host, repo: Repository, event: IssueEvent): Json {
  return {
    id: event.id,
    node_id: nodeId('E', event.id),
    url: `${repoApi(host, repo)}/issues/events/${event.id}`,
    actor: userJson(host, event.actor.account),
    event: event.event,
    commit_id: event.commitId ?? null,
    commit_url: event.commitId ? `${repoApi(host, repo)}/commits/${event.commitId}` : null,
    created_at: dateText(event.createdAt),
    performed_via_github_app: event.actor.viaApp ? appJson(host) : null,
    ...(event.label ? { label: { name: event.label.name, color: event.label.color } } : {}),
    ...(event.rename ? { rename: event.rename } : {}),
    ...(event.event === 'closed' ? { state_reason: null } : {}),
    ...(event.reviewer
      ? {
          review_requester: userJson(host, event.actor.account),
          requested_reviewer: userJson(host, event.reviewer),
        }
      : {}),
  };
}
