import { chooseMutants, type MutantRequest, type Mutation, replaced } from '../mutation.ts';
import type { Mutant } from '../stack.ts';
import { type Node, nodesOf, withSyntax } from '../syntax.ts';

const operators: Record<string, string> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '//': '*',
  '%': '*',
  '**': '*',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
  '!=': '==',
  and: 'or',
  or: 'and',
  in: 'not in',
  'not in': 'in',
  is: 'is not',
  'is not': 'is',
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
};
const names: Record<string, string> = {
  lower: 'upper',
  upper: 'lower',
  strip: 'lstrip',
  lstrip: 'rstrip',
  rstrip: 'lstrip',
  startswith: 'endswith',
  endswith: 'startswith',
  ljust: 'rjust',
  rjust: 'ljust',
  any: 'all',
  all: 'any',
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  find: 'rfind',
  index: 'rindex',
  append: 'remove',
};
/** No behaviour of the code: types, imports, what is only said to people. */
const quiet = [
  'import_statement',
  'import_from_statement',
  'type',
  'comment',
  'decorator',
  'assert_statement',
];

/** Mutants of the changed lines of one file, the same ones for the same input, spread over the lines. */
export async function makeMutants(request: MutantRequest): Promise<Mutant[]> {
  const found = await withSyntax(request.path, request.source, (root) =>
    [...nodesOf(root, (node) => !quiet.includes(node.type) && !isSaid(node))].flatMap(mutationsOf),
  );
  return chooseMutants(request, found ?? []);
}

/** Logs, printed words, docstrings. */
function isSaid(node: Node): boolean {
  if (node.type !== 'expression_statement') return false;
  const inner = node.namedChildren[0];
  return (
    inner?.type === 'string' ||
    (inner?.type === 'call' && /^(?:log(?:ger|ging)?\.|warnings\.)/.test(inner.text))
  );
}

function mutationsOf(node: Node): Mutation[] {
  switch (node.type) {
    case 'binary_operator':
    case 'boolean_operator':
    case 'augmented_assignment': {
      const operator = node.childForFieldName('operator');
      const other = operators[operator?.text ?? ''];
      return operator && other ? [replaced(operator, other)] : [];
    }
    case 'comparison_operator': {
      // `is not` and `not in` are one node with two words.
      const operator = node.children.find((each) => each && !each.isNamed && operators[each.text]);
      return operator ? [replaced(operator, operators[operator.text]!)] : [];
    }
    case 'not_operator':
    case 'unary_operator': {
      const argument = node.childForFieldName('argument');
      return argument && !node.text.startsWith('+') ? [replaced(node, argument.text)] : [];
    }
    case 'if_statement':
    case 'elif_clause':
    case 'while_statement': {
      const condition = node.childForFieldName('condition');
      if (!condition) return [];
      const values = node.type === 'while_statement' ? ['False'] : ['True', 'False'];
      return values.map((text) => replaced(condition, text));
    }
    case 'conditional_expression': {
      const condition = node.namedChildren[1];
      return condition ? ['True', 'False'].map((text) => replaced(condition, text)) : [];
    }
    case 'return_statement': {
      const value = node.namedChildren[0];
      return value && value.type !== 'none' ? [replaced(value, 'None')] : [];
    }
    case 'raise_statement':
      return [replaced(node, 'pass')];
    case 'true':
    case 'false':
      return [replaced(node, node.type === 'true' ? 'False' : 'True')];
    case 'integer':
      return /^\d[\d_]*$/.test(node.text)
        ? [replaced(node, `${BigInt(node.text.replaceAll('_', '')) + 1n}`)]
        : [];
    case 'string':
      return isBehaviour(node) ? [replaced(node, /^(['"])\1$/.test(node.text) ? "'mutant'" : "''")] : [];
    case 'call': {
      const callee = node.childForFieldName('function');
      const name = callee?.type === 'attribute' ? callee.childForFieldName('attribute') : callee;
      const other = name && Object.hasOwn(names, name.text) ? names[name.text] : undefined;
      return name && other ? [replaced(name, other)] : [];
    }
    case 'expression_statement':
      return node.namedChildren[0]?.type === 'call' ? [replaced(node, 'pass')] : [];
    default:
      return [];
  }
}

/** Strings that decide something: not keys, nor the words of an error, nor the prefix of bytes. */
function isBehaviour(node: Node): boolean {
  const parent = node.parent;
  if (parent === null || /^[rbuf]*b/i.test(node.text)) return false;
  if (['concatenated_string', 'type'].includes(parent.type)) return false;
  if (parent.type === 'pair' && parent.childForFieldName('key')?.id === node.id) return false;
  if (parent.type !== 'argument_list') return true;
  return !/(?:Error|Exception|getLogger)$/.test(parent.parent?.childForFieldName('function')?.text ?? '');
}
