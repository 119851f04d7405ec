/** What app.yml asks for, by GitHub's names, and what it is for; a test keeps the two the same. */
export const neededPermissions = {
  metadata: ['read', 'to know who may start a run'],
  contents: ['write', 'to read the code and push a branch'],
  issues: ['write', 'to read issues and answer in comments'],
  pull_requests: ['write', 'to open a pull request'],
  checks: ['write', 'to report what was proven'],
  statuses: ['read', "to see the repository's own checks"],
} as const satisfies Record<string, readonly ['read' | 'write', string]>;

/** Permissions that the installation does not grant, in words. */
export function missingPermissions(granted: Readonly<Record<string, string>>): string[] {
  return Object.entries(neededPermissions)
    .filter(([name, [level]]) => !grants(granted[name], level))
    .map(([name, [level, why]]) => `${name.replaceAll('_', ' ')}: ${level} (${why})`);
}

function grants(granted: string | undefined, level: 'read' | 'write'): boolean {
  return granted === level || granted === 'write' || granted === 'admin';
}
