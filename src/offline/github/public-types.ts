import type { FaultKind } from './faults.ts';
import type { RoleName } from './permissions.ts';
import type { MergeMethod, Person } from './person-types.ts';
import type { Snapshot } from './snapshot-types.ts';

export type { FaultKind } from './faults.ts';
export type { RoleName } from './permissions.ts';
export type * from './person-types.ts';
export type * from './snapshot-types.ts';

/** What the local GitHub offers to the scenario runner, the demo's page and tests. */

export type AccessLevel = 'read' | 'write';
/** App permissions by GitHub's names, for example `{ contents: 'write', issues: 'write' }`. */
export type Permissions = Readonly<Record<string, AccessLevel>>;

export interface LocalGitHubOptions {
  /** A directory of its own: bare repositories and a git configuration are written there. */
  readonly dataDir: string;
  readonly appId: number;
  /** The app's name in URLs; its comments come from `<slug>[bot]`. Default `auto-build`. */
  readonly appSlug?: string;
  /** PEM of the app's public key; a private key is taken too, its public half is used. */
  readonly publicKey: string;
  readonly webhookSecret: string;
  /** What the app is granted on every installation; default: what auto-build asks for. */
  readonly permissions?: Permissions;
  /** Events the app is subscribed to; `installation*` is always sent. */
  readonly events?: readonly string[];
  /** Dates of everything that happens. Default: the machine's clock. */
  readonly clock?: () => Date;
  /**
   * Decides whether JWTs and tokens are still valid, and is the `Date` header. Default: `clock`. Give it the
   * machine's clock when `clock` jumps: Octokit caches tokens by the machine's clock, a jump would only break it.
   */
  readonly authClock?: () => Date;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Requests per hour and installation. Default 5000, as on GitHub. */
  readonly rateLimit?: number;
}

/** Where a repository's first content comes from. */
export type RepositorySource =
  /** A folder without history: becomes one commit with a fixed author and date, so its SHA is always the same. */
  | { readonly folder: string }
  /** A git repository or a bundle on disk, at a branch, tag or commit. */
  | { readonly git: string; readonly ref: string };

export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  readonly source: RepositorySource;
  /** Default `main`. */
  readonly defaultBranch?: string;
  readonly private?: boolean;
  readonly description?: string;
}

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/** Lets the next write of an operation go wrong. */
export interface Fault {
  /** As in the ledger: `issues/create-comment`, `graphql/markPullRequestReadyForReview`, `git/receive-pack` …; `git/upload-pack` for a fetch */
  readonly operation: string;
  readonly kind: FaultKind;
  /** How many writes it strikes, one after the other. Default 1. */
  readonly times?: number;
}

/** One write that arrived over HTTP, from the API or by git. */
export interface LedgerEntry {
  readonly id: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** Operation id of GitHub's description, `git/receive-pack` for a push, null when nothing matched. */
  readonly operation: string | null;
  /** Login of the actor, or null when it was not authenticated. */
  readonly actor: string | null;
  readonly body: unknown;
  /** How it was carried out; with a fault, something else may have been answered. */
  readonly status: number;
  readonly fault?: FaultKind;
}

/** A place where a request or an answer does not fit GitHub's published description. */
export interface Violation {
  readonly kind: 'request' | 'answer' | 'webhook' | 'not implemented';
  /** `POST /repos/{owner}/{repo}/issues`, or the webhook's `event.action`. */
  readonly subject: string;
  readonly problem: string;
  readonly at: string;
}

export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly deliveredAt: string;
  readonly redelivery: boolean;
  readonly durationMs: number;
  /** 0 when there was no answer. */
  readonly statusCode: number;
  /** `OK`, or what went wrong. */
  readonly status: string;
  readonly repositoryId: number | null;
  readonly installationId: number | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
}

/** Reads the request for a page; undefined means not found. */
export type PageHandler = (request: Request) => Response | undefined | Promise<Response | undefined>;

/** What a branch asks of those who merge into it, and of those who push to it. */
export interface BranchRules {
  /** `ruleset` (default) is read in full at `/rules/branches`; `classic` shows only its checks, at `/branches`. */
  readonly kind?: 'ruleset' | 'classic';
  /** Names of checks or contexts of statuses; with `appId` only that app's report counts. */
  readonly requiredChecks?: readonly (string | { readonly name: string; readonly appId?: number })[];
  /** The head must hold the newest commit of the base. */
  readonly strict?: boolean;
  /** Approving reviews by people with write access, the author not counted. */
  readonly approvals?: number;
  readonly codeOwners?: boolean;
  /** A push takes earlier approvals away. */
  readonly dismissStale?: boolean;
  readonly mergeQueue?: boolean;
  readonly signatures?: boolean;
  readonly linearHistory?: boolean;
  readonly mergeMethods?: readonly MergeMethod[];
}

/** What another app, a CI system say, reports about a commit. */
export interface CheckReport {
  /** A commit, or a branch for its tip. */
  readonly sha: string;
  readonly name: string;
  /** Leave out for a check that still runs. */
  readonly conclusion?: CheckConclusion;
  /** Slug of the app. Default `github-actions`. */
  readonly app?: string;
  readonly title?: string;
  readonly summary?: string;
}

export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required';

/** An issue that was there before anything else happened: no webhooks. */
export interface SeededIssue {
  readonly title: string;
  readonly body?: string;
  /** Default: the owner of the repository. */
  readonly author?: string;
  readonly labels?: readonly string[];
  readonly state?: 'open' | 'closed';
  readonly createdAt?: Date;
}

/** What the owner does with a repository; each sends GitHub's webhooks. */
export interface RepositoryAdmin {
  /** `null` takes the rules of a branch (or pattern: `main`, `release/*`, `**`) away. Sends nothing. */
  setRules(branch: string, rules: BranchRules | null): void;
  /** The setting without which auto-merge is refused; off in new repositories. */
  allowAutoMerge(allowed: boolean): void;
  archive(): void;
  unarchive(): void;
  /** The old name redirects, in the API and in git, until another repository takes it. */
  rename(name: string): void;
  delete(): void;
  /** Takes the repository out of the app's installation. */
  removeFromApp(): void;
  /** Another app's check: made when its last one of that name is completed, else changed. */
  reportCheck(report: CheckReport): Promise<{ id: number }>;
  /** Many issues at once, quickly. Answers their numbers. */
  seedIssues(issues: readonly SeededIssue[]): number[];
}

/** What the owner of an account does with the app on it. */
export interface InstallationAdmin {
  /** Tokens are refused with 403 until it is taken back. */
  suspend(): void;
  unsuspend(): void;
  uninstall(): void;
  /** All tokens that were issued are refused from now on, as they are after an hour. */
  expireTokens(): void;
}

export interface LocalGitHub extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: also the base of git clone URLs (`<url>/<owner>/<repo>.git`). */
  readonly url: string;
  /** `<url>/api/v3` */
  readonly apiUrl: string;
  /** Where webhooks go; without a target events are dropped, as with an app that has no webhook URL. */
  setWebhookTarget(url: string | undefined): void;
  /** What is sent from now on does not arrive: GitHub keeps it as failed, or knows nothing of it. `none`: it does. */
  dropWebhooks(how: 'fail' | 'forget' | 'none'): void;
  /** Resolves when no webhook is queued or under way. */
  webhooksIdle(): Promise<void>;
  /** All deliveries, oldest first, failed ones included: GitHub never tries again by itself. */
  deliveries(): readonly Delivery[];
  /** Sends a delivery's payload again, with a new GUID. Throws when the id is unknown. */
  redeliver(deliveryId: number): Promise<Delivery>;
  /** Known logins only may act; adding the same login again changes nothing. */
  addUser(user: { login: string; type?: 'User' | 'Bot' | 'Organization' }): void;
  /** Makes the owner when unknown, and installs the app on the repository. Throws UserError for a bad source. */
  createRepository(input: NewRepository): Promise<{ id: number; dir: string; sha: string }>;
  /** `null` takes the role away. Makes the user when unknown. */
  setRole(repo: RepositoryName, login: string, role: RoleName | null): void;
  as(login: string, repo: RepositoryName): Person;
  /** The repository in the hands of its owner. */
  repository(repo: RepositoryName): RepositoryAdmin;
  /** The app's installation on an account. */
  installation(account: string): InstallationAdmin;
  /** Leaves an installation so many requests until the hour is over; the next ones answer 403. */
  setRateLimitRemaining(account: string, remaining: number): void;
  /** Requests of this hour that count against a limit, by who made them: `app`, `installation <id>`. */
  requestsCounted(): Readonly<Record<string, number>>;
  /** Lets a write go wrong; several faults of one operation strike in the order in which they were planned. */
  plan(fault: Fault): void;
  /** Faults that have not struck yet. */
  planned(): readonly Fault[];
  ledger(): readonly LedgerEntry[];
  violations(): readonly Violation[];
  /** Serves every path that is neither the API nor git, so that `html_url`s can lead to a page. */
  setPageHandler(handler: PageHandler | undefined): void;
  snapshot(): Promise<Snapshot>;
  /** Undefined when the ref or the file does not exist. */
  readFile(repo: RepositoryName, ref: string, path: string): Promise<string | undefined>;
  /** The git objects of a repository, for `git --git-dir`. */
  gitDir(repo: RepositoryName): string;
  close(): Promise<void>;
}
