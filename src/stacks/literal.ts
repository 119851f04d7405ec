import { draw, type Edit, type Node } from './syntax.ts';

/** One expected literal of an assertion that stands directly in a test's body. */
export interface Literal {
  line: number;
  /** The change that makes the expectation wrong; another salt may change another character. */
  change(salt: string): Edit;
  text: string;
}

export const lineOf = (node: Node) => node.startPosition.row + 1;

export const literal = (node: Node, change: (salt: string) => Edit): Literal => ({
  line: lineOf(node),
  text: node.text,
  change,
});

/** A literal that has one other value worth trying. */
export function fixed(node: Node, text: string): Literal {
  const edit = { start: node.startIndex, end: node.endIndex, text };
  return literal(node, () => edit);
}

/**
 * A string of which one character becomes another of its kind, letter to letter and digit to digit, so that what is
 * expected stays plausible. `parts` are the pieces of its text that may be changed; nothing to change: one letter
 * more, at `end`.
 */
export function stringLiteral(
  node: Node,
  parts: readonly { text: string; start: number }[],
  end: number,
): Literal {
  const places = parts.flatMap((part) =>
    [...part.text.matchAll(/[A-Za-z0-9]/g)].map((found) => ({ at: part.start + found.index, old: found[0] })),
  );
  const { startIndex: start } = node;
  return literal(node, (salt) => {
    const place = places[draw(salt, start) % places.length];
    if (place === undefined) return { start: end, end, text: 'x' };
    const { at, old } = place;
    const first = /[a-z]/.test(old) ? 'a' : /[A-Z]/.test(old) ? 'A' : '0';
    const size = first === '0' ? 10 : 26;
    const shift = 1 + (draw(salt, start, 'shift') % (size - 1));
    const code = first.charCodeAt(0) + ((old.charCodeAt(0) - first.charCodeAt(0) + shift) % size);
    return { start: at, end: at + 1, text: String.fromCharCode(code) };
  });
}
