import { sendEvent, sendInstallationEvent } from './events.ts';
import { type Host, personActor } from './host.ts';
import type { Repository } from './world.ts';

/** What the owner does with a repository as a whole. */

export function setArchived(host: Host, repo: Repository, archived: boolean): void {
  if (repo.archived === archived) return;
  repo.archived = archived;
  sendRepositoryEvent(host, repo, archived ? 'archived' : 'unarchived');
}

export function renameRepository(host: Host, repo: Repository, name: string): void {
  const { world } = host;
  const from = repo.name;
  if (world.repository(repo.owner.login, name))
    throw new Error(`${repo.owner.login}/${name} is there already`);
  world.repositories.delete(world.keyOf(repo.owner.login, from));
  world.formerNames.set(world.keyOf(repo.owner.login, from), repo);
  repo.name = name;
  world.repositories.set(world.keyOf(repo.owner.login, name), repo);
  sendRepositoryEvent(host, repo, 'renamed', { changes: { repository: { name: { from } } } });
}

/** Gone for good; former names lead nowhere. */
export function deleteRepository(host: Host, repo: Repository): void {
  const { world } = host;
  sendRepositoryEvent(host, repo, 'deleted');
  world.repositories.delete(world.keyOf(repo.owner.login, repo.name));
  for (const [name, known] of world.formerNames) if (known === repo) world.formerNames.delete(name);
  removeFromApp(host, repo);
}

/** Takes a repository out of the app's installation; its issued tokens do not reach it any more. */
export function removeFromApp(host: Host, repo: Repository): void {
  const installation = host.world.installationOf(repo);
  if (!installation) return;
  installation.repositoryIds.delete(repo.id);
  sendInstallationEvent(host, installation, {
    name: 'installation_repositories',
    action: 'removed',
    repositories: [repo],
    sender: repo.owner,
  });
}

function sendRepositoryEvent(
  host: Host,
  repo: Repository,
  action: 'archived' | 'unarchived' | 'renamed' | 'deleted',
  extra: Record<string, unknown> = {},
): void {
  sendEvent(host, repo, { event: 'repository', action, actor: personActor(repo.owner), extra });
}
