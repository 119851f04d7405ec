import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';

/** A mistake in a configuration file, for people and for annotations. Lines and columns start at 1. */
export interface ConfigError {
  file: string;
  line: number;
  column: number;
  /** e.g. `budgets.usd`; empty for the file as a whole. */
  field: string;
  /** All of it in one line: `file:line:column: field …`. */
  words: string;
}

interface Place {
  line: number;
  column: number;
}

export function errorAt(file: string, { line, column }: Place, field: string, what: string): ConfigError {
  const words = `${file}:${line}:${column}: ${field === '' ? '' : `${field} `}${what}`;
  return { file, line, column, field, words };
}

/** Where the value at a path begins; where it is missing, the nearest thing around it. */
export function locate(document: Document, lines: LineCounter, path: readonly (string | number)[]): Place {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return placeOf(lines, node.range[0]);
  }
  return { line: 1, column: 1 };
}

/** Where a key of the map at a path stands. */
export function locateKey(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
  key: string,
): Place {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(map)
    ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  return isScalar(pair?.key) && pair.key.range
    ? placeOf(lines, pair.key.range[0])
    : locate(document, lines, path);
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
