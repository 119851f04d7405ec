/** The part of the GitHub door that brings work to people: pull requests, checks, merges. */

export interface PullRequest {
  number: number;
  url: string;
  state: 'open' | 'closed' | 'merged';
  draft: boolean;
  title: string;
  body: string;
  head: { branch: string; sha: string };
  base: { branch: string; sha: string };
  /** null: GitHub is still working it out. */
  mergeable: boolean | null;
  /** GitHub's `mergeable_state`: clean, dirty, blocked, behind, draft, unstable, unknown … */
  mergeableState: string;
  mergeSha: string | null;
}
export interface PullRequests {
  /** The oldest open pull request of our own app from that branch, whose body holds the marker. */
  find(by: { head: string; marker: string }): Promise<PullRequest | undefined>;
  /** As `Comments.keepOldest`; the later ones are closed. */
  keepOldest(by: { head: string; marker: string }, number: number): Promise<number | undefined>;
  get(number: number): Promise<PullRequest>;
  create(request: {
    head: string;
    base: string;
    title: string;
    body: string;
    draft: boolean;
  }): Promise<PullRequest>;
  update(number: number, change: { title?: string; body?: string }): Promise<PullRequest>;
  /** A draft becomes one that can be merged; nothing happens to one that is no draft. */
  markReady(number: number): Promise<void>;
  /** The inline comments of one review, as `path:line: words`. */
  reviewComments(number: number, review: number): Promise<string[]>;
  /**
   * Asks one for a review: a login, or a team as `organisation/team`. False where GitHub refuses: people without access,
   * the author, teams of others, and teams at all unless the app may read members.
   */
  requestReviewer(number: number, name: string): Promise<boolean>;
}

export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required';

export interface Annotation {
  path: string;
  startLine: number;
  endLine: number;
  level: 'notice' | 'warning' | 'failure';
  title: string;
  message: string;
}
export interface CheckRunRequest {
  name: string;
  sha: string;
  /** What makes this check run ours to find again, e.g. `<run>:<phase>`. */
  externalId: string;
  status: 'queued' | 'in_progress' | 'completed';
  /** With `completed` only. */
  conclusion?: Conclusion;
  /** Milliseconds since the epoch. */
  startedAt?: number;
  completedAt?: number;
  detailsUrl?: string;
  output: { title: string; summary: string; text?: string };
  /** GitHub appends them: those that the check run has already are not sent again. */
  annotations: Annotation[];
}
export interface CheckRun {
  id: number;
  url: string;
  status: string;
  conclusion: string | null;
}
export interface CheckRuns {
  /** Ours on a commit, by external id, with one request for all of them. Of two with one id it is one: GitHub deletes none. */
  onCommit(sha: string): Promise<ReadonlyMap<string, CheckRun>>;
  create(request: CheckRunRequest): Promise<CheckRun>;
  update(id: number, request: CheckRunRequest): Promise<CheckRun>;
}

export interface OthersCheck {
  name: string;
  kind: 'check-run' | 'status';
  /** The app that reports it; null for a commit status. */
  appId: number | null;
  state: 'pending' | 'green' | 'red';
  url: string | null;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';
export interface MergeRequest {
  number: number;
  /** The head that was scored: GitHub refuses any other. */
  sha: string;
  method: MergeMethod;
  title: string;
  message: string;
}
export type MergeResult = { merged: true; sha: string } | ({ merged: false } & MergeRefusal);
export interface MergeRefusal {
  refused: 'head-moved' | 'conflict' | 'checks' | 'rules' | 'closed';
  words: string;
}

/** The queue of a branch whose rules have one: GitHub merges, in its turn, what was put into it. */
export interface MergeQueue {
  /** `removedBecause`: GitHub's reason of the last time that it was taken out; null when it never was. */
  look(
    number: number,
  ): Promise<
    { queued: true; id: string; position: number } | { queued: false; removedBecause: string | null }
  >;
  /** Puts exactly the commit `sha` into the queue; the token that may do it is issued only now. */
  enqueue(
    request: Pick<MergeRequest, 'number' | 'sha'>,
  ): Promise<{ queued: true; id: string } | ({ queued: false } & MergeRefusal)>;
  /** The commits on which the queue tries a pull request now, and what each was put on. */
  groups(branch: string, number: number): Promise<{ sha: string; base: string }[]>;
}

/** Commits that GitHub makes, and therefore signs, and what has to be done to branches by the API for their sake. */
export interface SignedCommits {
  /**
   * One commit on top of `parent`. The branch is put there before if it is elsewhere.
   * @param from where the branch is; null: nowhere yet
   * @param additions regular files, which become not executable; GitHub has no way to say anything else
   */
  create(request: {
    branch: string;
    from: string | null;
    parent: string;
    title: string;
    message: string;
    additions: { path: string; content: Buffer }[];
    deletions: string[];
  }): Promise<string>;
  read(sha: string): Promise<{ tree: string; parents: string[] }>;
  /** Has no lease, other than a push: look where the branch is immediately before. @param from null: it is new */
  set(request: { branch: string; sha: string; from: string | null }): Promise<void>;
  /** Deletes a branch; one that is gone is no failure. */
  drop(branch: string): Promise<void>;
}
