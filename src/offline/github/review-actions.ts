import { unprocessable } from './errors.ts';
import { sendReviewCommentEvent, sendReviewEvent } from './events-reviews.ts';
import { resolveCommit } from './git-read.ts';
import type { Host } from './host.ts';
import { pullFiles } from './pull-diff.ts';
import { findLine } from './review-position.ts';
import { settlePulls } from './settle.ts';
import type { Actor, PullRequest, Repository } from './world.ts';
import type { Review, ReviewComment, ReviewState } from './world-reviews.ts';

/** Reviews of pull requests, by the app and by people alike. */

interface NewLineComment {
  readonly path: string;
  readonly body: string;
  readonly line?: number;
  readonly start_line?: number;
  readonly side?: string;
}

export interface ReviewInput {
  readonly state: Exclude<ReviewState, 'DISMISSED'>;
  readonly body: string;
  readonly comments: readonly NewLineComment[];
  readonly commitId?: string;
}

/** Throws ApiError 422 for a review of one's own, without words, or of lines that the diff does not have. */
export async function submitReview(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  input: ReviewInput,
): Promise<Review> {
  if (issue.actor.account.id === actor.account.id && input.state !== 'COMMENTED') {
    const what = input.state === 'APPROVED' ? 'approve' : 'request changes on';
    throw unprocessable(`Can not ${what} your own pull request`);
  }
  if (input.state !== 'APPROVED' && input.body.trim() === '' && input.comments.length === 0) {
    throw unprocessable('Review body can not be blank');
  }
  const commitId = input.commitId ?? issue.pull.headSha;
  if (!(await resolveCommit(host.git, repo.dir, commitId))) {
    throw unprocessable('The commit_id is not part of the pull request');
  }
  const review: Review = {
    id: host.world.nextId(),
    actor,
    body: input.body,
    state: input.state,
    commitId,
    submittedAt: host.clock(),
  };
  const comments: ReviewComment[] = [];
  for (const comment of input.comments) {
    comments.push(await lineComment(host, repo, issue, review, comment));
  }
  issue.pull.reviews.push(review);
  issue.pull.reviewComments.push(...comments);
  issue.updatedAt = host.clock();
  const { requestedReviewers } = issue.pull;
  issue.pull.requestedReviewers = requestedReviewers.filter(({ id }) => id !== actor.account.id);
  sendReviewEvent(host, repo, actor, issue, review, 'submitted');
  for (const comment of comments) sendReviewCommentEvent(host, repo, issue, comment);
  await settlePulls(host, repo);
  return review;
}

async function lineComment(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  review: Review,
  input: NewLineComment,
): Promise<ReviewComment> {
  const files = await pullFiles(host, repo, issue, review.commitId);
  const file = files.find(({ path }) => path === input.path);
  if (!file) throw unprocessable('Path could not be resolved');
  const side = input.side === 'LEFT' ? 'LEFT' : 'RIGHT';
  const found = findLine(file.patch ?? '', side, input.line ?? 0);
  if (input.line === undefined || !found) throw unprocessable('Line could not be resolved');
  const now = host.clock();
  return {
    id: host.world.nextId(),
    reviewId: review.id,
    issueNumber: issue.number,
    actor: review.actor,
    body: input.body,
    path: input.path,
    line: input.line,
    startLine: input.start_line ?? null,
    side,
    ...found,
    commitId: review.commitId,
    inReplyTo: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** An answer below a comment, in a review of its own as GitHub does it. Undefined when there is no such comment. */
export function replyToComment(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  input: { to: number; body: string },
): ReviewComment | undefined {
  const parent = issue.pull.reviewComments.find(({ id }) => id === input.to);
  if (!parent) return undefined;
  const now = host.clock();
  const review: Review = {
    id: host.world.nextId(),
    actor,
    body: '',
    state: 'COMMENTED',
    commitId: issue.pull.headSha,
    submittedAt: now,
  };
  const comment: ReviewComment = {
    ...parent,
    id: host.world.nextId(),
    reviewId: review.id,
    actor,
    body: input.body,
    inReplyTo: parent.inReplyTo ?? parent.id,
    createdAt: now,
    updatedAt: now,
  };
  issue.pull.reviews.push(review);
  issue.pull.reviewComments.push(comment);
  sendReviewEvent(host, repo, actor, issue, review, 'submitted');
  sendReviewCommentEvent(host, repo, issue, comment);
  return comment;
}
