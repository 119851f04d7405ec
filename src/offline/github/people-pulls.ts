import { commitOnBranch, moveRef } from './branch-actions.ts';
import { createStatus } from './check-actions.ts';
import type { Desk } from './desk.ts';
import { resolveCommit } from './git-read.ts';
import { commitFiles } from './git-write.ts';
import { emailOf } from './host.ts';
import { setIssueState } from './issue-actions.ts';
import { mergePullRequest } from './merge-actions.ts';
import type { Person } from './person-types.ts';
import { createPullRequest, findPull, reopenPullRequest, setDraft } from './pull-actions.ts';
import { replyToComment, submitReview } from './review-actions.ts';
import { dismissReview } from './review-dismissal.ts';
import { requestReviewers, reviewersNamed } from './reviewer-actions.ts';
import type { PullRequest } from './world.ts';

type PullWork = Pick<
  Person,
  | 'push'
  | 'deleteBranch'
  | 'createPullRequest'
  | 'createPullRequestFromFork'
  | 'closePullRequest'
  | 'reopenPullRequest'
  | 'markReady'
  | 'convertToDraft'
  | 'requestReviewers'
  | 'review'
  | 'dismissReview'
  | 'replyToReviewComment'
  | 'mergePullRequest'
  | 'setStatus'
>;

const reviewStates = {
  approve: 'APPROVED',
  request_changes: 'CHANGES_REQUESTED',
  comment: 'COMMENTED',
} as const;

/** What a person does with branches, commits and pull requests. */
export function pullWork({ host, repo, actor, need, needOver }: Desk): PullWork {
  function pullNumbered(number: number): PullRequest {
    const issue = findPull(repo, number);
    if (!issue) throw new Error(`${repo.name} has no pull request ${number}`);
    return issue;
  }
  async function setDraftOf(number: number, draft: boolean): Promise<void> {
    const issue = pullNumbered(number);
    needOver(issue.actor.account, 'write', draft ? 'convert to a draft' : 'mark as ready');
    await setDraft(host, repo, actor, issue, draft);
  }
  return {
    async push(input) {
      need('write', 'push');
      return { sha: await commitOnBranch(host, repo, actor, input) };
    },
    async deleteBranch(branch) {
      need('write', 'delete a branch');
      await host.exclusively(repo, async () => {
        const ref = `refs/heads/${branch}`;
        const before = await resolveCommit(host.git, repo.dir, ref);
        if (!before) throw new Error(`${repo.name} has no branch ${branch}`);
        await moveRef(host, repo, actor, { ref, before, after: null });
      });
    },
    async createPullRequest({ base = repo.defaultBranch, ...input }) {
      need('read', 'open a pull request');
      return { number: (await createPullRequest(host, repo, actor, { ...input, base })).number };
    },
    async createPullRequestFromFork({ branch, files, message, ...input }) {
      need('read', 'fork the repository');
      const { account } = actor;
      const base = repo.defaultBranch;
      const parent = await resolveCommit(host.git, repo.dir, `refs/heads/${base}`);
      if (!parent) throw new Error(`${repo.name} has no branch ${base}`);
      const signing = { author: { name: account.login, email: emailOf(account) }, at: host.clock() };
      const sha = await commitFiles(host.git, repo.dir, { parent, files, message, signing });
      const from = { fork: { id: host.world.nextId(), owner: account }, sha };
      const head = `${account.login}:${branch}`;
      return { number: (await createPullRequest(host, repo, actor, { ...input, head, base, from })).number };
    },
    async closePullRequest(number) {
      const issue = pullNumbered(number);
      needOver(issue.actor.account, 'triage', 'close the pull request');
      await setIssueState(host, repo, actor, issue, 'closed');
    },
    async reopenPullRequest(number) {
      const issue = pullNumbered(number);
      needOver(issue.actor.account, 'triage', 'reopen the pull request');
      await reopenPullRequest(host, repo, actor, issue);
    },
    markReady: (number) => setDraftOf(number, false),
    convertToDraft: (number) => setDraftOf(number, true),
    async requestReviewers(number, logins) {
      const issue = pullNumbered(number);
      needOver(issue.actor.account, 'triage', 'request reviews');
      await requestReviewers(host, repo, actor, issue, reviewersNamed(host, repo, issue, logins));
    },
    async review(number, { state, body = '', comments = [], commitId }) {
      need('read', 'review');
      const review = await submitReview(host, repo, actor, pullNumbered(number), {
        state: reviewStates[state],
        body,
        comments: comments.map(({ startLine, ...comment }) => ({
          ...comment,
          ...(startLine === undefined ? {} : { start_line: startLine }),
        })),
        ...(commitId === undefined ? {} : { commitId }),
      });
      return { id: review.id };
    },
    async dismissReview(number, reviewId) {
      need('write', 'dismiss a review');
      const issue = pullNumbered(number);
      const review = issue.pull.reviews.find(({ id }) => id === reviewId);
      if (!review) throw new Error(`pull request ${number} has no review ${reviewId}`);
      dismissReview(host, repo, actor, issue, review);
    },
    async replyToReviewComment(number, commentId, body) {
      need('read', 'comment');
      const comment = replyToComment(host, repo, actor, pullNumbered(number), { to: commentId, body });
      if (!comment) throw new Error(`pull request ${number} has no inline comment ${commentId}`);
      return { id: comment.id };
    },
    async mergePullRequest(number, method = 'merge') {
      need('write', 'merge');
      return { sha: await mergePullRequest(host, repo, actor, pullNumbered(number), { method }) };
    },
    async setStatus(commit, { context, state, description = null, targetUrl = null }) {
      need('write', 'set a status');
      const sha = await resolveCommit(host.git, repo.dir, commit);
      if (!sha) throw new Error(`${repo.name} has no commit or branch ${commit}`);
      const status = { sha, context, state, description, targetUrl };
      return { id: (await createStatus(host, repo, actor, status)).id };
    },
  };
}
