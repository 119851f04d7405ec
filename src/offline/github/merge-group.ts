import { sendEvent, sendPullEvent } from './events.ts';
import { readCommit } from './git-read.ts';
import { updateRef } from './git-write.ts';
import type { Host } from './host.ts';
import type { MergeGroup, PullRequest, Repository } from './world.ts';

/** The branch on which a merge queue tries a merge: how it comes and goes. */

/** Takes a pull request out of the queue without merging it. */
export async function leaveQueue(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  reason: 'MANUAL' | 'CI_FAILURE' | 'MERGE_CONFLICT',
): Promise<void> {
  const group = issue.pull.queued;
  if (!group) return;
  await dropGroup(host, repo, issue, 'invalidated');
  issue.pull.removedFromQueue = reason;
  const actor = group.enqueuedBy;
  await sendPullEvent(host, repo, issue, { action: 'dequeued', actor, extra: { reason } });
}

export async function dropGroup(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  reason: 'merged' | 'invalidated',
): Promise<void> {
  const group = issue.pull.queued;
  if (!group) return;
  issue.pull.queued = null;
  await updateRef(host.git, repo.dir, group.ref, group.headSha, null);
  await sendGroupEvent(host, repo, group, issue.pull.baseRef, 'destroyed', reason);
}

export async function sendGroupEvent(
  host: Host,
  repo: Repository,
  group: MergeGroup,
  branch: string,
  action: 'checks_requested' | 'destroyed',
  reason?: string,
): Promise<void> {
  const commit = await readCommit(host.git, repo.dir, group.headSha);
  const { name, email } = commit.author;
  sendEvent(host, repo, {
    event: 'merge_group',
    action,
    actor: group.enqueuedBy,
    extra: {
      ...(reason === undefined ? {} : { reason }),
      merge_group: {
        head_sha: group.headSha,
        head_ref: group.ref,
        base_sha: group.baseSha,
        base_ref: `refs/heads/${branch}`,
        head_commit: {
          id: commit.sha,
          tree_id: commit.tree,
          message: commit.message,
          timestamp: commit.committer.date,
          author: { name, email },
          committer: { name: commit.committer.name, email: commit.committer.email },
        },
      },
    },
  });
}
