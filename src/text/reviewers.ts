import { sections } from './markdown.ts';

/**
 * Names as mentions, ten at most. Mentions are real in the comments that ask people, and nowhere else in our words. Names
 * come from files of the base commit, and only what can be a login or a team is mentioned.
 */
export function mentions(names: readonly string[]): string[] {
  return names
    .filter((name) => /^[a-z\d](?:-?[a-z\d])*(?:\/[\w.-]+)?$/i.test(name))
    .slice(0, 10)
    .map((name) => `@${name}`);
}

/** Asks those for a review whom GitHub does not let the app ask in its own way. */
export function notAskedComment({ marker, people }: { marker: string; people: readonly string[] }): string {
  return sections(
    marker,
    `👀 ${mentions(people).join(' ')}: **this waits for a review.** GitHub refused to request it from you: it lets an app ask people with access to the repository, and teams only where the app may read members.`,
    '**Next:** review the pull request, or say `/approve` or `/reject <reason>`; both need write access.',
  );
}
