import type { Door } from './door.ts';
import type { Reactions } from './types.ts';

export function reactionsOf({ write, place }: Door): Reactions {
  return {
    add: async (target, content) => {
      await write('reaction.add', { issues: 'write' }, (octokit) =>
        'issue' in target
          ? octokit.rest.reactions.createForIssue({ ...place, issue_number: target.issue, content })
          : octokit.rest.reactions.createForIssueComment({ ...place, comment_id: target.comment, content }),
      );
    },
  };
}
