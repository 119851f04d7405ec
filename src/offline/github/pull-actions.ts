import { validationFailed } from './errors.ts';
import { sendPullEvent } from './events.ts';
import { aheadBehind, resolveCommit } from './git-read.ts';
import type { Host } from './host.ts';
import { newIssue, recordEvent, requireTitle, setIssueState } from './issue-actions.ts';
import { keepPullHead } from './push-actions.ts';
import { requestCodeOwners } from './reviewer-actions.ts';
import { settlePulls } from './settle.ts';
import type { Actor, Fork, PullRequest, Repository } from './world.ts';
import { isPullRequest, pullRequestsOf } from './world.ts';

/** Opening pull requests and what may become of them before the merge, by the app and by people alike. */

const resource = 'PullRequest';

export interface NewPullRequest {
  readonly title: string;
  readonly body?: string | null;
  /** `branch` or `owner:branch`. */
  readonly head: string;
  /** A head in a fork: the commit, which is in the repository already, as all objects of forks are on GitHub. */
  readonly from?: { readonly fork: Fork; readonly sha: string };
  readonly base: string;
  readonly draft?: boolean;
}

/** Throws ApiError 422 for an unknown branch, a duplicate, or when there is nothing between the branches. */
export function createPullRequest(
  host: Host,
  repo: Repository,
  actor: Actor,
  input: NewPullRequest,
): Promise<PullRequest> {
  // Two at once must not both find that there is no twin.
  return host.exclusively(repo, () => openPullRequest(host, repo, actor, input));
}

async function openPullRequest(
  host: Host,
  repo: Repository,
  actor: Actor,
  input: NewPullRequest,
): Promise<PullRequest> {
  const title = requireTitle(input.title, resource);
  const { from } = input;
  const { login } = from?.fork.owner ?? repo.owner;
  const headRef = input.head.startsWith(`${login}:`) ? input.head.slice(login.length + 1) : input.head;
  const headSha = from ? from.sha : await resolveCommit(host.git, repo.dir, `refs/heads/${headRef}`);
  if (!headSha) throw validationFailed({ resource, field: 'head', code: 'invalid' });
  const baseSha = await resolveCommit(host.git, repo.dir, `refs/heads/${input.base}`);
  if (!baseSha) throw validationFailed({ resource, field: 'base', code: 'invalid' });
  const twin = pullRequestsOf(repo).find(
    ({ state, pull }) =>
      state === 'open' &&
      pull.headRef === headRef &&
      pull.fork?.owner === from?.fork.owner &&
      pull.baseRef === input.base,
  );
  if (twin) {
    const message = `A pull request already exists for ${login}:${headRef}.`;
    throw validationFailed({ resource, code: 'custom', message });
  }
  if ((await aheadBehind(host.git, repo.dir, baseSha, headSha)).ahead === 0) {
    const message = `No commits between ${input.base} and ${headRef}`;
    throw validationFailed({ resource, code: 'custom', message });
  }
  const pull = {
    id: host.world.nextId(),
    headRef,
    fork: from?.fork ?? null,
    headSha,
    baseRef: input.base,
    baseSha,
    draft: input.draft ?? false,
    merged: false,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    requestedReviewers: [],
    reviews: [],
    reviewComments: [],
    autoMerge: null,
    queued: null,
    removedFromQueue: null,
  };
  const issue = newIssue(host, repo, { title, body: input.body ?? null, actor, pull }) as PullRequest;
  await keepPullHead(host, repo, issue.number, headSha);
  await sendPullEvent(host, repo, issue, { action: 'opened', actor });
  await requestCodeOwners(host, repo, issue);
  return issue;
}

/** Draft or not; nothing happens when it is so already. */
export async function setDraft(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  draft: boolean,
): Promise<void> {
  if (issue.pull.draft === draft) return;
  issue.pull.draft = draft;
  recordEvent(host, issue, { event: draft ? 'convert_to_draft' : 'ready_for_review', actor });
  const action = draft ? 'converted_to_draft' : 'ready_for_review';
  await sendPullEvent(host, repo, issue, { action, actor });
  if (draft) return;
  await requestCodeOwners(host, repo, issue);
  await settlePulls(host, repo);
}

/** Reopening needs the branch, and no other open pull request from it. */
export async function reopenPullRequest(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
): Promise<void> {
  const { pull } = issue;
  const sha = pull.fork
    ? pull.headSha
    : await resolveCommit(host.git, repo.dir, `refs/heads/${pull.headRef}`);
  const twin = pullRequestsOf(repo).some(
    (other) =>
      other !== issue &&
      other.state === 'open' &&
      other.pull.headRef === pull.headRef &&
      other.pull.fork?.owner === pull.fork?.owner,
  );
  if (!sha || twin || pull.merged) {
    const message =
      'state cannot be changed. The head branch is missing, merged or used by another pull request.';
    throw validationFailed({ resource, field: 'state', code: 'invalid', message });
  }
  pull.headSha = sha;
  await keepPullHead(host, repo, issue.number, sha);
  await setIssueState(host, repo, actor, issue, 'open');
}

export function findPull(repo: Repository, number: number): PullRequest | undefined {
  const issue = repo.issues.get(number);
  return issue && isPullRequest(issue) ? issue : undefined;
}
