import type {
  CheckRuns,
  MergeMethod,
  MergeQueue,
  MergeRequest,
  MergeResult,
  OthersCheck,
  PullRequests,
  SignedCommits,
} from './delivery-types.ts';
import type { News, NewsAnswer, NewsRequest } from './news.ts';
import type { SpokenRequest } from './spoken.ts';

export type * from './delivery-types.ts';

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
  /** @param signal ends waiting for a turn to write or for a limit to be over; what was sent is heard out */
  repository(ref: RepositoryRef, signal?: AbortSignal): Repository;
  /** How long something that was just written may stay out of lists: a look before each wait, and one after. */
  readonly lagMs: readonly number[];
  /** The app's name in URLs; its comments come from `<slug>[bot]`. Asked for once. */
  appSlug(): Promise<string>;
}

export interface Repository {
  readonly ref: RepositoryRef;
  /** As `GitHub.lagMs`. */
  readonly lagMs: readonly number[];
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
  /** What webhooks would have said, and did not or cannot. */
  news(request: Omit<NewsRequest, 'installationId'>): Promise<NewsAnswer>;
  /** Commands and reviews that a run was given, oldest first. */
  spoken(request: Omit<SpokenRequest, 'installationId'>): Promise<News[]>;
  rulesFor(branch: string): Promise<BranchRules>;
  issue(number: number): Promise<Issue>;
  /** Changes of an issue's title and text, oldest first; the newest hundred of each. */
  issueEdits(number: number): Promise<IssueEdit[]>;
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
  readonly mergeQueue: MergeQueue;
  readonly signedCommits: SignedCommits;
  /** Resolves when there is room for an edit that nobody would miss: the hour's writes are left to all others. */
  roomForEdit(signal: AbortSignal): Promise<void>;
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

export interface IssueEdit {
  what: 'title' | 'text';
  /** Milliseconds since the epoch; GitHub's times have whole seconds. */
  at: number;
  /** null: the account is gone. */
  by: string | null;
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
  /** As `Comments.keepOldest`; the later ones are closed as duplicates. */
  keepOldest(marker: string, number: number): Promise<number | undefined>;
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
  /**
   * Deletes all of ours that begin with the marker but the oldest, which it resolves to; to undefined and without doing
   * anything while the list does not show comment `id`, which was just made: then it does not show what is older either.
   */
  keepOldest(number: number, marker: string, id: number): Promise<number | undefined>;
  create(number: number, body: string): Promise<Comment>;
  update(id: number, body: string): Promise<Comment>;
}
