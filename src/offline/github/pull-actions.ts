import { ApiError, validationFailed } from './errors.ts';
import { sendPullEvent } from './events.ts';
import { aheadBehind, readCommits, resolveCommit } from './git-read.ts';
import { mergeCommit, updateRef } from './git-write.ts';
import { emailOf, type Host } from './host.ts';
import { newIssue, recordEvent, requireTitle, setIssueState } from './issue-actions.ts';
import type { MergeMethod } from './public-types.ts';
import { closeNamedIssues, keepPullHead, refsMoved } from './push-actions.ts';
import { userJson } from './shapes-accounts.ts';
import { pullDiffBase } from './shapes-pulls.ts';
import type { Account, Actor, PullRequest, Repository } from './world.ts';
import { isPullRequest, pullRequestsOf } from './world.ts';

/** Opening, merging and asking for reviews of pull requests, by the app and by people alike. */

const resource = 'PullRequest';

export interface NewPullRequest {
  readonly title: string;
  readonly body?: string | null;
  /** `branch` or `owner:branch`; forks are not kept here. */
  readonly head: string;
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
  const headRef = input.head.startsWith(`${repo.owner.login}:`)
    ? input.head.slice(repo.owner.login.length + 1)
    : input.head;
  const headSha = await resolveCommit(host.git, repo.dir, `refs/heads/${headRef}`);
  if (!headSha) throw validationFailed({ resource, field: 'head', code: 'invalid' });
  const baseSha = await resolveCommit(host.git, repo.dir, `refs/heads/${input.base}`);
  if (!baseSha) throw validationFailed({ resource, field: 'base', code: 'invalid' });
  const twin = pullRequestsOf(repo).find(
    ({ state, pull }) => state === 'open' && pull.headRef === headRef && pull.baseRef === input.base,
  );
  if (twin) {
    const message = `A pull request already exists for ${repo.owner.login}:${headRef}.`;
    throw validationFailed({ resource, code: 'custom', message });
  }
  if ((await aheadBehind(host.git, repo.dir, baseSha, headSha)).ahead === 0) {
    const message = `No commits between ${input.base} and ${headRef}`;
    throw validationFailed({ resource, code: 'custom', message });
  }
  const pull = {
    id: host.world.nextId(),
    headRef,
    headSha,
    baseRef: input.base,
    baseSha,
    draft: input.draft ?? false,
    merged: false,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    requestedReviewers: [],
  };
  const issue = newIssue(host, repo, { title, body: input.body ?? null, actor, pull }) as PullRequest;
  await keepPullHead(host, repo, issue.number, headSha);
  await sendPullEvent(host, repo, issue, { action: 'opened', actor });
  return issue;
}

interface MergeRequest {
  readonly method: MergeMethod;
  readonly sha?: string;
  readonly title?: string;
  readonly message?: string;
}

/** Merges for real and answers the new commit. Throws ApiError 405 (not mergeable) or 409 (head moved). */
export async function mergePullRequest(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  request: MergeRequest,
): Promise<string> {
  return host.exclusively(repo, async () => {
    const { pull } = issue;
    if (issue.state === 'closed') throw new ApiError(405, 'Pull Request is not mergeable');
    if (pull.draft) throw new ApiError(405, 'Pull Request is still a draft');
    if (request.sha !== undefined && request.sha !== pull.headSha) {
      throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
    }
    const ref = `refs/heads/${pull.baseRef}`;
    const base = await resolveCommit(host.git, repo.dir, ref);
    const sha =
      base &&
      (await mergeCommit(host.git, repo.dir, {
        method: request.method,
        base,
        head: pull.headSha,
        message: await mergeMessage(host, repo, issue, request),
        signing: { author: { name: actor.account.login, email: emailOf(actor.account) }, at: host.clock() },
      }));
    if (!base || !sha) throw new ApiError(405, 'Pull Request is not mergeable');
    if (!(await updateRef(host.git, repo.dir, ref, base, sha))) {
      throw new ApiError(405, 'Base branch was modified. Review and try the merge again.');
    }
    markMerged(host, issue, actor, sha);
    await setIssueState(host, repo, actor, issue, 'closed');
    await refsMoved(host, repo, actor, [{ ref, before: base, after: sha }]);
    if (pull.baseRef === repo.defaultBranch) await closeNamedIssues(host, repo, actor, issue.body ?? '');
    return sha;
  });
}

function markMerged(host: Host, issue: PullRequest, actor: Actor, sha: string): void {
  issue.pull.merged = true;
  issue.pull.mergedAt = host.clock();
  issue.pull.mergedBy = actor.account;
  issue.pull.mergeCommitSha = sha;
  recordEvent(host, issue, { event: 'merged', actor, commitId: sha });
}

/** GitHub's defaults: the branch and title for a merge; the title, or the only commit's words, for a squash. */
async function mergeMessage(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  request: MergeRequest,
): Promise<string> {
  const { pull } = issue;
  if (request.method === 'merge') {
    const title =
      request.title ?? `Merge pull request #${issue.number} from ${repo.owner.login}/${pull.headRef}`;
    return `${title}\n\n${request.message ?? issue.title}\n`;
  }
  const base = await pullDiffBase(host, repo, issue);
  const commits = await readCommits(host.git, repo.dir, ['--reverse', `${base}..${pull.headSha}`]);
  const only = commits.length === 1 ? commits[0] : undefined;
  const [subject = '', ...rest] = (only?.message ?? issue.title).split('\n');
  const body = only ? rest.join('\n').trim() : commits.map((commit) => `* ${commit.message}`).join('\n\n');
  const title = request.title ?? `${subject} (#${issue.number})`;
  return `${title}\n\n${request.message ?? body}`.trimEnd().concat('\n');
}

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

/** Reopening needs the branch, and no other open pull request from it. */
export async function reopenPullRequest(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
): Promise<void> {
  const { pull } = issue;
  const sha = await resolveCommit(host.git, repo.dir, `refs/heads/${pull.headRef}`);
  const twin = pullRequestsOf(repo).some(
    (other) => other !== issue && other.state === 'open' && other.pull.headRef === pull.headRef,
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
