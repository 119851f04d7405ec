import { sendEvent } from './events.ts';
import type { Host } from './host.ts';
import { pullSimpleJson } from './shapes-pulls.ts';
import { reviewCommentJson, reviewPayload } from './shapes-reviews.ts';
import type { Actor, PullRequest, Repository } from './world.ts';
import type { Review, ReviewComment } from './world-reviews.ts';

/** Webhooks about reviews and their comments. */

export function sendReviewEvent(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  review: Review,
  action: 'submitted' | 'dismissed',
): void {
  sendEvent(host, repo, {
    event: 'pull_request_review',
    action,
    actor,
    extra: {
      review: reviewPayload(host, repo, issue, review),
      pull_request: pullSimpleJson(host, repo, issue),
    },
  });
}

export function sendReviewCommentEvent(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  comment: ReviewComment,
): void {
  sendEvent(host, repo, {
    event: 'pull_request_review_comment',
    action: 'created',
    actor: comment.actor,
    extra: {
      comment: reviewCommentJson(host, repo, issue, comment),
      pull_request: pullSimpleJson(host, repo, issue),
    },
  });
}
