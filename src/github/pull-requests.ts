import type { RestEndpointMethodTypes } from '@octokit/rest';
import type { Door } from './door.ts';
import { GitHubError } from './github-error.ts';
import type { PullRequest, PullRequests } from './types.ts';

type Raw = RestEndpointMethodTypes['pulls']['get']['response']['data'];

export function pullRequestsOf({ read, write, place, appSlug }: Door): PullRequests {
  const get = async (number: number): Promise<PullRequest> => {
    const { data } = await read({ pull_requests: 'read' }, (octokit) =>
      octokit.rest.pulls.get({ ...place, pull_number: number }),
    );
    return asPullRequest(data);
  };
  /** Open ones of our own, oldest first. Lists do not say whether one can be merged. */
  const ofBranch = async (head: string, marker: string) => {
    const ours = `${await appSlug()}[bot]`;
    const all = await read({ pull_requests: 'read' }, (octokit) =>
      octokit.paginate(octokit.rest.pulls.list, {
        ...place,
        head: `${place.owner}:${head}`,
        state: 'open',
        sort: 'created',
        direction: 'asc',
        per_page: 100,
      }),
    );
    return all.filter(({ user, body }) => user?.login === ours && (body ?? '').includes(marker));
  };
  return {
    get,
    find: async ({ head, marker }) => {
      const [oldest] = await ofBranch(head, marker);
      return oldest && get(oldest.number);
    },
    keepOldest: async ({ head, marker }, number) => {
      const [oldest, ...later] = await ofBranch(head, marker);
      if (![oldest, ...later].some((each) => each?.number === number)) return undefined;
      for (const twin of later) {
        await write('pull-request.close', { pull_requests: 'write' }, (octokit) =>
          octokit.rest.pulls.update({ ...place, pull_number: twin.number, state: 'closed' }),
        );
      }
      return oldest?.number;
    },
    create: async (request) => {
      const { data } = await write('pull-request.create', { pull_requests: 'write' }, (octokit) =>
        octokit.rest.pulls.create({ ...place, ...request }),
      );
      return asPullRequest(data);
    },
    update: async (number, change) => {
      const { data } = await write('pull-request.update', { pull_requests: 'write' }, (octokit) =>
        octokit.rest.pulls.update({ ...place, pull_number: number, ...change }),
      );
      return asPullRequest(data);
    },
    markReady: async (number) => {
      if (!(await get(number)).draft) return;
      // GitHub refuses this mutation with "Resource not accessible by integration" when contents can only be read.
      await write('pull-request.ready', { pull_requests: 'write', contents: 'write' }, async (octokit) => {
        const { data } = await octokit.rest.pulls.get({ ...place, pull_number: number });
        if (!data.draft) return;
        // REST has no way to do this.
        await octokit.graphql(
          'mutation ($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } } }',
          { id: data.node_id },
        );
      });
    },
    reviewComments: async (number, review) => {
      const comments = await read({ pull_requests: 'read' }, (octokit) =>
        octokit.paginate(octokit.rest.pulls.listCommentsForReview, {
          ...place,
          pull_number: number,
          review_id: review,
          per_page: 100,
        }),
      );
      return comments.map(
        ({ path, line, original_line, body }) => `${path}:${line ?? original_line ?? '?'}: ${body}`,
      );
    },
    requestReviewer: async (number, name) => {
      const [login = '', team] = name.split('/');
      // A slug alone would be looked up among the teams of this owner.
      if (team !== undefined && login.toLowerCase() !== place.owner.toLowerCase()) return false;
      const who = team === undefined ? { reviewers: [login] } : { team_reviewers: [team] };
      try {
        await write('reviewers.request', { pull_requests: 'write' }, (octokit) =>
          octokit.rest.pulls.requestReviewers({ ...place, pull_number: number, ...who }),
        );
        return true;
      } catch (error) {
        // Teams need a permission that the app does not ask for.
        const refusals = team === undefined ? ['unprocessable'] : ['unprocessable', 'forbidden', 'not-found'];
        if (error instanceof GitHubError && refusals.includes(error.kind)) return false;
        throw error;
      }
    },
  };
}

function asPullRequest(raw: Raw): PullRequest {
  return {
    number: raw.number,
    url: raw.html_url,
    state: raw.merged ? 'merged' : raw.state,
    draft: raw.draft ?? false,
    title: raw.title,
    body: raw.body ?? '',
    head: { branch: raw.head.ref, sha: raw.head.sha },
    base: { branch: raw.base.ref, sha: raw.base.sha },
    mergeable: raw.mergeable,
    mergeableState: raw.mergeable_state,
    mergeSha: raw.merge_commit_sha,
  };
}
