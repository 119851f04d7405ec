import { draw, type Edit, type Node } from '../syntax.ts';

/** One expected literal of an assertion that stands directly in a test's body. */
export interface Literal {
  line: number;
  /** The change that makes the expectation wrong; another salt may change another character. */
  change(salt: string): Edit;
  text: string;
}

const errorClasses = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
];

export const lineOf = (node: Node) => node.startPosition.row + 1;

/** The literals inside an expected value: itself, or members of objects and arrays, never keys. */
export function leavesOf(node: Node): Literal[] {
  switch (node.type) {
    case 'string':
    case 'template_string':
      return node.text.includes('${') ? [] : [stringLiteral(node)];
    case 'call_expression': {
      // String.raw`…`, which linters ask for where a text has backslashes.
      const raw = node.childForFieldName('function')?.text === 'String.raw';
      const text = node.childForFieldName('arguments');
      return raw && text?.type === 'template_string' ? leavesOf(text) : [];
    }
    case 'number':
      return numberLiteral(node);
    case 'true':
    case 'false':
      return [fixed(node, node.type === 'true' ? 'false' : 'true')];
    case 'null':
    case 'undefined':
      return [fixed(node, '0')];
    case 'object':
      return node.namedChildren.flatMap((pair) => {
        const value = pair.type === 'pair' ? pair.childForFieldName('value') : null;
        return value ? leavesOf(value) : [];
      });
    case 'unary_expression': {
      const inner = node.childForFieldName('argument');
      return inner?.type === 'number' ? leavesOf(inner) : [];
    }
    case 'array':
    case 'parenthesized_expression':
    case 'as_expression':
      return node.namedChildren.flatMap(leavesOf);
    default:
      return [];
  }
}

const range = (node: Node) => ({ start: node.startIndex, end: node.endIndex });
const literal = (node: Node, change: (salt: string) => Edit): Literal => ({
  line: lineOf(node),
  text: node.text,
  change,
});

function fixed(node: Node, text: string): Literal {
  const edit = { ...range(node), text };
  return literal(node, () => edit);
}

function numberLiteral(node: Node): Literal[] {
  const digits = node.text.replaceAll('_', '');
  if (digits.endsWith('n')) return [fixed(node, `${BigInt(digits.slice(0, -1)) + 1n}n`)];
  const value = Number(digits);
  return Number.isFinite(value) && value + 1 !== value ? [fixed(node, `${value + 1}`)] : [];
}

/** Letter to letter, digit to digit, so that what is expected stays plausible; nothing to change: one letter more. */
function stringLiteral(node: Node): Literal {
  const places: number[] = [];
  for (const part of node.namedChildren) {
    if (part.type !== 'string_fragment') continue;
    for (let index = 0; index < part.text.length; index += 1) {
      if (/[A-Za-z0-9]/.test(part.text[index]!)) places.push(part.startIndex + index);
    }
  }
  const { start, end } = range(node);
  const text = node.text;
  return literal(node, (salt) => {
    const place = places[draw(salt, start) % places.length];
    if (place === undefined) return { start: end - 1, end: end - 1, text: 'x' };
    const old = text[place - start]!;
    const first = /[a-z]/.test(old) ? 'a' : /[A-Z]/.test(old) ? 'A' : '0';
    const size = first === '0' ? 10 : 26;
    const shift = 1 + (draw(salt, start, 'shift') % (size - 1));
    const other = String.fromCharCode(
      first.charCodeAt(0) + ((old.charCodeAt(0) - first.charCodeAt(0) + shift) % size),
    );
    return { start: place, end: place + 1, text: other };
  });
}

/** Another built-in class in place of the expected one. */
export function errorClassLiteral(node: Node): Literal {
  const { start, end } = range(node);
  // `Error` is above all others, so only a class beside it makes the expectation wrong.
  const others = errorClasses.filter((name) => name !== 'Error' && name !== node.text);
  return literal(node, (salt) => ({ start, end, text: others[draw(salt, start) % others.length]! }));
}
