import { chooseMutants, type MutantRequest, type Mutation, replaced as replace } from '../mutation.ts';
import type { Mutant } from '../stack.ts';
import { type Node, nodesOf, withSyntax } from '../syntax.ts';

const operators: Record<string, string> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '**': '*',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '++': '--',
  '--': '++',
};
const methods: Record<string, string> = {
  toLowerCase: 'toUpperCase',
  toUpperCase: 'toLowerCase',
  trim: 'trimStart',
  trimStart: 'trimEnd',
  trimEnd: 'trimStart',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  padStart: 'padEnd',
  padEnd: 'padStart',
  replaceAll: 'replace',
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  indexOf: 'lastIndexOf',
  lastIndexOf: 'indexOf',
  push: 'unshift',
  shift: 'pop',
};
/** No behaviour of the code: types, imports, what is only said to people. */
const quiet = [
  'import_statement',
  'type_annotation',
  'type_arguments',
  'type_parameters',
  'type_alias_declaration',
  'interface_declaration',
  'comment',
];

/** Mutants of the changed lines of one file, the same ones for the same input, spread over the lines. */
export async function makeMutants(request: MutantRequest): Promise<Mutant[]> {
  const found = await withSyntax(request.path, request.source, (root) =>
    [...nodesOf(root, (node) => !quiet.includes(node.type) && !isLog(node))].flatMap(mutationsOf),
  );
  return chooseMutants(request, found ?? []);
}

function isLog(node: Node): boolean {
  if (node.type === 'expression_statement') return node.namedChildren.some(isLog);
  return node.type === 'call_expression' && /^console\./.test(node.childForFieldName('function')?.text ?? '');
}

function mutationsOf(node: Node): Mutation[] {
  const operator = node.childForFieldName('operator');
  switch (node.type) {
    case 'binary_expression':
    case 'augmented_assignment_expression':
    case 'update_expression': {
      const other = operators[operator?.text ?? ''];
      return operator && other ? [replace(operator, other)] : [];
    }
    case 'unary_expression': {
      const argument = node.childForFieldName('argument');
      return argument && (operator?.text === '!' || operator?.text === '-')
        ? [replace(node, argument.text)]
        : [];
    }
    case 'if_statement':
    case 'while_statement':
    case 'ternary_expression': {
      const condition = node.childForFieldName('condition');
      if (!condition) return [];
      const values = node.type === 'while_statement' ? ['(false)'] : ['(true)', '(false)'];
      return values.map((text) => replace(condition, text));
    }
    case 'return_statement': {
      const value = node.namedChildren.find((child) => child.type !== 'comment');
      return value && value.text !== 'undefined' ? [replace(value, 'undefined')] : [];
    }
    case 'true':
    case 'false':
      return [replace(node, node.type === 'true' ? 'false' : 'true')];
    case 'number':
      return /^\d[\d_]*$/.test(node.text)
        ? [replace(node, `${Number(node.text.replaceAll('_', '')) + 1}`)]
        : [];
    case 'string':
      return isBehaviour(node) ? [replace(node, node.text.length > 2 ? "''" : "'mutant'")] : [];
    case 'regex': {
      const flags = node.childForFieldName('flags');
      const pattern = node.childForFieldName('pattern')?.text ?? '';
      const without = [...(flags?.text ?? '')].map((flag) => `/${pattern}/${flags!.text.replace(flag, '')}`);
      // `v` and `u` change what the pattern may contain, so taking them away may not even parse.
      const harmless = without.filter((_, index) => !'uv'.includes(flags!.text[index]!));
      const anchors = [pattern.replace(/^\^/, ''), pattern.replace(/(?<!\\)\$$/, '')].filter(
        (other) => other !== pattern && other !== '',
      );
      return [...harmless, ...anchors.map((other) => `/${other}/${flags?.text ?? ''}`)].map((text) =>
        replace(node, text),
      );
    }
    case 'call_expression': {
      const callee = node.childForFieldName('function');
      const property = callee?.type === 'member_expression' ? callee.childForFieldName('property') : null;
      const other = property && Object.hasOwn(methods, property.text) ? methods[property.text] : undefined;
      return property && other ? [replace(property, other)] : [];
    }
    case 'expression_statement': {
      const call = node.namedChildren[0];
      const isCall = call?.type === 'call_expression' && !/^(?:super|require)\b/.test(call.text);
      return isCall ? [replace(node, ';')] : [];
    }
    default:
      return [];
  }
}

/** Strings that decide something: not keys, directives, types, nor the words of an error. */
function isBehaviour(node: Node): boolean {
  const parent = node.parent;
  if (parent === null || ['expression_statement', 'literal_type', 'export_statement'].includes(parent.type))
    return false;
  if (parent.type === 'pair' && parent.childForFieldName('key')?.id === node.id) return false;
  if (parent.type !== 'arguments') return true;
  const call = parent.parent;
  const callee = call?.childForFieldName('constructor') ?? call?.childForFieldName('function');
  return !/Error$|^require$|^Symbol/.test(callee?.text ?? '');
}
