import { resolveCommit } from './git-read.ts';
import type { Host } from './host.ts';
import { personActor, touch } from './host.ts';
import {
  addLabels,
  createComment,
  createIssue,
  editComment,
  editIssue,
  removeLabel,
  setIssueState,
} from './issue-actions.ts';
import { atLeast } from './permissions.ts';
import type { Person, RoleName } from './public-types.ts';
import { createPullRequest, findPull, mergePullRequest } from './pull-actions.ts';
import { moveRef, pushFiles } from './push-actions.ts';
import type { Account, Issue, PullRequest, Repository } from './world.ts';
import { roleOf } from './world.ts';

/** A person at a repository. What github.com would not offer to somebody of that role throws. */
export function personAt(host: Host, repo: Repository, account: Account): Person {
  const actor = personActor(account);

  function need(role: RoleName, what: string): void {
    const has = roleOf(repo, account);
    if (!atLeast(has, role))
      throw new Error(`${account.login} cannot ${what}: role ${has ?? 'none'}, needs ${role}`);
  }
  function issueNumbered(number: number): Issue {
    const issue = repo.issues.get(number);
    if (!issue) throw new Error(`${repo.name} has no issue ${number}`);
    return issue;
  }
  function pullNumbered(number: number): PullRequest {
    const issue = findPull(repo, number);
    if (!issue) throw new Error(`${repo.name} has no pull request ${number}`);
    return issue;
  }
  /** Authors may change their own. */
  function needOver(author: Account, role: RoleName, what: string): void {
    need(author.id === account.id ? 'read' : role, what);
  }

  return {
    async createIssue({ title, body, labels }) {
      need(labels?.length ? 'triage' : 'read', 'open an issue');
      return { number: (await createIssue(host, repo, actor, { title, body, labels })).number };
    },
    async editIssue(number, change) {
      const issue = issueNumbered(number);
      needOver(issue.actor.account, 'write', 'edit the issue');
      await editIssue(host, repo, actor, issue, change);
    },
    async closeIssue(number, reason) {
      const issue = issueNumbered(number);
      needOver(issue.actor.account, 'triage', 'close the issue');
      await setIssueState(host, repo, actor, issue, 'closed', reason);
    },
    async reopenIssue(number) {
      const issue = issueNumbered(number);
      needOver(issue.actor.account, 'triage', 'reopen the issue');
      await setIssueState(host, repo, actor, issue, 'open');
    },
    async addLabel(number, label) {
      need('triage', 'label');
      await addLabels(host, repo, actor, issueNumbered(number), [label]);
    },
    async removeLabel(number, label) {
      need('triage', 'remove a label');
      await removeLabel(host, repo, actor, issueNumbered(number), label);
    },
    async assign(number, login) {
      need('triage', 'assign');
      const assignee = host.world.account(login);
      if (!assignee) throw new Error(`there is no user ${login}`);
      const issue = issueNumbered(number);
      if (!issue.assignees.includes(assignee)) issue.assignees.push(assignee);
      touch(host, issue);
    },
    async blockBy(number, blocker) {
      need('triage', 'say what blocks an issue');
      const issue = issueNumbered(number);
      issue.blockedBy.add(issueNumbered(blocker).number);
      touch(host, issue);
    },
    async comment(number, body) {
      need('read', 'comment');
      return { id: createComment(host, repo, actor, issueNumbered(number), body).id };
    },
    async editComment(id, body) {
      const comment = repo.comments.get(id);
      if (!comment) throw new Error(`${repo.name} has no comment ${id}`);
      needOver(comment.actor.account, 'write', 'edit the comment');
      editComment(host, repo, actor, comment, body);
    },
    async push(input) {
      need('write', 'push');
      return { sha: await pushFiles(host, repo, account, input) };
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
    async closePullRequest(number) {
      const issue = pullNumbered(number);
      needOver(issue.actor.account, 'triage', 'close the pull request');
      await setIssueState(host, repo, actor, issue, 'closed');
    },
    async mergePullRequest(number, method = 'merge') {
      need('write', 'merge');
      return { sha: await mergePullRequest(host, repo, actor, pullNumbered(number), { method }) };
    },
  };
}
