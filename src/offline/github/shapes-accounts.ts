import type { Host } from './host.ts';
import type { Account, Installation, Reaction, Repository } from './world.ts';
import { reactionContents, roleOf } from './world.ts';

/** JSON of accounts, the app, its installations and reactions, as GitHub's description has them. */
export type Json = Record<string, unknown>;

/** GitHub's dates have no fractions of a second. */
export function dateText(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function dateTextOrNull(date: Date | null): string | null {
  return date === null ? null : dateText(date);
}

/** GraphQL's id; opaque, so anything unique will do. */
export function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`;
}

export function userJson(host: Host, account: Account): Json {
  const login = encodeURIComponent(account.login);
  const api = `${host.apiUrl}/users/${login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('U', account.id),
    avatar_url: `${host.url}/avatars/${login}`,
    gravatar_id: '',
    url: api,
    html_url: `${host.url}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function userOrNull(host: Host, account: Account | null): Json | null {
  return account === null ? null : userJson(host, account);
}

export function appJson(host: Host): Json {
  const { app } = host;
  return {
    id: app.id,
    slug: app.slug,
    client_id: `Iv1.${app.id}`,
    node_id: nodeId('A', app.id),
    owner: userJson(host, app.owner),
    name: app.slug,
    description: null,
    external_url: `${host.url}/apps/${app.slug}`,
    html_url: `${host.url}/apps/${app.slug}`,
    created_at: dateText(app.createdAt),
    updated_at: dateText(app.createdAt),
    permissions: app.permissions,
    // GitHub's description of webhooks does not know of the merge queue here.
    events: app.events.filter((event) => event !== 'merge_group'),
  };
}

export function installationJson(host: Host, installation: Installation): Json {
  const { app, apiUrl } = host;
  const { account, id } = installation;
  return {
    id,
    client_id: `Iv1.${app.id}`,
    account: userJson(host, account),
    repository_selection: 'selected',
    access_tokens_url: `${apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${apiUrl}/installation/repositories`,
    html_url: `${host.url}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type === 'Organization' ? 'Organization' : 'User',
    permissions: app.permissions,
    events: app.events,
    created_at: dateText(installation.createdAt),
    updated_at: dateText(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: userOrNull(host, installation.suspended?.by ?? null),
    suspended_at: dateTextOrNull(installation.suspended?.at ?? null),
  };
}

export function reactionJson(host: Host, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: userJson(host, reaction.user),
    content: reaction.content,
    created_at: dateText(reaction.createdAt),
  };
}

export function reactionsJson(url: string, reactions: readonly Reaction[]): Json {
  const counts = reactionContents.map((content) => [
    content,
    reactions.filter((reaction) => reaction.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}

export function authorAssociation(repo: Repository, account: Account): string {
  if (account.id === repo.owner.id) return 'OWNER';
  if (repo.roles.has(account.login.toLowerCase())) return 'COLLABORATOR';
  return account.type === 'Bot' && roleOf(repo, account) ? 'CONTRIBUTOR' : 'NONE';
}
