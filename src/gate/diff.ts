/** One line of a file, 1-based. */
export interface DiffLine {
  line: number;
  text: string;
}

export interface FileDiff {
  path: string;
  change: 'added' | 'modified' | 'deleted';
  added: DiffLine[];
  removed: DiffLine[];
  binary: boolean;
}

/** A path as git writes it: plain, or quoted with C escapes (octal bytes of UTF-8). */
function pathOf(written: string): string {
  if (!written.startsWith('"')) return written;
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };
  const bytes: number[] = [];
  for (const [, octal, letter, plain] of written.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/g)) {
    if (octal) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(...new TextEncoder().encode(plain ?? escapes[letter!] ?? letter));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

const withoutSide = (written: string) => pathOf(written.replace(/\t$/, '')).replace(/^[ab]\//, '');

/**
 * Reads a unified diff of git (`diff --git`, without renames). Hunks are read by their counts, so that a line of a
 * file that looks like a header stays a line.
 */
export function parseDiff(diff: string): FileDiff[] {
  const files: FileDiff[] = [];
  let current: FileDiff | undefined;
  let [oldLine, newLine, oldLeft, newLeft] = [0, 0, 0, 0];
  for (const text of diff.split('\n')) {
    if (current && (oldLeft > 0 || newLeft > 0)) {
      const rest = text.slice(1);
      if (text.startsWith('+')) {
        current.added.push({ line: newLine, text: rest });
        newLine += 1;
        newLeft -= 1;
      } else if (text.startsWith('-')) {
        current.removed.push({ line: oldLine, text: rest });
        oldLine += 1;
        oldLeft -= 1;
      } else if (!text.startsWith('\\')) {
        oldLine += 1;
        newLine += 1;
        oldLeft -= 1;
        newLeft -= 1;
      }
      continue;
    }
    const header = /^diff --git (?:"(?:[^"\\]|\\.)*"|.*?) ("b\/(?:[^"\\]|\\.)*"|b\/.*)$/.exec(text);
    if (header?.[1]) {
      current = { path: withoutSide(header[1]), change: 'modified', added: [], removed: [], binary: false };
      files.push(current);
      continue;
    }
    if (!current) continue;
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (hunk) {
      [oldLine, newLine] = [Number(hunk[1]), Number(hunk[3])];
      [oldLeft, newLeft] = [Number(hunk[2] ?? 1), Number(hunk[4] ?? 1)];
    } else if (text.startsWith('new file mode')) current.change = 'added';
    else if (text.startsWith('deleted file mode')) current.change = 'deleted';
    else if (/^(?:Binary files|GIT binary patch)/.test(text)) current.binary = true;
    else if (text.startsWith('+++ ') && !text.startsWith('+++ /dev/null'))
      current.path = withoutSide(text.slice(4));
  }
  return files;
}

/** The lines that a file has now and had not before. */
export function changedLines(file: FileDiff): ReadonlySet<number> {
  return new Set(file.added.map(({ line }) => line));
}
