import type { Door } from './access.ts';
import { isMissing } from './github-error.ts';
import type { Issue, Labels, OwnIssues } from './types.ts';

export async function issueOf({ call, place }: Door, number: number): Promise<Issue> {
  const { data } = await call({ issues: 'read' }, (octokit) =>
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
  { call, place }: Door,
  number: number,
  reason: 'completed' | 'not_planned' | 'duplicate',
): Promise<void> {
  await call({ issues: 'write' }, (octokit) =>
    octokit.rest.issues.update({ ...place, issue_number: number, state: 'closed', state_reason: reason }),
  );
}

export function ownIssuesOf({ call, place, appSlug }: Door): OwnIssues {
  return {
    findByMarker: async (marker) => {
      const creator = `${await appSlug()}[bot]`;
      const issues = await call({ issues: 'read' }, (octokit) =>
        octokit.paginate(octokit.rest.issues.listForRepo, {
          ...place,
          creator,
          state: 'all',
          direction: 'asc',
          per_page: 100,
        }),
      );
      const found = issues.find(({ body }) => body?.startsWith(marker));
      return found && { number: found.number, url: found.html_url };
    },
    create: async (request) => {
      const { data } = await call({ issues: 'write' }, (octokit) =>
        octokit.rest.issues.create({ ...place, ...request }),
      );
      return { number: data.number, url: data.html_url };
    },
  };
}

export function labelsOf({ call, place }: Door): Labels {
  return {
    add: async (number, label) => {
      await call({ issues: 'write' }, (octokit) =>
        octokit.rest.issues.addLabels({ ...place, issue_number: number, labels: [label] }),
      );
    },
    remove: async (number, label) => {
      try {
        await call({ issues: 'write' }, (octokit) =>
          octokit.rest.issues.removeLabel({ ...place, issue_number: number, name: label }),
        );
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
  };
}
