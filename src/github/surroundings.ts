import type { RestEndpointMethodTypes } from '@octokit/rest';
import type { Door } from './door.ts';
import { isMissing } from './github-error.ts';
import type { ListedIssue, Surroundings } from './types.ts';

const perPage = 100;
/** Open pull requests that are looked at: with more, the newest by far tell enough. */
const maxPages = 5;

/** What stands around an issue: other issues, open work, what blocks it. */
export function surroundingsOf({ read, place, appSlug }: Door): Surroundings {
  return {
    async *changed(since) {
      // With a beginning the order is that of time, so that a cut leaves no gap; without, the newest matter most.
      const order = since === undefined ? { direction: 'desc' as const } : { direction: 'asc' as const };
      let from = since;
      for (let page = 1; ; page++) {
        const { data } = await read({ issues: 'read', pull_requests: 'read' }, (octokit) =>
          octokit.rest.issues.listForRepo({
            ...place,
            ...order,
            ...(from !== undefined && { since: new Date(from).toISOString() }),
            state: 'all',
            sort: 'updated',
            per_page: perPage,
            page,
          }),
        );
        const listed = data.map(asListed);
        yield listed;
        if (data.length < perPage) return;
        const last = listed.at(-1)!.updatedAt;
        if (from === undefined || last === from) continue;
        // Not the next page: what changes while we read moves to the end, and all that follows it to an earlier page.
        from = last;
        page = 0;
      }
    },

    async openPullRequests() {
      const ours = `${await appSlug()}[bot]`;
      const found: RestEndpointMethodTypes['pulls']['list']['response']['data'] = [];
      for (let page = 1; page <= maxPages; page++) {
        const { data } = await read({ pull_requests: 'read' }, (octokit) =>
          octokit.rest.pulls.list({ ...place, state: 'open', per_page: perPage, page }),
        );
        found.push(...data);
        if (data.length < perPage) break;
      }
      return found.map((pull) => ({
        number: pull.number,
        title: pull.title,
        body: pull.body ?? '',
        author: pull.user?.login ?? 'ghost',
        ours: pull.user?.login === ours,
        branch: pull.head.ref,
      }));
    },

    async blockedBy(number) {
      try {
        const blockers = await read({ issues: 'read' }, (octokit) =>
          octokit.paginate(octokit.rest.issues.listDependenciesBlockedBy, {
            ...place,
            issue_number: number,
            per_page: perPage,
          }),
        );
        return blockers.map((blocker) => ({
          // The blocker may be in another repository.
          repository: blocker.repository_url?.split('/repos/')[1] ?? `${place.owner}/${place.repo}`,
          number: blocker.number,
          title: blocker.title,
          open: blocker.state === 'open',
        }));
      } catch (error) {
        // Servers of the older kind do not know dependencies.
        if (isMissing(error)) return [];
        throw error;
      }
    },
  };
}

type Raw = RestEndpointMethodTypes['issues']['listForRepo']['response']['data'][number];

function asListed(raw: Raw): ListedIssue {
  const merged = raw.pull_request?.merged_at;
  return {
    number: raw.number,
    kind: raw.pull_request ? 'pull-request' : 'issue',
    state: merged ? 'merged' : raw.state === 'open' ? 'open' : 'closed',
    title: raw.title,
    body: raw.body ?? '',
    updatedAt: Date.parse(raw.updated_at),
  };
}
