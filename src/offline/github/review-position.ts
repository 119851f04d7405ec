interface Found {
  /** Lines down from the first hunk header. */
  readonly position: number;
  /** The hunk from its header to the line. */
  readonly diffHunk: string;
}

/** Finds a line of the old (LEFT) or new (RIGHT) file in a patch; undefined when the diff does not show it. */
export function findLine(patch: string, side: 'LEFT' | 'RIGHT', line: number): Found | undefined {
  let hunk: string[] = [];
  const at = { LEFT: 0, RIGHT: 0 };
  for (const [position, text] of patch.split('\n').entries()) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text);
    hunk = header ? [text] : [...hunk, text];
    if (header) {
      Object.assign(at, { LEFT: Number(header[1]), RIGHT: Number(header[2]) });
      continue;
    }
    const sides = sidesOf(text);
    if (sides.includes(side) && at[side] === line) return { position, diffHunk: hunk.join('\n') };
    for (const one of sides) at[one] += 1;
  }
  return undefined;
}

function sidesOf(text: string): readonly ('LEFT' | 'RIGHT')[] {
  switch (text.charAt(0)) {
    case '+':
      return ['RIGHT'];
    case '-':
      return ['LEFT'];
    case '\\':
      return [];
    default:
      return ['LEFT', 'RIGHT'];
  }
}
