import type { Faults } from './faults.ts';
import type { Git } from './git.ts';
import type { Ledger } from './ledger.ts';
import type { OpenApi } from './openapi.ts';
import type { Permissions } from './public-types.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Manifest } from './routes-manifest.ts';
import type { Webhooks } from './webhooks.ts';
import type { Account, Actor, Issue, Repository, World } from './world.ts';

/** The app that is registered on this GitHub. */
interface RegisteredApp {
  readonly id: number;
  readonly slug: string;
  readonly owner: Account;
  /** `<slug>[bot]` */
  readonly bot: Account;
  readonly publicKey: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  readonly createdAt: Date;
}

/** Everything that rooms of the local GitHub share. */
export interface Host {
  readonly url: string;
  readonly apiUrl: string;
  /** Another one once an app was made from a manifest. */
  app: RegisteredApp;
  /** Manifests that were accepted and not exchanged yet, by code. */
  readonly manifests: Map<string, Manifest>;
  readonly world: World;
  readonly git: Git;
  readonly openApi: OpenApi;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly clock: () => Date;
  readonly authClock: () => Date;
  readonly rateLimits: RateLimits;
  /** Runs one git write after the other per repository, so that refs before and after can be compared. */
  exclusively<T>(repo: Repository, work: () => Promise<T>): Promise<T>;
}

export function appActor(host: Host): Actor {
  return { account: host.app.bot, viaApp: true };
}

export function personActor(account: Account): Actor {
  return { account, viaApp: false };
}

/** Marks an issue as changed now. */
export function touch(host: Host, issue: Issue): void {
  issue.updatedAt = host.clock();
}

export function emailOf(account: Account): string {
  return `${account.id}+${account.login}@users.noreply.github.com`;
}
