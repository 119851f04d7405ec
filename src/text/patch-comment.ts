import { code, document, fence } from './markdown.ts';
import { formatMarker } from './markers.ts';

/** Characters of a patch in a comment; GitHub takes 65,536 for all of it. */
const mostCharacters = 60_000;

/** What a dry run would have pushed, for people to read and to apply. */
export function patchComment(given: {
  issue: number;
  run: string;
  base: string;
  /** Unified diff of the base and the scored tree, sealed tests included. */
  diff: string;
}): string {
  const { issue, run, base, diff } = given;
  const marker = formatMarker({ kind: 'patch', issue, run });
  if (diff.length > mostCharacters) {
    return document(
      marker,
      `**This was a dry run: nothing was pushed.** The patch is too large for a comment (${diff.length} characters); it is kept with run ${code(run)} in the database of the server.`,
    );
  }
  return document(
    marker,
    `**This was a dry run: nothing was pushed.** This is what it would have been, tests included; ${code('git apply')} takes it on ${code(base.slice(0, 12))}.`,
    `<details><summary>Patch</summary>\n\n${fence(diff, 'diff')}\n\n</details>`,
  );
}
