import { sendPullEvent } from './events.ts';
import { resolveCommit } from './git-read.ts';
import { updateRef } from './git-write.ts';
import type { Host } from './host.ts';
import { buildMerge, landMerge } from './merge-actions.ts';
import { dropGroup, leaveQueue, sendGroupEvent } from './merge-group.ts';
import { sendPush } from './push-actions.ts';
import { requiredState } from './rule-verdict.ts';
import type { Actor, MergeGroup, PullRequest, Repository } from './world.ts';
import { rulesOf } from './world-rules.ts';

/** A merge queue of groups with one pull request each: what will be merged is tried on a branch of its own. */

/** Puts a pull request into the queue. Undefined when it conflicts with the base. */
export async function enqueue(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
): Promise<MergeGroup | undefined> {
  const group = await buildGroup(host, repo, actor, issue);
  if (!group) return undefined;
  issue.pull.queued = group;
  await sendPullEvent(host, repo, issue, { action: 'enqueued', actor });
  await startGroup(host, repo, issue, group);
  return group;
}

async function startGroup(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  group: MergeGroup,
): Promise<void> {
  await sendGroupEvent(host, repo, group, issue.pull.baseRef, 'checks_requested');
  // CI systems that know no merge groups begin by the push to the group's branch.
  await sendPush(host, repo, group.enqueuedBy, { ref: group.ref, before: null, after: group.headSha });
  await advanceQueue(host, repo, issue, group);
}

/** Tries the merge on a branch of its own, from the base as it is now. */
async function buildGroup(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
): Promise<MergeGroup | undefined> {
  const { baseRef } = issue.pull;
  return host.exclusively(repo, async () => {
    const baseSha = await resolveCommit(host.git, repo.dir, `refs/heads/${baseRef}`);
    const method = methodOf(repo, baseRef);
    const headSha = baseSha && (await buildMerge(host, repo, actor, issue, { method }, baseSha));
    if (!baseSha || !headSha) return undefined;
    const ref = `refs/heads/gh-readonly-queue/${baseRef}/pr-${issue.number}-${baseSha}`;
    await updateRef(host.git, repo.dir, ref, null, headSha);
    return { ref, headSha, baseSha, firstReport: host.world.nextId(), enqueuedBy: actor };
  });
}

function methodOf(repo: Repository, branch: string): 'merge' | 'squash' | 'rebase' {
  return rulesOf(repo, branch)?.mergeMethods?.[0] ?? 'merge';
}

/** Merges the group when its checks are green, gives it up when one is red, and tries again when the base moved. */
export async function advanceQueue(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  group: MergeGroup,
): Promise<void> {
  const required = rulesOf(repo, issue.pull.baseRef)?.requiredChecks ?? [];
  const states = required.map((check) => requiredState(repo, group.headSha, check, group.firstReport));
  if (states.includes('red')) {
    await leaveQueue(host, repo, issue, 'CI_FAILURE');
    return;
  }
  if (states.some((state) => state !== 'green')) return;
  await host.exclusively(repo, async () => {
    if (issue.pull.queued !== group) return;
    const { baseSha, headSha, enqueuedBy } = group;
    const base = await resolveCommit(host.git, repo.dir, `refs/heads/${issue.pull.baseRef}`);
    if (base === baseSha) {
      await dropGroup(host, repo, issue, 'merged');
      await landMerge(host, repo, enqueuedBy, issue, { base, sha: headSha });
    }
  });
  if (issue.pull.queued !== group) return;
  // The base moved meanwhile: what was tried is not what would be merged.
  const next = await buildGroup(host, repo, group.enqueuedBy, issue);
  if (!next) {
    await leaveQueue(host, repo, issue, 'MERGE_CONFLICT');
    return;
  }
  await dropGroup(host, repo, issue, 'invalidated');
  issue.pull.queued = next;
  await startGroup(host, repo, issue, next);
}
