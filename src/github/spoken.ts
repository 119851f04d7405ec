import { isCommand } from './command-comments.ts';
import type { Door } from './door.ts';
import type { News } from './news.ts';

export interface SpokenRequest {
  installationId: number;
  defaultBranch: string;
  issue: number;
  pullRequest: number | undefined;
  /** Milliseconds since the epoch. */
  since: number;
}

/**
 * What people said to a run: commands on its issue and on its pull request, and reviews; as webhooks would have told
 * them, oldest first. The words of a review can be edited later, what it says of the commit cannot. Throws GitHubError.
 */
export async function spokenOf({ read, place }: Door, request: SpokenRequest, id: number): Promise<News[]> {
  const { issue, pullRequest, since } = request;
  const common = {
    repository: {
      id,
      name: place.repo,
      owner: { login: place.owner },
      default_branch: request.defaultBranch,
    },
    installation: { id: request.installationId },
  };
  return read({ issues: 'read', pull_requests: 'read' }, async (octokit) => {
    const spoken: { at: string; news: News }[] = [];
    for (const number of pullRequest === undefined ? [issue] : [issue, pullRequest]) {
      const conversation = { ...place, issue_number: number };
      const comments = await octokit.paginate(octokit.rest.issues.listComments, {
        ...conversation,
        since: new Date(since).toISOString(),
        per_page: 100,
      });
      const commands = comments.filter(
        (comment) => isCommand(comment) && Date.parse(comment.created_at) >= since,
      );
      if (commands.length === 0) continue;
      const { data: about } = await octokit.rest.issues.get(conversation);
      for (const comment of commands) {
        const payload = { ...common, action: 'created', issue: about, comment, sender: comment.user };
        spoken.push({ at: comment.created_at, news: { name: 'issue_comment', payload } });
      }
    }
    if (pullRequest !== undefined) {
      const which = { ...place, pull_number: pullRequest };
      const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, { ...which, per_page: 100 });
      const fresh = reviews.filter(
        ({ user, submitted_at: at }) => user && at !== undefined && Date.parse(at) >= since,
      );
      if (fresh.length > 0) {
        const { data: pull_request } = await octokit.rest.pulls.get(which);
        for (const review of fresh) {
          const payload = { ...common, action: 'submitted', pull_request, review, sender: review.user };
          spoken.push({ at: review.submitted_at ?? '', news: { name: 'pull_request_review', payload } });
        }
      }
    }
    return spoken.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).map(({ news }) => news);
  });
}
