import type { Host } from './host.ts';
import { installationJson, type Json, nodeId, userJson } from './shapes-accounts.ts';
import { issueJson } from './shapes-issues.ts';
import { pullJson } from './shapes-pulls.ts';
import { labelJson, repositoryJson } from './shapes-repository.ts';
import type { Account, Actor, Installation, Issue, Label, PullRequest, Repository } from './world.ts';

/** Builds webhook payloads, compares them with the description, and queues them for the app. */

interface RepositoryEvent {
  readonly event: string;
  readonly action: string | null;
  readonly actor: Actor;
  readonly extra: Json;
}

/** Sends an event of a repository if the app is installed there and subscribed. */
export function sendEvent(
  host: Host,
  repo: Repository,
  { event, action, actor, extra }: RepositoryEvent,
): void {
  const installation = host.world.installationOf(repo);
  if (!installation || installation.suspended || !host.app.events.includes(event)) return;
  const payload = {
    ...(action === null ? {} : { action }),
    ...extra,
    repository: repositoryJson(host, repo),
    sender: userJson(host, actor.account),
    installation: { id: installation.id, node_id: nodeId('IN', installation.id) },
  };
  queue(host, event, action, payload, repo.id);
}

interface InstallationChange {
  readonly name: 'installation' | 'installation_repositories';
  readonly action: 'created' | 'deleted' | 'suspend' | 'unsuspend' | 'added' | 'removed';
  readonly repositories: readonly Repository[];
  readonly sender: Account;
}

/** Sends `installation` or `installation_repositories`, which every app gets. */
export function sendInstallationEvent(
  host: Host,
  installation: Installation,
  { name, action, repositories, sender }: InstallationChange,
): void {
  const listed = repositories.map((repo) => ({
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: `${repo.owner.login}/${repo.name}`,
    private: repo.private,
  }));
  const payload = {
    action,
    installation: installationJson(host, installation),
    ...(name === 'installation'
      ? { repositories: listed }
      : {
          repository_selection: 'selected',
          repositories_added: action === 'added' ? listed : [],
          repositories_removed: action === 'removed' ? listed : [],
        }),
    requester: null,
    sender: userJson(host, sender),
  };
  queue(host, name, action, payload, null);
}

function queue(
  host: Host,
  event: string,
  action: string | null,
  payload: Json,
  repositoryId: number | null,
): void {
  const problem = host.openApi.checkWebhook(event, action, payload);
  if (problem) host.ledger.violation('webhook', action === null ? event : `${event}.${action}`, problem);
  const { id: installationId } = payload.installation as { id: number };
  host.webhooks.send({ event, action, repositoryId, installationId, body: JSON.stringify(payload) });
}

interface IssueChange {
  readonly action: string;
  readonly actor: Actor;
  readonly label?: Label;
  readonly changes?: Json;
}

/** `issues.*`, and for a pull request `pull_request.*` as well: GitHub sends both when one is labeled. */
export async function sendIssueEvent(
  host: Host,
  repo: Repository,
  issue: Issue,
  change: IssueChange,
): Promise<void> {
  const { action, actor, label, changes } = change;
  const extra = {
    ...(label ? { label: labelJson(host, repo, label) } : {}),
    ...(changes ? { changes } : {}),
  };
  if (issue.pull) await sendPullEvent(host, repo, issue as PullRequest, { action, actor, extra });
  if (issue.pull && !label) return;
  sendEvent(host, repo, {
    event: 'issues',
    action,
    actor,
    extra: { issue: issueJson(host, repo, issue), ...extra },
  });
}

export async function sendPullEvent(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  change: { action: string; actor: Actor; extra?: Json },
): Promise<void> {
  sendEvent(host, repo, {
    event: 'pull_request',
    action: change.action,
    actor: change.actor,
    extra: { number: issue.number, pull_request: await pullJson(host, repo, issue), ...change.extra },
  });
}
