/**
 * What happened on GitHub, in our own words: only the fields that we act on. Events are hints; whoever acts on one
 * looks at GitHub first. Times are milliseconds since the epoch.
 */
export type Event =
  | (InRepo & { type: 'issue-labeled'; issue: IssueSnapshot; label: Label })
  | (InRepo & { type: 'issue-unlabeled'; issue: IssueSnapshot; label: Label })
  | (InRepo & { type: 'issue-edited'; issue: IssueSnapshot; changed: ('title' | 'body')[] })
  | Each<
      'issue-closed' | 'issue-reopened' | 'issue-transferred' | 'issue-deleted',
      InRepo & { issue: IssueSnapshot }
    >
  | (InRepo & {
      type: 'comment-created';
      /** The issue, or the pull request, as it was when the comment was written. */
      issue: IssueSnapshot & { isPullRequest: boolean };
      comment: Comment;
    })
  | (InRepo & { type: 'pull-request-closed'; pull: PullSnapshot; merged: boolean })
  | Each<
      'pull-request-synchronized' | 'pull-request-reopened' | 'pull-request-dequeued',
      InRepo & { pull: PullSnapshot }
    >
  | (InRepo & { type: 'review-submitted'; pull: PullSnapshot; review: Review })
  | (InRepo & { type: 'pushed'; ref: string; before: string; after: string; pushedAt: number | undefined })
  | (InRepo & { type: 'check-completed'; of: 'check_run' | 'check_suite' | 'status'; check: Check })
  | (InRepo & { type: 'repository-changed'; action: RepositoryAction })
  | (InInstallation & { type: 'installation-changed'; action: InstallationAction; updatedAt: number })
  | (InInstallation & { type: 'installation-repositories'; added: RepoName[]; removed: RepoName[] });

/** One member of the union per type, so that `Extract` finds each of them. */
type Each<Type extends string, Rest> = Type extends string ? Rest & { type: Type } : never;

export const repositoryActions = [
  'renamed',
  'archived',
  'unarchived',
  'deleted',
  'transferred',
  'edited',
  'privatized',
  'publicized',
] as const;
export type RepositoryAction = (typeof repositoryActions)[number];

export const installationActions = [
  'created',
  'deleted',
  'suspend',
  'unsuspend',
  'new_permissions_accepted',
] as const;
export type InstallationAction = (typeof installationActions)[number];

interface InInstallation {
  installationId: number;
  sender: Person;
}
interface InRepo extends InInstallation {
  repo: Repo;
}

export interface Repo {
  id: number;
  owner: string;
  name: string;
  defaultBranch: string;
}

export interface RepoName {
  id: number;
  owner: string;
  name: string;
}

/** `type` is GitHub's: User, Bot, Organization, Mannequin. */
export interface Person {
  login: string;
  id: number;
  type: string;
}

/** The issue as the payload has it: what may be frozen. */
export interface IssueSnapshot {
  id: number;
  number: number;
  title: string;
  body: string;
  author: Person;
  url: string;
  state: 'open' | 'closed';
  labels: string[];
  createdAt: number;
  updatedAt: number;
}

export interface Label {
  id: number;
  name: string;
}

export interface Comment {
  id: number;
  author: Person;
  /** GitHub's author_association: a hint, never an authorisation. */
  association: string;
  body: string;
  createdAt: number;
}

export interface PullSnapshot {
  id: number;
  number: number;
  author: Person;
  head: { ref: string; sha: string /** Undefined when the fork is gone. */; repoId: number | undefined };
  base: { ref: string; sha: string };
  updatedAt: number;
}

export interface Review {
  id: number;
  author: Person;
  /** The commit that was looked at. */
  head: string;
  state: 'approved' | 'changes_requested' | 'commented' | 'dismissed';
  body: string;
  /** Undefined for one that was not submitted yet. */
  submittedAt: number | undefined;
}

export interface Check {
  id: number;
  head: string;
  /** Of the run or suite; the context of a status. */
  name: string;
  /** Conclusion of the run or suite, state of a status. */
  conclusion: string;
  /** The app that made it; a status has none. */
  appId: number | undefined;
  completedAt: number;
}

/** Deliveries of one lane are processed in order. */
export function laneOf(event: Event): string {
  return 'repo' in event ? `repo:${event.repo.id}` : `installation:${event.installationId}`;
}

/**
 * What makes the event itself unique, whatever delivery id it comes with: GitHub does not sign that header, so whoever
 * has one signed body could send it under any. Undefined where the payload does not say which time it was; handlers of
 * those can be run twice.
 */
export function identityOf(event: Event): string | undefined {
  return identityAs(event.type, event);
}

const contraries: Partial<Record<Event['type'], Event['type']>> = {
  'issue-labeled': 'issue-unlabeled',
  'issue-unlabeled': 'issue-labeled',
  'issue-closed': 'issue-reopened',
  'issue-reopened': 'issue-closed',
  'pull-request-closed': 'pull-request-reopened',
  'pull-request-reopened': 'pull-request-closed',
};

/**
 * Identity of the event that undoes this one, if it happened in the same second: GitHub's times are no finer, so a
 * label that was put on, taken off and put on again at once is told of twice in the same words.
 */
export function contraryOf(event: Event): string | undefined {
  const type = contraries[event.type];
  return type && identityAs(type, event);
}

function identityAs(type: Event['type'], event: Event): string | undefined {
  const parts = identifyingParts(event);
  return parts && [type, ...parts].join(':');
}

function identifyingParts(event: Event): (string | number)[] | undefined {
  switch (event.type) {
    case 'issue-labeled':
    case 'issue-unlabeled':
      return [event.issue.id, event.label.id, event.issue.updatedAt];
    case 'issue-edited':
    case 'issue-closed':
    case 'issue-reopened':
    case 'issue-transferred':
    case 'issue-deleted':
      return [event.issue.id, event.issue.updatedAt];
    case 'comment-created':
      return [event.comment.id];
    case 'pull-request-closed':
    case 'pull-request-synchronized':
    case 'pull-request-reopened':
    case 'pull-request-dequeued':
      return [event.pull.id, event.pull.head.sha, event.pull.updatedAt];
    case 'review-submitted':
      return [event.review.id];
    case 'pushed':
      // A branch can be moved forth and back: the same two commits, another push.
      return event.pushedAt === undefined
        ? undefined
        : [event.repo.id, event.ref, event.before, event.after, event.pushedAt];
    case 'check-completed':
      return [event.of, event.check.id, event.check.conclusion, event.check.completedAt];
    case 'installation-changed':
      return [event.installationId, event.action, event.updatedAt];
    case 'repository-changed':
    case 'installation-repositories':
      return undefined;
  }
}
