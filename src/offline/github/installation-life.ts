import { sendInstallationEvent } from './events.ts';
import type { Host } from './host.ts';
import type { InstallationAdmin } from './public-types.ts';
import type { Installation, Repository } from './world.ts';

/** Puts a repository under the app: one installation per owner, on selected repositories. */
export function install(host: Host, repo: Repository): void {
  const { installations } = host.world;
  const known = [...installations.values()].find((one) => one.account.id === repo.owner.id);
  const change = { repositories: [repo], sender: repo.owner };
  if (known) {
    known.repositoryIds.add(repo.id);
    sendInstallationEvent(host, known, { name: 'installation_repositories', action: 'added', ...change });
    return;
  }
  const id = host.world.nextId() % 100_000_000;
  const installation: Installation = {
    id,
    account: repo.owner,
    repositoryIds: new Set([repo.id]),
    createdAt: host.clock(),
    suspended: null,
  };
  installations.set(id, installation);
  sendInstallationEvent(host, installation, { name: 'installation', action: 'created', ...change });
}

/** What the owner of an account does with the app. Throws when it is not installed there. */
export function installationAdmin(host: Host, login: string): InstallationAdmin {
  const installation = [...host.world.installations.values()].find(
    ({ account }) => account.login.toLowerCase() === login.toLowerCase(),
  );
  if (!installation) throw new Error(`the app is not installed on ${login}`);
  const send = (action: 'suspend' | 'unsuspend' | 'deleted') => {
    const repositories = [...host.world.repositories.values()].filter(({ id }) =>
      installation.repositoryIds.has(id),
    );
    const sender = installation.account;
    sendInstallationEvent(host, installation, { name: 'installation', action, repositories, sender });
  };
  const expireTokens = () => {
    for (const [text, token] of host.world.tokens) {
      if (token.installation === installation) host.world.tokens.delete(text);
    }
  };
  return {
    suspend() {
      installation.suspended = { by: installation.account, at: host.clock() };
      send('suspend');
    },
    unsuspend() {
      installation.suspended = null;
      send('unsuspend');
    },
    uninstall() {
      send('deleted');
      host.world.installations.delete(installation.id);
      expireTokens();
    },
    expireTokens,
  };
}
