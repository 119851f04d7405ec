import { ApiError } from './errors.ts';
import { sendReviewEvent } from './events-reviews.ts';
import type { Host } from './host.ts';
import { recordEvent } from './issue-actions.ts';
import type { Actor, PullRequest, Repository } from './world.ts';
import type { Review } from './world-reviews.ts';

/** Takes the weight from a review. Throws ApiError 422 for a mere comment. */
export function dismissReview(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  review: Review,
): void {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw new ApiError(422, 'Can not dismiss a commented pull request review');
  }
  review.state = 'DISMISSED';
  recordEvent(host, issue, { event: 'review_dismissed', actor });
  sendReviewEvent(host, repo, actor, issue, review, 'dismissed');
}
