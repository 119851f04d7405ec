import type { Door } from './door.ts';
import type { OthersCheck } from './types.ts';

/** GitHub counts these as fulfilled where a check is required. */
const green = new Set(['success', 'neutral', 'skipped']);

/** The newest check run of each name and app, and the newest status of each context, without our own. */
export async function checksOnCommit({ read, place, appSlug }: Door, sha: string): Promise<OthersCheck[]> {
  const ours = await appSlug();
  const runs = await read({ checks: 'read' }, (octokit) =>
    octokit.paginate(octokit.rest.checks.listForRef, { ...place, ref: sha, filter: 'latest', per_page: 100 }),
  );
  const statuses = await read({ statuses: 'read' }, async (octokit) => {
    const { data } = await octokit.rest.repos.getCombinedStatusForRef({ ...place, ref: sha, per_page: 100 });
    return data.statuses;
  });
  return [
    ...runs
      .filter((run) => run.app?.slug !== ours)
      .map(
        (run): OthersCheck => ({
          name: run.name,
          kind: 'check-run',
          appId: run.app?.id ?? null,
          state: run.status !== 'completed' ? 'pending' : green.has(run.conclusion ?? '') ? 'green' : 'red',
          url: run.html_url,
        }),
      ),
    ...statuses.map(
      (status): OthersCheck => ({
        name: status.context,
        kind: 'status',
        appId: null,
        state: status.state === 'pending' ? 'pending' : status.state === 'success' ? 'green' : 'red',
        url: status.target_url,
      }),
    ),
  ];
}
