import { ownersOf } from './codeowners.ts';
import { ApiError } from './errors.ts';
import { sendPullEvent } from './events.ts';
import type { Host } from './host.ts';
import { recordEvent } from './issue-actions.ts';
import { atLeast } from './permissions.ts';
import { userJson } from './shapes-accounts.ts';
import type { Account, Actor, PullRequest, Repository } from './world.ts';
import { roleOf } from './world.ts';

/** Who is asked to look at a pull request. */

/** Asks accounts for a review; those asked before are left alone. */
export async function requestReviewers(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  reviewers: readonly Account[],
): Promise<void> {
  for (const reviewer of reviewers) {
    if (issue.pull.requestedReviewers.includes(reviewer)) continue;
    issue.pull.requestedReviewers.push(reviewer);
    recordEvent(host, issue, { event: 'review_requested', actor, reviewer });
    const extra = { requested_reviewer: userJson(host, reviewer) };
    await sendPullEvent(host, repo, issue, { action: 'review_requested', actor, extra });
  }
}

/** Takes requests back; those who were not asked are left alone. */
export async function removeReviewers(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  reviewers: readonly Account[],
): Promise<void> {
  for (const reviewer of reviewers) {
    const { requestedReviewers } = issue.pull;
    if (!requestedReviewers.includes(reviewer)) continue;
    issue.pull.requestedReviewers = requestedReviewers.filter((one) => one !== reviewer);
    recordEvent(host, issue, { event: 'review_request_removed', actor, reviewer });
    const extra = { requested_reviewer: userJson(host, reviewer) };
    await sendPullEvent(host, repo, issue, { action: 'review_request_removed', actor, extra });
  }
}

/** GitHub asks the owners of changed files itself, in the author's name; drafts wait until they are ready. */
export async function requestCodeOwners(host: Host, repo: Repository, issue: PullRequest): Promise<void> {
  if (issue.pull.draft) return;
  const reviewed = new Set(issue.pull.reviews.map(({ actor }) => actor.account.id));
  const owners = (await ownersOf(host, repo, issue))
    .flat()
    .map((login) => host.world.account(login))
    .filter((account) => account !== undefined)
    .filter((account) => account.id !== issue.actor.account.id && !reviewed.has(account.id))
    .filter((account) => atLeast(roleOf(repo, account), 'write'));
  await requestReviewers(host, repo, issue.actor, issue, owners);
}

export const notCollaborators =
  'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.';

/** Collaborators by login. Throws ApiError 422 for strangers and for the author. */
export function reviewersNamed(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  logins: readonly string[],
): Account[] {
  return logins.map((login) => {
    const account = host.world.account(login);
    const known = account && (account.id === repo.owner.id || repo.roles.has(login.toLowerCase()));
    if (!account || !known || !roleOf(repo, account)) throw new ApiError(422, notCollaborators);
    if (account.id === issue.actor.account.id) {
      throw new ApiError(422, 'Review cannot be requested from pull request author.');
    }
    return account;
  });
}
