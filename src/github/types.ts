import type { News, NewsRequest } from './news.ts';

/**
 * The GitHub door: what the rest of the program may know about GitHub. Looks and acts are apart, so that the effects
 * ledger can do intent → look → act → record. Every function throws GitHubError (github-error.ts) and nothing else
 * that is foreseeable. Every call carries a token for one repository with just the permission that the call needs.
 */

/** A repository through the eyes of one installation. */
export interface RepositoryRef {
  installationId: number;
  owner: string;
  name: string;
  id: number;
}

export interface GitHub {
  repository(ref: RepositoryRef): Repository;
  /** The app's name in URLs; its comments come from `<slug>[bot]`. Asked for once. */
  appSlug(): Promise<string>;
}

export interface Repository {
  readonly ref: RepositoryRef;
  about(): Promise<About>;
  /** By `role_name`: the legacy `permission` folds triage into read. Custom roles count as the base role they build on. */
  roleOf(login: string): Promise<Role>;
  /** Commit id; undefined when there is no such branch. */
  branchTip(branch: string): Promise<string | undefined>;
  /** Text of a file at a commit, branch or tag; undefined when there is none. Files above 1 MB: `unprocessable`. */
  readFile(path: string, ref: string): Promise<string | undefined>;
  /**
   * The same file in the owner's repository `.github`, where an organisation keeps its defaults. Undefined when there
   * is none, or when the installation does not cover that repository. Remembered for a minute.
   */
  ownerFile(path: string): Promise<{ text: string; name: string } | undefined>;
  /** What webhooks would have said, for installations that they cannot reach. */
  news(request: Omit<NewsRequest, 'installationId'>): Promise<News[]>;
  rulesFor(branch: string): Promise<BranchRules>;
  issue(number: number): Promise<Issue>;
  /** Closing what is closed changes nothing but the reason. */
  closeIssue(number: number, reason: 'completed' | 'not_planned' | 'duplicate'): Promise<void>;
  readonly around: Surroundings;
  /** What the installation grants the app, by GitHub's names: `{ contents: 'write', … }`. */
  granted(): Promise<Readonly<Record<string, string>>>;
  /** Issues that the app itself opens. */
  readonly ownIssues: OwnIssues;
  readonly labels: Labels;
  readonly reactions: Reactions;
  readonly comments: Comments;
  readonly pullRequests: PullRequests;
  readonly checkRuns: CheckRuns;
  /** What others say about a commit: their check runs and commit statuses, the newest of each name. Ours are left out. */
  checksOn(sha: string): Promise<OthersCheck[]>;
  /** Refusals are values: the refusal of this call is the truth about the rules. */
  merge(request: MergeRequest): Promise<MergeResult>;
  /** A fresh token for git over HTTP, for this repository and contents alone. */
  gitAuth(access: 'read' | 'write'): Promise<{ username: string; token: string }>;
}

export interface About {
  defaultBranch: string;
  /** For git over HTTP, without credentials. */
  cloneUrl: string;
  private: boolean;
  archived: boolean;
}

export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
/** Weakest first in `roles`. */
export type Role = (typeof roles)[number];

export interface BranchRules {
  /** `appId` null: any app may report it. */
  requiredChecks: { name: string; appId: number | null }[];
  /** Approving reviews by people that a merge needs; an app cannot approve its own pull request. */
  approvals: number;
  codeOwners: boolean;
  mergeQueue: boolean;
  signatures: boolean;
  linearHistory: boolean;
  /** null: the rules leave it open. */
  mergeMethods: MergeMethod[] | null;
}

export interface Issue {
  number: number;
  title: string;
  body: string;
  author: string;
  state: 'open' | 'closed';
  labels: string[];
  url: string;
  isPullRequest: boolean;
  /** Logins. */
  assignees: string[];
}

/** What stands around an issue. */
export interface Surroundings {
  /**
   * Issues and pull requests, a page at a time: those that changed at or after `since` (milliseconds since the epoch),
   * oldest change first; without it all of them, newest change first.
   */
  changed(since: number | undefined): AsyncIterable<ListedIssue[]>;
  /** The newest 500. */
  openPullRequests(): Promise<OpenPullRequest[]>;
  /** Issues that block this one, open or not; none where the server does not know dependencies. */
  blockedBy(number: number): Promise<Blocker[]>;
}

export interface ListedIssue {
  number: number;
  kind: 'issue' | 'pull-request';
  state: 'open' | 'closed' | 'merged';
  title: string;
  body: string;
  updatedAt: number;
}

export interface OpenPullRequest {
  number: number;
  title: string;
  body: string;
  author: string;
  /** Opened by our own app. */
  ours: boolean;
  branch: string;
}

export interface Blocker {
  /** `owner/name` */
  repository: string;
  number: number;
  title: string;
  open: boolean;
}

export interface OwnIssues {
  /** The oldest issue of our own app whose body begins with the marker. */
  findByMarker(marker: string): Promise<{ number: number; url: string } | undefined>;
  create(request: {
    title: string;
    body: string;
    labels: string[];
  }): Promise<{ number: number; url: string }>;
}

/** Both are idempotent at GitHub: adding what is there, or removing what is not, changes nothing. */
export interface Labels {
  /** Makes the label in the repository when it is unknown. */
  add(number: number, label: string): Promise<void>;
  remove(number: number, label: string): Promise<void>;
}

export type ReactionTarget = { issue: number } | { comment: number };
export interface Reactions {
  /** Idempotent at GitHub: one reaction of a kind per user. */
  add(target: ReactionTarget, content: 'eyes' | '+1' | 'confused'): Promise<void>;
}

export interface Comment {
  id: number;
  body: string;
  url: string;
}
export interface Comments {
  /** The oldest comment of our own app on an issue or pull request that begins with the marker. */
  findByMarker(number: number, marker: string): Promise<Comment | undefined>;
  create(number: number, body: string): Promise<Comment>;
  update(id: number, body: string): Promise<Comment>;
}

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
  /** Logins; GitHub refuses (`unprocessable`) people without access and the author. */
  requestReviewers(number: number, logins: string[]): Promise<void>;
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
  /** Ours only. */
  find(by: { sha: string; name: string; externalId: string }): Promise<CheckRun | undefined>;
  /** Ours on a commit, by external id, with one request for all of them. */
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
export type MergeResult =
  | { merged: true; sha: string }
  | { merged: false; refused: 'head-moved' | 'conflict' | 'checks' | 'rules' | 'closed'; words: string };
