import type { Host } from './host.ts';
import {
  authorAssociation,
  dateText,
  type Json,
  nodeId,
  reactionsJson,
  userJson,
} from './shapes-accounts.ts';
import { issueHtml } from './shapes-issues.ts';
import { repoApi } from './shapes-repository.ts';
import type { PullRequest, Repository } from './world.ts';
import type { Review, ReviewComment } from './world-reviews.ts';

/** JSON of reviews and their inline comments. */

export function reviewJson(host: Host, repo: Repository, issue: PullRequest, review: Review): Json {
  const html = `${issueHtml(host, repo, issue)}#pullrequestreview-${review.id}`;
  const pull = `${repoApi(host, repo)}/pulls/${issue.number}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: userJson(host, review.actor.account),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: authorAssociation(repo, review.actor.account),
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: dateText(review.submittedAt),
    commit_id: review.commitId,
  };
}

/** Webhooks write the state in small letters and show an empty body as null. */
export function reviewPayload(host: Host, repo: Repository, issue: PullRequest, review: Review): Json {
  const json = reviewJson(host, repo, issue, review);
  const body = review.body === '' ? null : review.body;
  return { ...json, state: review.state.toLowerCase(), body };
}

export function reviewCommentJson(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  comment: ReviewComment,
): Json {
  const url = `${repoApi(host, repo)}/pulls/comments/${comment.id}`;
  const html = `${issueHtml(host, repo, issue)}#discussion_r${comment.id}`;
  const pull = `${repoApi(host, repo)}/pulls/${issue.number}`;
  const side = comment.startLine === null ? null : comment.side;
  return {
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    url,
    pull_request_review_id: comment.reviewId,
    diff_hunk: comment.diffHunk,
    path: comment.path,
    position: comment.position,
    original_position: comment.position,
    commit_id: issue.pull.headSha,
    original_commit_id: comment.commitId,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
    user: userJson(host, comment.actor.account),
    body: comment.body,
    created_at: dateText(comment.createdAt),
    updated_at: dateText(comment.updatedAt),
    html_url: html,
    pull_request_url: pull,
    author_association: authorAssociation(repo, comment.actor.account),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    start_line: comment.startLine,
    original_start_line: comment.startLine,
    start_side: side,
    line: comment.line,
    original_line: comment.line,
    side: comment.side,
    subject_type: 'line',
    reactions: reactionsJson(url, []),
  };
}
