import { sendPullEvent } from './events.ts';
import { resolveCommit } from './git-read.ts';
import { updateRef } from './git-write.ts';
import type { Host } from './host.ts';
import { buildMerge, landMerge } from './merge-actions.ts';
import { dropGroup, leaveQueue, sendGroupEvent } from './merge-group.ts';
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
  const { pull } = issue;
  const group = await host.exclusively(repo, async () => {
    const base = await resolveCommit(host.git, repo.dir, `refs/heads/${pull.baseRef}`);
    const headSha =
      base && (await buildMerge(host, repo, actor, issue, { method: methodOf(repo, pull.baseRef) }, base));
    if (!base || !headSha) return undefined;
    const ref = `refs/heads/gh-readonly-queue/${pull.baseRef}/pr-${issue.number}-${base}`;
    await updateRef(host.git, repo.dir, ref, null, headSha);
    return { ref, headSha, baseSha: base, firstReport: host.world.nextId(), enqueuedBy: actor };
  });
  if (!group) return undefined;
  pull.queued = group;
  await sendPullEvent(host, repo, issue, { action: 'enqueued', actor });
  await sendGroupEvent(host, repo, group, pull.baseRef, 'checks_requested');
  await advanceQueue(host, repo, issue, group);
  return group;
}

function methodOf(repo: Repository, branch: string): 'merge' | 'squash' | 'rebase' {
  return rulesOf(repo, branch)?.mergeMethods?.[0] ?? 'merge';
}

/** Merges the group when its checks are green, and gives it up when one is red or the base moved. */
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
  if (issue.pull.queued === group) await leaveQueue(host, repo, issue, 'BRANCH_PROTECTIONS');
}
