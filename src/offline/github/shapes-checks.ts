import type { Commit } from './git-read.ts';
import type { Host } from './host.ts';
import { appJson, dateText, dateTextOrNull, type Json, nodeId, userJson } from './shapes-accounts.ts';
import { minimalPulls, repoApi, repoHtml } from './shapes-repository.ts';
import type { Repository } from './world.ts';
import { type CheckRun, type CommitStatus, latestChecks, type ReportingApp } from './world-checks.ts';

/** JSON of check runs, their suites and commit statuses. */

export function checkRunJson(host: Host, repo: Repository, check: CheckRun): Json {
  const url = `${repoApi(host, repo)}/check-runs/${check.id}`;
  const html = `${repoHtml(host, repo)}/runs/${check.id}`;
  return {
    id: check.id,
    node_id: nodeId('CR', check.id),
    name: check.name,
    head_sha: check.headSha,
    external_id: check.externalId ?? '',
    url,
    html_url: html,
    details_url: check.detailsUrl ?? html,
    status: check.status,
    conclusion: check.conclusion,
    started_at: dateText(check.startedAt),
    completed_at: dateTextOrNull(check.completedAt),
    output: {
      ...check.output,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: checkSuiteId(check) },
    app: reportingAppJson(host, check.app),
    pull_requests: minimalPulls(host, repo, check.headSha),
  };
}

/** Another app is shown with our app's frame: only its names and rights differ. */
function reportingAppJson(host: Host, app: ReportingApp): Json {
  const ours = appJson(host);
  if (app.id === host.app.id) return ours;
  const page = `${host.url}/apps/${app.slug}`;
  return {
    ...ours,
    id: app.id,
    slug: app.slug,
    client_id: `Iv1.${app.id}`,
    node_id: nodeId('A', app.id),
    name: app.slug,
    external_url: page,
    html_url: page,
    permissions: { checks: 'write', metadata: 'read' },
    events: [],
  };
}

/** An app has one check suite per commit. */
export function checkSuiteId({ headSha, app }: CheckRun): number {
  return Number.parseInt(headSha.slice(0, 8), 16) + app.id;
}

/** The suite of an app on a commit; its conclusion is the worst of its newest runs. */
export function checkSuiteJson(
  host: Host,
  repo: Repository,
  runs: readonly CheckRun[],
  commit: Commit,
): Json {
  const newest = latestChecks(runs);
  const [first] = runs as [CheckRun];
  const id = checkSuiteId(first);
  const url = `${repoApi(host, repo)}/check-suites/${id}`;
  const completed = newest.every((run) => run.status === 'completed');
  const worst = ['failure', 'timed_out', 'cancelled', 'action_required', 'success', 'neutral', 'skipped'];
  const conclusion = worst.find((word) => newest.some((run) => run.conclusion === word)) ?? null;
  const pulls = minimalPulls(host, repo, commit.sha);
  return {
    id,
    node_id: nodeId('CS', id),
    head_branch: (pulls[0]?.head as { ref: string } | undefined)?.ref ?? repo.defaultBranch,
    head_sha: commit.sha,
    status: completed ? 'completed' : 'in_progress',
    conclusion: completed ? conclusion : null,
    url,
    before: commit.parents[0] ?? null,
    after: commit.sha,
    pull_requests: pulls,
    app: reportingAppJson(host, first.app),
    created_at: dateText(first.startedAt),
    updated_at: dateText(newest.at(-1)?.completedAt ?? first.startedAt),
    latest_check_runs_count: newest.length,
    check_runs_url: `${url}/check-runs`,
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.committer.date,
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    },
  };
}

export function statusJson(host: Host, repo: Repository, status: CommitStatus): Json {
  return {
    url: `${repoApi(host, repo)}/statuses/${status.sha}`,
    avatar_url: `${host.url}/avatars/${encodeURIComponent(status.creator.login)}`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: dateText(status.createdAt),
    updated_at: dateText(status.createdAt),
  };
}

export function statusWithCreatorJson(host: Host, repo: Repository, status: CommitStatus): Json {
  return { ...statusJson(host, repo, status), creator: userJson(host, status.creator) };
}
