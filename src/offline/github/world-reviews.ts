import type { Account, Actor } from './world-accounts.ts';

/** What people say to a pull request as reviewers. */

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';

export interface Review {
  readonly id: number;
  readonly actor: Actor;
  readonly body: string;
  state: ReviewState;
  /** The head that was looked at. */
  readonly commitId: string;
  readonly submittedAt: Date;
}

/** A comment on a line of a diff. */
export interface ReviewComment {
  readonly id: number;
  readonly reviewId: number;
  readonly issueNumber: number;
  readonly actor: Actor;
  body: string;
  readonly path: string;
  readonly line: number;
  readonly startLine: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  /** Lines down from the first hunk header of the file. */
  readonly position: number;
  readonly diffHunk: string;
  readonly commitId: string;
  readonly inReplyTo: number | null;
  readonly createdAt: Date;
  updatedAt: Date;
}

/** The opinion of each reviewer: comments never replace an approval or a request for changes. */
export function latestOpinions(reviews: readonly Review[]): Map<Account, Review> {
  return new Map(
    reviews.filter((review) => review.state !== 'COMMENTED').map((review) => [review.actor.account, review]),
  );
}
