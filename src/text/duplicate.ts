import { document, inline } from './markdown.ts';

/** Says which issue goes on; GitHub itself reads the words "Duplicate of #n". */
export function duplicateComment(given: { marker: string; of: number; by: string; reason: string }): string {
  const { marker, of, by, reason } = given;
  return document(
    marker,
    `Duplicate of #${of}`,
    `@${inline(by, 40)} confirmed it${reason === '' ? '' : `: ${inline(reason, 500)}`}. Please follow and add to #${of}. If the two are different after all, reopen this issue, say in the text how, and put the label on again.`,
  );
}
