import { fixed, type Literal, literal, stringLiteral } from '../literal.ts';
import { draw, type Node } from '../syntax.ts';

/** Calls that only wrap a literal: another literal in them is another value and never an error. */
const wrappers = [
  'Decimal',
  'Fraction',
  'bytes',
  'frozenset',
  'set',
  'tuple',
  'list',
  'dict',
  'Path',
  'PurePosixPath',
];

/** The literals inside an expected value: itself, or members of collections, never keys. */
export function leavesOf(node: Node): Literal[] {
  switch (node.type) {
    case 'string': {
      if (node.namedChildren.some((part) => part.type === 'interpolation')) return [];
      const end = node.namedChildren.find((part) => part.type === 'string_end');
      return [stringLiteral(node, fragmentsOf(node), end?.startIndex ?? node.endIndex - 1)];
    }
    case 'integer':
    case 'float':
      return numberLiteral(node);
    case 'true':
    case 'false':
      return [fixed(node, node.type === 'true' ? 'False' : 'True')];
    case 'none':
      return [fixed(node, 'True')];
    case 'unary_operator': {
      const inner = node.childForFieldName('argument');
      return inner && /^(?:integer|float)$/.test(inner.type) ? leavesOf(inner) : [];
    }
    case 'dictionary':
      return node.namedChildren.flatMap((pair) => {
        const value = pair.type === 'pair' ? pair.childForFieldName('value') : null;
        return value ? leavesOf(value) : [];
      });
    case 'call': {
      const callee = node.childForFieldName('function')?.text.split('.').at(-1) ?? '';
      return wrappers.includes(callee)
        ? (node.childForFieldName('arguments')?.namedChildren ?? []).flatMap(leavesOf)
        : [];
    }
    case 'list':
    case 'tuple':
    case 'set':
    case 'concatenated_string':
    case 'parenthesized_expression':
      return node.namedChildren.flatMap(leavesOf);
    default:
      return [];
  }
}

/** The pieces of a string between its escapes. */
function fragmentsOf(node: Node): { text: string; start: number }[] {
  return node.namedChildren.flatMap((part) => {
    if (part.type !== 'string_content') return [];
    const fragments: { text: string; start: number }[] = [];
    let start = part.startIndex;
    for (const special of part.namedChildren) {
      fragments.push({
        text: part.text.slice(start - part.startIndex, special.startIndex - part.startIndex),
        start,
      });
      start = special.endIndex;
    }
    return [...fragments, { text: part.text.slice(start - part.startIndex), start }];
  });
}

function numberLiteral(node: Node): Literal[] {
  const digits = node.text.replaceAll('_', '');
  if (/^(?:\d+|0[xob][\da-f]+)$/i.test(digits)) return [fixed(node, `${BigInt(digits) + 1n}`)];
  const value = Number(digits);
  return Number.isFinite(value) && value + 1 !== value ? [fixed(node, `${value + 1}`)] : [];
}

/** Rare and above no other, so that what is raised instead of the expected is none of them. */
const errorClasses = ['ZeroDivisionError', 'BufferError', 'EOFError', 'MemoryError'];

/** Another built-in class in place of the expected one. */
export function errorClassLiteral(node: Node): Literal {
  const { startIndex: start, endIndex: end } = node;
  const others = errorClasses.filter((name) => name !== node.text);
  return literal(node, (salt) => ({ start, end, text: others[draw(salt, start) % others.length]! }));
}
