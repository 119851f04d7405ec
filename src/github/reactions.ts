import type { Door } from './access.ts';
import type { Reactions } from './types.ts';

export function reactionsOf({ call, place }: Door): Reactions {
  return {
    add: async (target, content) => {
      await call({ issues: 'write' }, (octokit) =>
        'issue' in target
          ? octokit.rest.reactions.createForIssue({ ...place, issue_number: target.issue, content })
          : octokit.rest.reactions.createForIssueComment({ ...place, comment_id: target.comment, content }),
      );
    },
  };
}
