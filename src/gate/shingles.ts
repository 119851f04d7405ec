const size = 8;

/** Words in order, case and punctuation aside; escapes of JSON strings are white space, not letters. */
function wordsOf(text: string): string[] {
  return (
    text
      .replaceAll(/\\[nrt]/g, ' ')
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

function shinglesOf(text: string): Set<string> {
  const words = wordsOf(text);
  const shingles = new Set<string>();
  for (let at = 0; at + size <= words.length; at += 1) shingles.add(words.slice(at, at + size).join(' '));
  return shingles;
}

/**
 * Runs of eight words that a text shares with sealed text (contracts, tests), less those that also stand in what the
 * reader may know (issue, interface, base repository). Each run once, in the order of the text.
 */
export function sharedShingles(given: {
  text: string;
  secrets: readonly string[];
  exempt: readonly string[];
}): string[] {
  const sealed = new Set(given.secrets.flatMap((secret) => [...shinglesOf(secret)]));
  if (sealed.size === 0) return [];
  for (const known of given.exempt) {
    for (const shingle of shinglesOf(known)) sealed.delete(shingle);
  }
  return [...shinglesOf(given.text)].filter((shingle) => sealed.has(shingle));
}
