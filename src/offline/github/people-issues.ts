import type { Desk } from './desk.ts';
import { touch } from './host.ts';
import {
  addLabels,
  createComment,
  createIssue,
  editComment,
  editIssue,
  removeLabel,
  setIssueState,
} from './issue-actions.ts';
import { deleteComment, deleteIssue, transferIssue } from './issue-life.ts';
import type { Person } from './person-types.ts';
import type { Comment } from './world.ts';

type IssueWork = Pick<
  Person,
  | 'createIssue'
  | 'editIssue'
  | 'closeIssue'
  | 'reopenIssue'
  | 'deleteIssue'
  | 'transferIssue'
  | 'assign'
  | 'blockBy'
  | 'addLabel'
  | 'removeLabel'
  | 'comment'
  | 'editComment'
  | 'deleteComment'
>;

/** What a person does with issues, their labels and comments. */
export function issueWork({ host, repo, actor, need, needOver, issueNumbered }: Desk): IssueWork {
  function commentOf(id: number): Comment {
    const comment = repo.comments.get(id);
    if (!comment) throw new Error(`${repo.name} has no comment ${id}`);
    return comment;
  }
  return {
    async createIssue({ title, body, labels }) {
      need('read', 'open an issue');
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
    async deleteIssue(number) {
      need('admin', 'delete an issue');
      deleteIssue(host, repo, actor, issueNumbered(number));
    },
    async transferIssue(number, { owner, name }) {
      need('write', 'transfer an issue');
      const to = host.world.repository(owner, name);
      if (!to || to.owner.id !== repo.owner.id) {
        throw new Error(`${repo.owner.login} has no repository ${owner}/${name}`);
      }
      return { number: transferIssue(host, repo, actor, issueNumbered(number), to).number };
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
      const comment = commentOf(id);
      needOver(comment.actor.account, 'write', 'edit the comment');
      editComment(host, repo, actor, comment, body);
    },
    async deleteComment(id) {
      const comment = commentOf(id);
      needOver(comment.actor.account, 'write', 'delete the comment');
      deleteComment(host, repo, actor, comment);
    },
  };
}
