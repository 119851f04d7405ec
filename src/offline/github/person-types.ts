/** File contents by path; `null` deletes. */
export type FileChanges = Readonly<Record<string, string | Uint8Array | null>>;

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface NewReview {
  readonly state: 'approve' | 'request_changes' | 'comment';
  /** Needed unless it approves or has comments. */
  readonly body?: string;
  readonly comments?: readonly {
    readonly path: string;
    readonly line: number;
    readonly startLine?: number;
    readonly side?: 'LEFT' | 'RIGHT';
    readonly body: string;
  }[];
  /** The head that was looked at. Default: the head now. */
  readonly commitId?: string;
}

/**
 * What a person, or a bot of that login, does on github.com; each sends GitHub's webhooks. Throws when the role does
 * not allow it.
 */
export interface Person {
  /** Labels by somebody below triage are those of an issue form. */
  createIssue(input: {
    title: string;
    body?: string;
    labels?: readonly string[];
  }): Promise<{ number: number }>;
  editIssue(number: number, change: { title?: string; body?: string }): Promise<void>;
  closeIssue(number: number, reason?: 'completed' | 'not_planned'): Promise<void>;
  reopenIssue(number: number): Promise<void>;
  deleteIssue(number: number): Promise<void>;
  /** To a repository of the same owner; answers its number there. */
  transferIssue(number: number, to: { owner: string; name: string }): Promise<{ number: number }>;
  addLabel(number: number, label: string): Promise<void>;
  removeLabel(number: number, label: string): Promise<void>;
  /** No webhook is sent: the app does not listen to this. */
  assign(number: number, login: string): Promise<void>;
  /** Says that another issue of the repository has to be closed first; no webhook, as above. */
  blockBy(number: number, blocker: number): Promise<void>;
  /** On an issue or a pull request. */
  comment(number: number, body: string): Promise<{ id: number }>;
  editComment(id: number, body: string): Promise<void>;
  deleteComment(id: number): Promise<void>;
  /**
   * One commit on a branch, which is made from the default branch when it does not exist. With `onto`, a branch or
   * commit, the commit is put on top of that instead: a force push when the branch is left behind.
   */
  push(input: {
    branch: string;
    files: FileChanges;
    message: string;
    onto?: string;
  }): Promise<{ sha: string }>;
  deleteBranch(branch: string): Promise<void>;
  createPullRequest(input: {
    title: string;
    body?: string;
    head: string;
    base?: string;
    draft?: boolean;
  }): Promise<{ number: number }>;
  /** From a branch of a fork, with one commit on top of the default branch; everybody may. */
  createPullRequestFromFork(input: {
    title: string;
    body?: string;
    branch: string;
    files: FileChanges;
    message: string;
  }): Promise<{ number: number }>;
  closePullRequest(number: number): Promise<void>;
  reopenPullRequest(number: number): Promise<void>;
  markReady(number: number): Promise<void>;
  convertToDraft(number: number): Promise<void>;
  requestReviewers(number: number, logins: readonly string[]): Promise<void>;
  review(number: number, review: NewReview): Promise<{ id: number }>;
  dismissReview(number: number, reviewId: number, message: string): Promise<void>;
  /** An answer below an inline comment. */
  replyToReviewComment(number: number, commentId: number, body: string): Promise<{ id: number }>;
  mergePullRequest(number: number, method?: MergeMethod): Promise<{ sha: string }>;
  /** A commit status, on a commit or the tip of a branch. */
  setStatus(
    commit: string,
    status: {
      context: string;
      state: 'error' | 'failure' | 'pending' | 'success';
      description?: string;
      targetUrl?: string;
    },
  ): Promise<{ id: number }>;
}
