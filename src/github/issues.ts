import type { Door } from './door.ts';
import { isMissing } from './github-error.ts';
import type { Issue, Labels, OwnIssues } from './types.ts';

export async function issueOf({ read, place }: Door, number: number): Promise<Issue> {
  const { data } = await read({ issues: 'read' }, (octokit) =>
    octokit.rest.issues.get({ ...place, issue_number: number }),
  );
  return {
    number: data.number,
    title: data.title,
    body: data.body ?? '',
    // GitHub keeps the issues of deleted accounts under this name.
    author: data.user?.login ?? 'ghost',
    state: data.state === 'open' ? 'open' : 'closed',
    labels: data.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
    url: data.html_url,
    isPullRequest: data.pull_request !== undefined,
    assignees: (data.assignees ?? []).map(({ login }) => login),
  };
}

export async function closeIssue(
  { write, place }: Door,
  number: number,
  reason: 'completed' | 'not_planned' | 'duplicate',
): Promise<void> {
  await write('issue.close', { issues: 'write' }, (octokit) =>
    octokit.rest.issues.update({ ...place, issue_number: number, state: 'closed', state_reason: reason }),
  );
}

export function ownIssuesOf(door: Door): OwnIssues {
  const { read, write, place, appSlug } = door;
  /** Oldest first. */
  const marked = async (marker: string) => {
    const creator = `${await appSlug()}[bot]`;
    const issues = await read({ issues: 'read' }, (octokit) =>
      octokit.paginate(octokit.rest.issues.listForRepo, {
        ...place,
        creator,
        state: 'all',
        direction: 'asc',
        per_page: 100,
      }),
    );
    return issues
      .filter(({ body }) => body?.startsWith(marker))
      .map(({ number, html_url: url, state }) => ({ number, url, state }));
  };
  return {
    findByMarker: async (marker) => {
      const [oldest] = await marked(marker);
      return oldest && { number: oldest.number, url: oldest.url };
    },
    keepOldest: async (marker, number) => {
      const [oldest, ...later] = await marked(marker);
      if (![oldest, ...later].some((each) => each?.number === number)) return undefined;
      for (const twin of later) {
        if (twin.state === 'open') await closeIssue(door, twin.number, 'duplicate');
      }
      return oldest?.number;
    },
    create: async (request) => {
      const { data } = await write('issue.create', { issues: 'write' }, (octokit) =>
        octokit.rest.issues.create({ ...place, ...request }),
      );
      return { number: data.number, url: data.html_url };
    },
  };
}

export function labelsOf({ write, place }: Door): Labels {
  return {
    add: async (number, label) => {
      await write('label.add', { issues: 'write' }, (octokit) =>
        octokit.rest.issues.addLabels({ ...place, issue_number: number, labels: [label] }),
      );
    },
    remove: async (number, label) => {
      try {
        await write('label.remove', { issues: 'write' }, (octokit) =>
          octokit.rest.issues.removeLabel({ ...place, issue_number: number, name: label }),
        );
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
  };
}
