import type { MergeMethod, Permissions, RoleName } from './public-types.ts';
import type { Account, Actor } from './world-accounts.ts';
import type { CheckRun, CommitStatus } from './world-checks.ts';
import type { Review, ReviewComment } from './world-reviews.ts';
import type { Rules } from './world-rules.ts';

export type { Account, Actor } from './world-accounts.ts';
export type { Annotation, CheckRun, CommitStatus } from './world-checks.ts';

/** The state of the local GitHub; git objects live beside it in bare repositories. */

export interface Label {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export const reactionContents = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
] as const;
export type ReactionContent = (typeof reactionContents)[number];

export interface Reaction {
  readonly id: number;
  readonly user: Account;
  readonly content: ReactionContent;
  readonly createdAt: Date;
}

export interface Comment {
  readonly id: number;
  readonly issueNumber: number;
  readonly actor: Actor;
  body: string;
  readonly createdAt: Date;
  updatedAt: Date;
  readonly reactions: Reaction[];
}

export interface IssueEvent {
  readonly id: number;
  readonly event:
    | 'labeled'
    | 'unlabeled'
    | 'closed'
    | 'reopened'
    | 'renamed'
    | 'merged'
    | 'review_requested'
    | 'review_request_removed'
    | 'review_dismissed'
    | 'ready_for_review'
    | 'convert_to_draft'
    | 'head_ref_force_pushed'
    | 'head_ref_deleted';
  readonly actor: Actor;
  readonly createdAt: Date;
  readonly label?: Label;
  readonly rename?: { from: string; to: string };
  readonly commitId?: string;
  readonly reviewer?: Account;
}

export interface Pull {
  readonly id: number;
  readonly headRef: string;
  /** Where the head branch is, when it is in a fork; of a fork only the commits of its pull requests are kept. */
  readonly fork: Fork | null;
  headSha: string;
  baseRef: string;
  /** Tip of the base branch when the pull request was opened or its head last moved. */
  baseSha: string;
  draft: boolean;
  merged: boolean;
  mergedAt: Date | null;
  mergedBy: Account | null;
  mergeCommitSha: string | null;
  requestedReviewers: Account[];
  readonly reviews: Review[];
  readonly reviewComments: ReviewComment[];
  autoMerge: AutoMerge | null;
  /** While the pull request is in the merge queue: the commit whose checks decide. */
  queued: MergeGroup | null;
  /** Why the merge queue took it out the last time; null when it never did. */
  removedFromQueue: string | null;
}

export interface Fork {
  readonly id: number;
  readonly owner: Account;
}

export interface AutoMerge {
  readonly enabledBy: Actor;
  readonly method: MergeMethod;
  readonly title: string | null;
  readonly message: string | null;
}

export interface MergeGroup {
  readonly ref: string;
  readonly headSha: string;
  readonly baseSha: string;
  /** Reports with a smaller id are about an earlier try of the same merge. */
  readonly firstReport: number;
  readonly enqueuedBy: Actor;
}

/** An issue, or a pull request when `pull` is there: they share numbers, labels and comments. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  readonly actor: Actor;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  labels: Label[];
  assignees: Account[];
  /** Numbers of the issues of the same repository that block this one. */
  readonly blockedBy: Set<number>;
  readonly createdAt: Date;
  updatedAt: Date;
  /** Of the text; a new title is an event. */
  editedAt: Date | null;
  /** Changes of the text, oldest first. */
  readonly edits: { readonly at: Date; readonly by: Account }[];
  closedAt: Date | null;
  closedBy: Account | null;
  readonly reactions: Reaction[];
  readonly comments: Comment[];
  readonly events: IssueEvent[];
  readonly pull: Pull | null;
}

export interface PullRequest extends Issue {
  readonly pull: Pull;
}

export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly repositoryIds: Set<number>;
  readonly createdAt: Date;
  suspended: { readonly by: Account; readonly at: Date } | null;
}

export interface AccessToken {
  readonly token: string;
  readonly installation: Installation;
  readonly repositoryIds: ReadonlySet<number>;
  readonly permissions: Permissions;
  readonly expiresAt: Date;
}

export interface Repository {
  readonly id: number;
  readonly owner: Account;
  name: string;
  readonly description: string | null;
  readonly defaultBranch: string;
  readonly private: boolean;
  /** The bare repository. */
  readonly dir: string;
  readonly createdAt: Date;
  pushedAt: Date;
  readonly roles: Map<string, RoleName>;
  readonly labels: Map<string, Label>;
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly statuses: CommitStatus[];
  /** By branch or pattern. */
  readonly rules: Map<string, Rules>;
  /** Issues that went away, by number: to a place in another repository, or for good. */
  readonly gone: Map<number, { repo: Repository; number: number } | null>;
  /** Commits that GitHub signed. */
  readonly signed: Set<string>;
  lastNumber: number;
  archived: boolean;
  allowAutoMerge: boolean;
}

export class World {
  readonly accounts = new Map<string, Account>();
  readonly repositories = new Map<string, Repository>();
  readonly installations = new Map<number, Installation>();
  readonly tokens = new Map<string, AccessToken>();
  /** Names that repositories had before, in lower case. */
  readonly formerNames = new Map<string, Repository>();
  /** GitHub's ids are large and grow; starting high keeps them from looking like issue numbers. */
  #lastId = 2_400_000_000;

  nextId(): number {
    this.#lastId += 17;
    return this.#lastId;
  }

  /** Logins are case-insensitive on GitHub. */
  account(login: string): Account | undefined {
    return this.accounts.get(login.toLowerCase());
  }

  addAccount(login: string, type: Account['type']): Account {
    const known = this.account(login);
    if (known) return known;
    const account: Account = { id: this.nextId() % 1_000_000_000, login, type };
    this.accounts.set(login.toLowerCase(), account);
    return account;
  }

  /** Names of repositories are case-insensitive too. */
  keyOf(owner: string, name: string): string {
    return `${owner}/${name}`.toLowerCase();
  }

  repository(owner: string, name: string): Repository | undefined {
    return this.repositories.get(this.keyOf(owner, name));
  }

  /** The repository that had a name before it was renamed, unless another one has it now. */
  renamed(owner: string, name: string): Repository | undefined {
    return this.repository(owner, name) ? undefined : this.formerNames.get(this.keyOf(owner, name));
  }

  repositoryById(id: number): Repository | undefined {
    return [...this.repositories.values()].find((repo) => repo.id === id);
  }

  installationOf(repo: Repository): Installation | undefined {
    return [...this.installations.values()].find((one) => one.repositoryIds.has(repo.id));
  }
}

/** Issues and pull requests count together, from 1; numbers of deleted ones are not given again. */
export function nextIssueNumber(repo: Repository): number {
  repo.lastNumber += 1;
  return repo.lastNumber;
}

export function isPullRequest(issue: Issue): issue is PullRequest {
  return issue.pull !== null;
}

export function pullRequestsOf(repo: Repository): PullRequest[] {
  return [...repo.issues.values()].filter(isPullRequest);
}

/** The role of an account: owners are admins, everybody can read a public repository. */
export function roleOf(repo: Repository, account: Account): RoleName | null {
  if (account.id === repo.owner.id) return 'admin';
  return repo.roles.get(account.login.toLowerCase()) ?? (repo.private ? null : 'read');
}
