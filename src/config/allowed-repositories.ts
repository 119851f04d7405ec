/**
 * Whether a repository is worked for.
 * @param patterns `owner/name`, `*` for any part of a name; none: all repositories
 */
export function isAllowedRepository(
  patterns: readonly string[],
  { owner, name }: { owner: string; name: string },
): boolean {
  return patterns.length === 0 || patterns.some((pattern) => toRegExp(pattern).test(`${owner}/${name}`));
}

/** GitHub's names differ in case only for the eye. */
function toRegExp(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`, 'i');
}
