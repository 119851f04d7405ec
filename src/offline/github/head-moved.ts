import type { Host } from './host.ts';
import { recordEvent } from './issue-actions.ts';
import { leaveQueue } from './merge-group.ts';
import { dismissReview } from './review-dismissal.ts';
import { requestCodeOwners } from './reviewer-actions.ts';
import type { Actor, PullRequest, Repository } from './world.ts';
import { latestOpinions } from './world-reviews.ts';
import { rulesOf } from './world-rules.ts';

/** What follows when commits are pushed to a pull request: approvals may end, new owners are asked. */
export async function pullHeadMoved(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  before: string,
): Promise<void> {
  const { pull } = issue;
  const args = ['merge-base', '--is-ancestor', before, pull.headSha];
  if ((await host.git.pure(repo.dir, args)).exitCode !== 0) {
    recordEvent(host, issue, { event: 'head_ref_force_pushed', actor, commitId: pull.headSha });
  }
  if (rulesOf(repo, pull.baseRef)?.dismissStale) {
    const approvals = [...latestOpinions(pull.reviews).values()].filter(({ state }) => state === 'APPROVED');
    for (const review of approvals) dismissReview(host, repo, actor, issue, review);
  }
  await leaveQueue(host, repo, issue, 'MANUAL');
  await requestCodeOwners(host, repo, issue);
}
