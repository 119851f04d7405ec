import { sendEvent } from './events.ts';
import { readCommit, readRefs } from './git-read.ts';
import type { Host } from './host.ts';
import { dateText, nodeId } from './shapes-accounts.ts';
import { checkRunJson, checkSuiteId, checkSuiteJson } from './shapes-checks.ts';
import { commitJson, repoApi } from './shapes-repository.ts';
import type { Actor, CheckRun, CommitStatus, Repository } from './world.ts';
import { latestChecks } from './world-checks.ts';

/** Webhooks about what apps and CI systems say of a commit. */

export function sendCheckRunEvent(
  host: Host,
  repo: Repository,
  check: CheckRun,
  action: 'created' | 'completed',
  actor: Actor,
): void {
  const id = checkSuiteId(check);
  const suite = { id, node_id: nodeId('CS', id), head_sha: check.headSha };
  sendEvent(host, repo, {
    event: 'check_run',
    action,
    actor,
    extra: { check_run: { ...checkRunJson(host, repo, check), check_suite: suite } },
  });
}

/** `check_suite.completed`, when the check that just ended was the last of its app on the commit. */
export async function sendSuiteIfCompleted(
  host: Host,
  repo: Repository,
  check: CheckRun,
  actor: Actor,
): Promise<void> {
  const runs = [...repo.checkRuns.values()].filter(
    ({ headSha, app }) => headSha === check.headSha && app.id === check.app.id,
  );
  if (latestChecks(runs).some((run) => run.status !== 'completed')) return;
  const commit = await readCommit(host.git, repo.dir, check.headSha);
  sendEvent(host, repo, {
    event: 'check_suite',
    action: 'completed',
    actor,
    extra: { check_suite: checkSuiteJson(host, repo, runs, commit) },
  });
}

export async function sendStatusEvent(host: Host, repo: Repository, status: CommitStatus): Promise<void> {
  const commit = await readCommit(host.git, repo.dir, status.sha);
  const refs = [...(await readRefs(host.git, repo.dir))];
  const branches = refs.filter(([ref, sha]) => ref.startsWith('refs/heads/') && sha === status.sha);
  const { author, committer, ...rest } = commitJson(host, repo, commit);
  sendEvent(host, repo, {
    event: 'status',
    action: null,
    actor: { account: status.creator, viaApp: false },
    extra: {
      id: status.id,
      sha: status.sha,
      name: `${repo.owner.login}/${repo.name}`,
      avatar_url: `${host.url}/avatars/${encodeURIComponent(status.creator.login)}`,
      target_url: status.targetUrl,
      context: status.context,
      description: status.description,
      state: status.state,
      commit: { ...rest, author, committer },
      branches: branches.map(([ref, sha]) => ({
        name: ref.slice('refs/heads/'.length),
        commit: { sha, url: `${repoApi(host, repo)}/commits/${sha}` },
        protected: false,
      })),
      created_at: dateText(status.createdAt),
      updated_at: dateText(status.createdAt),
    },
  });
}
