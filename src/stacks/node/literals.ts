import { fixed, type Literal, literal, stringLiteral } from '../literal.ts';
import { draw, type Node } from '../syntax.ts';

const errorClasses = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
];

/** The literals inside an expected value: itself, or members of objects and arrays, never keys. */
export function leavesOf(node: Node): Literal[] {
  switch (node.type) {
    case 'string':
    case 'template_string':
      return node.text.includes('${') ? [] : [stringLiteral(node, fragmentsOf(node), node.endIndex - 1)];
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

function numberLiteral(node: Node): Literal[] {
  const digits = node.text.replaceAll('_', '');
  if (digits.endsWith('n')) return [fixed(node, `${BigInt(digits.slice(0, -1)) + 1n}n`)];
  const value = Number(digits);
  return Number.isFinite(value) && value + 1 !== value ? [fixed(node, `${value + 1}`)] : [];
}

/** The pieces between escapes and quotes. */
function fragmentsOf(node: Node): { text: string; start: number }[] {
  return node.namedChildren
    .filter((part) => part.type === 'string_fragment')
    .map((part) => ({ text: part.text, start: part.startIndex }));
}

/** Another built-in class in place of the expected one. */
export function errorClassLiteral(node: Node): Literal {
  const { startIndex: start, endIndex: end } = node;
  // `Error` is above all others, so only a class beside it makes the expectation wrong.
  const others = errorClasses.filter((name) => name !== 'Error' && name !== node.text);
  return literal(node, (salt) => ({ start, end, text: others[draw(salt, start) % others.length]! }));
}
