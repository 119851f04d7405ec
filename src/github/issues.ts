import type { Door } from './access.ts';
import { isMissing } from './github-error.ts';
import type { Issue, Labels } from './types.ts';

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
