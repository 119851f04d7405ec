export const repository = {
  id: 11,
  name: 'slug',
  full_name: 'octo/slug',
  owner: { login: 'octo', id: 2, type: 'Organization' },
  default_branch: 'main',
};
export const sender = { login: 'ann', id: 3, type: 'User' };

/** The payload of a real `issues.labeled`, with what a test wants different. */
export function labeledPayload(rest: { issue?: object; label?: object; repositoryId?: number } = {}) {
  return {
    action: 'labeled',
    installation: { id: 5 },
    repository: { ...repository, id: rest.repositoryId ?? repository.id },
    sender,
    label: { id: 77, name: 'auto-build', ...rest.label },
    issue: {
      id: 100,
      number: 7,
      title: 'Add a separator option',
      body: 'It should …',
      user: { login: 'bob', id: 4, type: 'User' },
      html_url: 'https://github.com/octo/slug/issues/7',
      state: 'open',
      labels: [{ name: 'auto-build' }],
      created_at: '2026-01-02T03:04:05Z',
      updated_at: '2026-01-02T03:05:05Z',
      ...rest.issue,
    },
  };
}
