import type { Engine } from '../engine/engine.ts';
import type { Repository, RepositoryRef } from '../github/types.ts';
import type { Policy } from '../run/facts.ts';
import type { Store } from '../store/store.ts';
import { type Authorization, authorize } from './authorize.ts';
import type { CommandVerb } from './command.ts';
import type { Event, IssueSnapshot, Person, Repo } from './event.ts';

/** What acting on events needs of the rest of the program. */
export interface EventPorts {
  engine: Pick<Engine, 'start' | 'say' | 'see' | 'refresh' | 'lookAgain'>;
  store: Pick<
    Store,
    'runOfPullRequest' | 'liveRun' | 'latestRun' | 'runsOfIssue' | 'facts' | 'runsNotTerminal'
  >;
  repository(ref: RepositoryRef): Repository;
  /** What the repository's file at the base commit allows; a mistake in it is preflight's to tell. */
  policy(repository: Repository, branch: string, commit: string): Promise<Policy>;
  /** Milliseconds since the epoch, by the engine's clock. */
  now(): number;
  /** Deletes what is kept of repositories that the app was taken off; without `repoIds`: of all of the installation. */
  purge(of: { installationId: number; repoIds?: readonly number[] }): Promise<void>;
  /** A repository has another name, owner or installation now. */
  moved(to: RepositoryRef): Promise<void>;
  /** Login of the app itself: what it does is recorded by whoever does it, not heard of by webhook. */
  self(): Promise<string>;
  log: { info(fields: object, words: string): void };
}

export type IssueChanged = Extract<Event, { issue: IssueSnapshot }>;
export type Of<T extends Event['type']> = Extract<Event, { type: T }>;

/** May this person do that? Asked of GitHub each time: roles change. */
export async function permission(
  action: CommandVerb | 'label',
  person: Person,
  issueAuthor: string,
  repository: Repository,
): Promise<Authorization> {
  const isBot = person.type !== 'User';
  if (isBot) return authorize(action, { roleName: 'none', isBot, isAuthor: false });
  const roleName = await repository.roleOf(person.login);
  return authorize(action, { roleName, isBot, isAuthor: person.login === issueAuthor });
}

export function refOf(event: { repo: Repo; installationId: number }): RepositoryRef {
  const { owner, name, id } = event.repo;
  return { installationId: event.installationId, owner, name, id };
}
