import { deskOf } from './desk.ts';
import type { Host } from './host.ts';
import { issueWork } from './people-issues.ts';
import { pullWork } from './people-pulls.ts';
import type { Person } from './public-types.ts';
import type { Account, Repository } from './world.ts';

/** A person at a repository. What github.com would not offer to somebody of that role throws. */
export function personAt(host: Host, repo: Repository, account: Account): Person {
  const desk = deskOf(host, repo, account);
  return { ...issueWork(desk), ...pullWork(desk) };
}
