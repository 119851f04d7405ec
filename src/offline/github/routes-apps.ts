import { issueToken, payerOf } from './auth.ts';
import { ApiError, notFound } from './errors.ts';
import type { Host } from './host.ts';
import type { Permissions } from './public-types.ts';
import { type Call, list, ok, paginate, type Routes } from './route.ts';
import { appJson, dateText, installationJson, userJson } from './shapes-accounts.ts';
import { repositoryJson } from './shapes-repository.ts';
import type { Account, Installation, Repository } from './world.ts';

function installationOf(call: Call): Installation {
  const found = call.host.world.installations.get(Number(call.params.installation_id));
  if (!found) throw notFound();
  return found;
}

function repositoriesOf(host: Host, ids: ReadonlySet<number>): Repository[] {
  return [...host.world.repositories.values()].filter((repo) => ids.has(repo.id));
}

export const appRoutes: Routes = {
  'apps/get-authenticated': {
    who: 'app',
    handle: ({ host }) => ok({ ...appJson(host), installations_count: host.world.installations.size }),
  },
  'apps/list-installations': {
    who: 'app',
    handle: (call) =>
      list(call, [...call.host.world.installations.values()], (one) => installationJson(call.host, one)),
  },
  'apps/get-installation': {
    who: 'app',
    handle: (call) => ok(installationJson(call.host, installationOf(call))),
  },
  'apps/get-repo-installation': {
    who: 'app',
    handle: ({ host, params }) => {
      const repo = host.world.repository(params.owner ?? '', params.repo ?? '');
      const installation = repo && host.world.installationOf(repo);
      if (!installation) throw notFound();
      return ok(installationJson(host, installation));
    },
  },
  'apps/create-installation-access-token': {
    who: 'app',
    handle: (call) => {
      const { host } = call;
      const asked = (call.body ?? {}) as {
        repositories?: string[];
        repository_ids?: number[];
        permissions?: Permissions;
      };
      const token = issueToken(host, installationOf(call), asked);
      const narrowed = asked.repositories !== undefined || asked.repository_ids !== undefined;
      const repositories = repositoriesOf(host, token.repositoryIds).map((repo) =>
        repositoryJson(host, repo),
      );
      return {
        status: 201,
        body: {
          token: token.token,
          expires_at: dateText(token.expiresAt),
          permissions: token.permissions,
          repository_selection: 'selected',
          ...(narrowed ? { repositories } : {}),
        },
      };
    },
  },
  'apps/list-repos-accessible-to-installation': {
    who: 'installation',
    handle: (call) => {
      const { caller, host } = call;
      if (caller.kind !== 'installation') throw new ApiError(401, 'Requires authentication');
      const repositories = repositoriesOf(host, caller.token.repositoryIds);
      const { items, headers } = paginate(call, repositories);
      const body = {
        total_count: repositories.length,
        repository_selection: 'selected',
        repositories: items.map((repo) => repositoryJson(host, repo)),
      };
      return { status: 200, body, headers };
    },
  },
  'users/get-by-username': {
    who: 'anyone',
    handle: ({ host, params }) => {
      const account = host.world.account(params.username ?? '');
      if (!account) throw notFound();
      return ok(publicUser(host, account));
    },
  },
  'rate-limit/get': {
    who: 'anyone',
    handle: ({ host, caller }) => {
      const core = host.rateLimits.look(payerOf(caller), host.authClock());
      return ok({ resources: { core, search: { ...core, limit: 30, remaining: 30, used: 0 } }, rate: core });
    },
  },
};

function publicUser(host: Host, account: Account) {
  const nothing = {
    name: null,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
  };
  const counts = { public_repos: 0, public_gists: 0, followers: 0, following: 0 };
  const date = dateText(host.app.createdAt);
  return { ...userJson(host, account), ...nothing, ...counts, created_at: date, updated_at: date };
}
