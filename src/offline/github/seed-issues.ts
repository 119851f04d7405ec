import { type Host, personActor } from './host.ts';
import { newIssue } from './issue-actions.ts';
import type { SeededIssue } from './public-types.ts';
import { findOrMakeLabel } from './repository-labels.ts';
import type { Repository } from './world.ts';

/** Fills a repository with issues that were there before: no webhooks, no events. Answers their numbers. */
export function seedIssues(host: Host, repo: Repository, issues: readonly SeededIssue[]): number[] {
  return issues.map(({ title, body, author, labels = [], state = 'open', createdAt }) => {
    const account = author === undefined ? repo.owner : host.world.addAccount(author, 'User');
    const actor = personActor(account);
    const issue = newIssue(host, repo, { title, body: body ?? null, actor, pull: null, createdAt });
    issue.labels = labels.map((name) => findOrMakeLabel(host, repo, name));
    if (state === 'closed') {
      issue.state = 'closed';
      issue.stateReason = 'completed';
      issue.closedAt = issue.createdAt;
      issue.closedBy = account;
    }
    return issue.number;
  });
}
