import { code, sections } from './markdown.ts';
import { mentions } from './reviewers.ts';

/** Asks people again, by real mentions: it is what this comment is for. */
export function escalationComment(given: {
  marker: string;
  head: string;
  hours: number;
  people: readonly string[];
  because: string;
}): string {
  const named = mentions(given.people);
  const waited = `This has waited ${given.hours} hours for a person.`;
  return sections(
    given.marker,
    named.length > 0
      ? `⏰ ${named.join(' ')} (${given.because}): **${waited}**`
      : `⏰ **${waited}** Nobody is named for it: neither \`reviewers\` in \`.github/auto-build.yml\` nor CODEOWNERS says who looks after these paths, so nobody was asked.`,
    `**Next:** review the pull request, or say \`/approve\` or \`/reject <reason>\`. It counts for ${code(given.head.slice(0, 12))} only. It is not asked a third time.`,
  );
}
