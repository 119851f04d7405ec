import { ApiError, notFound } from './errors.ts';
import { type ReviewInput, replyToComment, submitReview } from './review-actions.ts';
import { dismissReview } from './review-dismissal.ts';
import { notCollaborators, removeReviewers, requestReviewers, reviewersNamed } from './reviewer-actions.ts';
import { created, list, ok, onRepository, pullOf, type RepoCall, type Routes } from './route.ts';
import { userJson } from './shapes-accounts.ts';
import { pullSimpleJson } from './shapes-pulls.ts';
import { reviewCommentJson, reviewJson } from './shapes-reviews.ts';
import type { Account, PullRequest } from './world.ts';
import type { Review, ReviewComment, ReviewState } from './world-reviews.ts';

/** Reviews, their inline comments, and who is asked for one. */

const stateOfEvent: Record<string, Exclude<ReviewState, 'DISMISSED'>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

function reviewOf(call: RepoCall): { issue: PullRequest; review: Review } {
  const issue = pullOf(call);
  const review = issue.pull.reviews.find(({ id }) => id === Number(call.params.review_id));
  if (!review) throw notFound();
  return { issue, review };
}

function commentOf(call: RepoCall): { issue: PullRequest; comment: ReviewComment } {
  const id = Number(call.params.comment_id);
  for (const issue of call.repo.issues.values()) {
    const comment = issue.pull?.reviewComments.find((one) => one.id === id);
    if (comment) return { issue: issue as PullRequest, comment };
  }
  throw notFound();
}

async function createReview(call: RepoCall) {
  const { host, repo, actor } = call;
  const issue = pullOf(call);
  const body = (call.body ?? {}) as {
    event?: string;
    body?: string;
    commit_id?: string;
    comments?: ReviewInput['comments'];
  };
  const state = stateOfEvent[body.event ?? ''];
  if (!state) {
    const subject = 'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
    host.ledger.violation('not implemented', subject, 'not implemented: a pending review, without an event');
    throw new ApiError(422, 'Unprocessable Entity');
  }
  const review = await submitReview(host, repo, actor, issue, {
    state,
    body: body.body ?? '',
    comments: body.comments ?? [],
    ...(body.commit_id === undefined ? {} : { commitId: body.commit_id }),
  });
  return ok(reviewJson(host, repo, issue, review));
}

interface ReviewersInput {
  reviewers?: string[];
  team_reviewers?: string[];
}

/** Teams cannot be seen without the `members` permission, which auto-build does not ask for. */
function askedReviewers(call: RepoCall, issue: PullRequest): Account[] {
  const { reviewers = [], team_reviewers = [] } = (call.body ?? {}) as ReviewersInput;
  if (team_reviewers.length > 0) throw new ApiError(422, notCollaborators);
  return reviewersNamed(call.host, call.repo, issue, reviewers);
}

export const reviewRoutes: Routes = {
  'pulls/list-reviews': onRepository(['pull_requests:read'], (call) => {
    const issue = pullOf(call);
    return list(call, issue.pull.reviews, (review) => reviewJson(call.host, call.repo, issue, review));
  }),
  'pulls/create-review': onRepository(['pull_requests:write'], createReview),
  'pulls/get-review': onRepository(['pull_requests:read'], (call) => {
    const { issue, review } = reviewOf(call);
    return ok(reviewJson(call.host, call.repo, issue, review));
  }),
  'pulls/dismiss-review': onRepository(['pull_requests:write'], (call) => {
    const { issue, review } = reviewOf(call);
    dismissReview(call.host, call.repo, call.actor, issue, review);
    return ok(reviewJson(call.host, call.repo, issue, review));
  }),
  'pulls/list-review-comments': onRepository(['pull_requests:read'], (call) => {
    const issue = pullOf(call);
    const { since, sort = 'created', direction = 'asc' } = call.query;
    const key = (one: ReviewComment) => (sort === 'updated' ? one.updatedAt : one.createdAt).getTime();
    const rising = issue.pull.reviewComments
      .filter((comment) => since === undefined || comment.updatedAt >= new Date(String(since)))
      .sort((a, b) => key(a) - key(b) || a.id - b.id);
    const asked = direction === 'desc' ? rising.reverse() : rising;
    return list(call, asked, (comment) => reviewCommentJson(call.host, call.repo, issue, comment));
  }),
  'pulls/list-comments-for-review': onRepository(['pull_requests:read'], (call) => {
    const { issue, review } = reviewOf(call);
    const comments = issue.pull.reviewComments.filter(({ reviewId }) => reviewId === review.id);
    return list(call, comments, (comment) => {
      const {
        line,
        original_line,
        start_line,
        original_start_line,
        start_side,
        side,
        subject_type,
        ...rest
      } = reviewCommentJson(call.host, call.repo, issue, comment);
      return { ...rest, line, original_line, side };
    });
  }),
  'pulls/get-review-comment': onRepository(['pull_requests:read'], (call) => {
    const { issue, comment } = commentOf(call);
    return ok(reviewCommentJson(call.host, call.repo, issue, comment));
  }),
  'pulls/create-reply-for-review-comment': onRepository(['pull_requests:write'], (call) => {
    const issue = pullOf(call);
    const { body } = call.body as { body: string };
    const input = { to: Number(call.params.comment_id), body };
    const comment = replyToComment(call.host, call.repo, call.actor, issue, input);
    if (!comment) throw notFound();
    return created(reviewCommentJson(call.host, call.repo, issue, comment));
  }),
  'pulls/list-requested-reviewers': onRepository(['pull_requests:read'], (call) => {
    const users = pullOf(call).pull.requestedReviewers.map((account) => userJson(call.host, account));
    return ok({ users, teams: [] });
  }),
  'pulls/request-reviewers': onRepository(['pull_requests:write'], async (call) => {
    const issue = pullOf(call);
    const reviewers = askedReviewers(call, issue);
    await requestReviewers(call.host, call.repo, call.actor, issue, reviewers);
    return created(pullSimpleJson(call.host, call.repo, issue));
  }),
  'pulls/remove-requested-reviewers': onRepository(['pull_requests:write'], async (call) => {
    const issue = pullOf(call);
    await removeReviewers(call.host, call.repo, call.actor, issue, askedReviewers(call, issue));
    return ok(pullSimpleJson(call.host, call.repo, issue));
  }),
};
