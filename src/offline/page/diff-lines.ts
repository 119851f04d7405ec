/** One row of a unified diff, with its line numbers on both sides. */
export type DiffLine =
  | { kind: 'hunk'; text: string }
  | { kind: 'context'; before: number; after: number; text: string }
  | { kind: 'added'; after: number; text: string }
  | { kind: 'removed'; before: number; text: string }
  | { kind: 'note'; text: string };

/** Reads the hunks of one file, as in `patch` of GitHub's list of files: without the file header. */
export function diffLines(patch: string): DiffLine[] {
  let before = 0;
  let after = 0;
  return patch
    .replace(/\n$/, '')
    .split('\n')
    .map((line): DiffLine => {
      const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
      if (hunk) {
        before = Number(hunk[1]);
        after = Number(hunk[2]);
        return { kind: 'hunk', text: line };
      }
      const text = line.slice(1);
      switch (line[0]) {
        case '+':
          return { kind: 'added', after: after++, text };
        case '-':
          return { kind: 'removed', before: before++, text };
        case '\\':
          return { kind: 'note', text: line.slice(2) };
        default:
          return { kind: 'context', before: before++, after: after++, text };
      }
    });
}
