import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Language, type Node, Parser } from 'web-tree-sitter';

export type { Node };

const grammarFor: Record<string, string> = {
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'tsx',
  py: 'python',
};
const parsers = new Map<string, Promise<Parser>>();

async function loadParser(grammar: string): Promise<Parser> {
  await Parser.init();
  const wasm = import.meta.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`);
  const parser = new Parser();
  parser.setLanguage(await Language.load(fileURLToPath(wasm)));
  return parser;
}

/**
 * The syntax tree of a source file; undefined when no grammar knows the file's ending. Positions are UTF-16 units, as
 * in JavaScript strings. `use` gets the root and must not keep nodes: their memory is freed afterwards.
 */
export async function withSyntax<T>(
  path: string,
  source: string,
  use: (root: Node) => T,
): Promise<T | undefined> {
  const grammar = grammarFor[path.split('.').at(-1) ?? ''];
  if (!grammar) return undefined;
  let loading = parsers.get(grammar);
  if (!loading) {
    loading = loadParser(grammar);
    parsers.set(grammar, loading);
  }
  const tree = (await loading).parse(source);
  if (!tree) return undefined;
  try {
    return use(tree.rootNode);
  } finally {
    tree.delete();
  }
}

/** Every named node below `root`, depth first, in the order of the source; `enter` may keep out a subtree. */
export function* nodesOf(root: Node, enter: (node: Node) => boolean = () => true): Generator<Node> {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (!enter(node)) continue;
    yield node;
    for (let index = node.namedChildCount - 1; index >= 0; index -= 1) {
      const child = node.namedChild(index);
      if (child) stack.push(child);
    }
  }
}

export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The source with all edits made. Edits must not overlap. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  let result = source;
  for (const { start, end, text } of edits.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + text + result.slice(end);
  }
  return result;
}

/** A number below `2^32` that depends on its parts only: the only source of chance in this room. */
export function draw(...parts: (string | number)[]): number {
  return createHash('sha256').update(parts.join('\0')).digest().readUInt32BE(0);
}

/** A name nobody can guess without the salt; a valid identifier. */
export function secretName(...parts: (string | number)[]): string {
  return `t${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)}`;
}
