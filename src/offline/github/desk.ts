import { type Host, personActor } from './host.ts';
import { atLeast } from './permissions.ts';
import type { RoleName } from './public-types.ts';
import type { Account, Actor, Issue, Repository } from './world.ts';
import { roleOf } from './world.ts';

/** A person in front of a repository: what they may do there. */
export interface Desk {
  readonly host: Host;
  readonly repo: Repository;
  readonly actor: Actor;
  /** Throws when the role is below the one that is needed, or the repository is archived. */
  need(role: RoleName, what: string): void;
  /** The same, but authors may change their own. */
  needOver(author: Account, role: RoleName, what: string): void;
  issueNumbered(number: number): Issue;
}

export function deskOf(host: Host, repo: Repository, account: Account): Desk {
  function need(role: RoleName, what: string): void {
    const has = roleOf(repo, account);
    if (repo.archived) throw new Error(`${account.login} cannot ${what}: the repository is archived`);
    if (!atLeast(has, role))
      throw new Error(`${account.login} cannot ${what}: role ${has ?? 'none'}, needs ${role}`);
  }
  return {
    host,
    repo,
    actor: personActor(account),
    need,
    needOver: (author, role, what) => need(author.id === account.id ? 'read' : role, what),
    issueNumbered(number) {
      const issue = repo.issues.get(number);
      if (!issue) throw new Error(`${repo.name} has no issue ${number}`);
      return issue;
    },
  };
}
