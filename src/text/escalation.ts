import { code, sections } from './markdown.ts';

/**
 * Asks people again. Mentions are real here, and nowhere else in our words: it is what this comment is for. Names come
 * from files of the base commit, and only what can be a login or a team is mentioned.
 */
export function escalationComment(given: {
  marker: string;
  head: string;
  hours: number;
  people: readonly string[];
  because: string;
}): string {
  const named = given.people
    .filter((name) => /^[a-z\d](?:-?[a-z\d])*(?:\/[\w.-]+)?$/i.test(name))
    .slice(0, 10);
  const waited = `This has waited ${given.hours} hours for a person.`;
  return sections(
    given.marker,
    named.length > 0
      ? `⏰ ${named.map((name) => `@${name}`).join(' ')} (${given.because}): **${waited}**`
      : `⏰ **${waited}** Nobody is named for it: neither \`reviewers\` in \`.github/auto-build.yml\` nor CODEOWNERS says who looks after these paths, so nobody was asked.`,
    `**Next:** review the pull request, or say \`/approve\` or \`/reject <reason>\`. It counts for ${code(given.head.slice(0, 12))} only. It is not asked a third time.`,
  );
}
