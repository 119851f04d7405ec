import { ApiError } from './errors.ts';
import { sendPullEvent } from './events.ts';
import type { Host } from './host.ts';
import { mergePullRequest } from './merge-actions.ts';
import { advanceQueue, enqueue } from './merge-queue.ts';
import { mergeability } from './mergeability.ts';
import type { AutoMerge, PullRequest, Repository } from './world.ts';
import { pullRequestsOf } from './world.ts';
import { rulesOf } from './world-rules.ts';

/** What GitHub does by itself once nothing stands against it any more. */

/** Goes through auto-merges and the merge queue. Call it when a check, a review or a draft changed. */
export async function settlePulls(host: Host, repo: Repository): Promise<void> {
  for (const issue of pullRequestsOf(repo)) {
    if (issue.state !== 'open') continue;
    if (issue.pull.queued) await advanceQueue(host, repo, issue, issue.pull.queued);
    else if (issue.pull.autoMerge) await mergeIfClean(host, repo, issue, issue.pull.autoMerge);
  }
}

async function mergeIfClean(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  auto: AutoMerge,
): Promise<void> {
  const { state } = await mergeability(host, repo, issue);
  if (state !== 'clean' && state !== 'unstable') return;
  if (rulesOf(repo, issue.pull.baseRef)?.mergeQueue) {
    await enqueue(host, repo, auto.enabledBy, issue);
    return;
  }
  const { method, title, message } = auto;
  const request = { method, ...(title === null ? {} : { title }), ...(message === null ? {} : { message }) };
  try {
    await mergePullRequest(host, repo, auto.enabledBy, issue, request);
  } catch (error) {
    // A rule about the way to merge: GitHub leaves such a pull request waiting.
    if (!(error instanceof ApiError)) throw error;
  }
}

export async function enableAutoMerge(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  auto: AutoMerge,
): Promise<void> {
  issue.pull.autoMerge = auto;
  await sendPullEvent(host, repo, issue, { action: 'auto_merge_enabled', actor: auto.enabledBy });
  await settlePulls(host, repo);
}
