import type { RoleName } from './permissions.ts';

/** The whole world as plain data. */
export interface Snapshot {
  readonly url: string;
  readonly at: string;
  readonly repositories: readonly RepositorySnapshot[];
}

export interface RepositorySnapshot {
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  readonly headSha: string;
  readonly branches: Readonly<Record<string, string>>;
  /** Paths on the default branch. */
  readonly files: readonly string[];
  readonly collaborators: Readonly<Record<string, RoleName>>;
  readonly labels: readonly LabelSnapshot[];
  /** Without pull requests, oldest first. */
  readonly issues: readonly IssueSnapshot[];
  readonly pulls: readonly PullSnapshot[];
}

export interface LabelSnapshot {
  readonly name: string;
  readonly color: string;
}

export interface UserSnapshot {
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
}

/** Logins by reaction (`eyes`, `+1` …). */
export type ReactionsSnapshot = Readonly<Record<string, readonly string[]>>;

export interface CommentSnapshot {
  readonly id: number;
  readonly user: UserSnapshot;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly reactions: ReactionsSnapshot;
}

export interface TimelineSnapshot {
  /** GitHub's event name: `labeled`, `closed`, `renamed`, `merged` … */
  readonly event: string;
  readonly actor: UserSnapshot;
  readonly at: string;
  /** The label, the new title, the commit or the reviewer. */
  readonly detail: string | null;
}

export interface IssueSnapshot {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string | null;
  readonly user: UserSnapshot;
  readonly state: 'open' | 'closed';
  readonly stateReason: string | null;
  readonly labels: readonly LabelSnapshot[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly reactions: ReactionsSnapshot;
  readonly comments: readonly CommentSnapshot[];
  readonly timeline: readonly TimelineSnapshot[];
}

export interface AnnotationSnapshot {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: string;
  readonly message: string;
  readonly title: string | null;
}

export interface CheckRunSnapshot {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string | null;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly detailsUrl: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: readonly AnnotationSnapshot[];
}

export interface FileSnapshot {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: string;
  readonly additions: number;
  readonly deletions: number;
  /** Hunks without the file header; null for binary files. */
  readonly patch: string | null;
}

export interface CommitSnapshot {
  readonly sha: string;
  readonly message: string;
  readonly author: string;
  readonly at: string;
}

export interface PullSnapshot extends IssueSnapshot {
  readonly draft: boolean;
  readonly merged: boolean;
  readonly mergedAt: string | null;
  readonly mergedBy: string | null;
  readonly mergeCommitSha: string | null;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string; readonly sha: string };
  readonly mergeableState: string;
  readonly requestedReviewers: readonly string[];
  readonly commits: readonly CommitSnapshot[];
  readonly files: readonly FileSnapshot[];
  /** The whole diff as text. */
  readonly diff: string;
  /** All check runs on the head, oldest first. */
  readonly checks: readonly CheckRunSnapshot[];
}
