import { draw, type Edit, type Node, nodesOf } from '../syntax.ts';

/** One expected literal of an assertion that stands directly in a test's body. */
export interface Literal {
  line: number;
  /** The change that makes the expectation wrong; another salt may change another character. */
  change(salt: string): Edit;
  text: string;
}

export interface FoundTest {
  /** Text of the name, quotes taken off. */
  name: string;
  line: number;
  /** Range of the name with its quotes. */
  nameRange: { start: number; end: number };
  /** The function that was called: `test` or `it`. */
  callee: string;
  literals: Literal[];
  asserts: number;
}

export interface SealedSource {
  tests: FoundTest[];
  /** Ranges of the names of groups. */
  groups: { start: number; end: number }[];
  imports: { from: string; line: number; names: string[]; how: 'import' | 'require' }[];
  problems: { line: number; problem: string }[];
}

const testNames = ['test', 'it'];
const groupNames = ['describe', 'suite'];
const comparing = ['equal', 'strictEqual', 'deepEqual', 'deepStrictEqual', 'partialDeepStrictEqual'];
const throwing = ['throws', 'rejects'];
const matchers = [
  'toBe',
  'toEqual',
  'toStrictEqual',
  'toContain',
  'toContainEqual',
  'toMatchObject',
  'toHaveLength',
  'toHaveProperty',
  'toMatch',
  'toThrow',
  'toThrowError',
];
const errorClasses = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
];

const lineOf = (node: Node) => node.startPosition.row + 1;
const plainString = (node: Node | null | undefined): string | undefined =>
  node && (node.type === 'string' || node.type === 'template_string') && !node.text.includes('${')
    ? node.text.slice(1, -1)
    : undefined;
const argumentsOf = (call: Node) =>
  (call.childForFieldName('arguments')?.namedChildren ?? []).filter((arg) => arg.type !== 'comment');

/** Reads a sealed test file: its tests, what it imports, which expected literals can be changed, what is wrong. */
export function readSealed(root: Node): SealedSource {
  const found: SealedSource = { tests: [], groups: [], imports: [], problems: [] };
  const problem = (node: Node, words: string) => found.problems.push({ line: lineOf(node), problem: words });

  for (const node of nodesOf(root)) {
    if (node.type === 'ERROR' || node.isMissing) problem(node, 'this is not valid syntax');
    if (node.type === 'import_statement') {
      const from = plainString(node.childForFieldName('source'));
      if (from !== undefined) {
        const names = [...nodesOf(node)]
          .filter((inner) => inner.type === 'identifier')
          .map((inner) => inner.text);
        found.imports.push({ from, line: lineOf(node), names, how: 'import' });
      }
    }
    if (node.type !== 'call_expression') continue;
    const callee = node.childForFieldName('function');
    const [first, ...rest] = argumentsOf(node);
    if (callee?.type === 'import' || callee?.text === 'require') {
      const from = plainString(first);
      if (from === undefined) problem(node, 'a module is named by an expression; name it by a literal');
      else if (callee.type === 'import') problem(node, 'a dynamic import; import at the top of the file');
      else {
        const names = node.parent?.childForFieldName('name');
        const bound = names ? [...nodesOf(names)].filter((inner) => inner.namedChildCount === 0) : [];
        found.imports.push({
          from,
          line: lineOf(node),
          names: bound.map((inner) => inner.text),
          how: 'require',
        });
      }
    }
    const base =
      callee?.type === 'member_expression' ? callee.childForFieldName('object')?.text : callee?.text;
    if (base === undefined || ![...testNames, ...groupNames].includes(base)) continue;
    if (callee?.type !== 'identifier') {
      problem(node, `${callee?.text}: every sealed test runs; no skip, only, todo, each or other variants`);
      continue;
    }
    const name = plainString(first);
    if (!first || name === undefined) {
      problem(node, `${base}: the name must be a string literal`);
      continue;
    }
    if (!isUnconditional(node)) {
      problem(node, `${base}(${first.text}) stands inside a condition, a loop or a function; write it out`);
    }
    const range = { start: first.startIndex, end: first.endIndex };
    if (groupNames.includes(base)) {
      found.groups.push(range);
      continue;
    }
    const body = rest.at(-1);
    if (!body || !/function/.test(body.type) || rest.length > 1) {
      problem(node, `${base}(${first.text}) needs a name and a function, and no options`);
      continue;
    }
    found.tests.push({
      name,
      line: lineOf(node),
      nameRange: range,
      callee: base,
      ...assertionsOf(body, problem),
    });
  }
  return found;
}

/** Only groups may stand around a test, or it might not run. */
function isUnconditional(call: Node): boolean {
  for (let at = call.parent; at; at = at.parent) {
    if (
      ['program', 'expression_statement', 'arguments', 'arrow_function', 'function_expression'].includes(
        at.type,
      )
    ) {
      continue;
    }
    if (at.type === 'statement_block' && /function/.test(at.parent?.type ?? '')) continue;
    if (at.type === 'call_expression' && groupNames.includes(at.childForFieldName('function')?.text ?? ''))
      continue;
    return false;
  }
  return true;
}

function assertionsOf(body: Node, problem: (node: Node, words: string) => void) {
  const literals: Literal[] = [];
  let asserts = 0;
  for (const call of nodesOf(body)) {
    if (call.type !== 'call_expression') continue;
    const assertion = assertionOf(call);
    if (!assertion) continue;
    asserts += 1;
    if (assertion.isAsync && !isAwaited(call, body)) {
      problem(call, 'this assertion is asynchronous and nobody waits for it; put `await` before it');
    }
    if (!isDirect(call, body)) continue;
    for (const operand of assertion.expected) literals.push(...leavesOf(operand));
    for (const operand of assertion.errorClasses) literals.push(errorClassLiteral(operand));
  }
  return { literals, asserts };
}

interface Assertion {
  expected: Node[];
  errorClasses: Node[];
  isAsync: boolean;
}

function assertionOf(call: Node): Assertion | undefined {
  const callee = call.childForFieldName('function');
  const args = argumentsOf(call);
  const method =
    callee?.type === 'member_expression' ? callee.childForFieldName('property')?.text : callee?.text;
  if (!callee || method === undefined) return undefined;
  const object = callee.childForFieldName('object');
  const chain = object?.text ?? '';
  const isExpect = /^expect\s*\(/.test(chain);
  if (isExpect) {
    const modifiers = chain.slice(chain.lastIndexOf(')') + 1);
    // A wrong literal in a negated expectation still holds.
    if (/\.not\b/.test(modifiers) || !matchers.includes(method)) {
      return { expected: [], errorClasses: [], isAsync: /\.(resolves|rejects)\b/.test(modifiers) };
    }
    return {
      expected: method === 'toHaveProperty' ? args.slice(1) : args.slice(0, 1),
      errorClasses: method.startsWith('toThrow') ? args.slice(0, 1).filter(isErrorClass) : [],
      isAsync: /\.(resolves|rejects)\b/.test(modifiers),
    };
  }
  const isAssert = /^assert\b/.test(chain) || chain === 't.assert' || /^assert$/.test(callee.text);
  if (!isAssert && !(callee.type === 'identifier' && [...comparing, ...throwing].includes(method)))
    return undefined;
  if (comparing.includes(method)) {
    const [actual, expected] = args;
    const operands = expected && leavesOf(expected).length > 0 ? [expected] : actual ? [actual] : [];
    return { expected: operands, errorClasses: [], isAsync: false };
  }
  if (throwing.includes(method)) {
    const second = args[1];
    return {
      expected: second?.type === 'object' ? [second] : [],
      errorClasses: second && isErrorClass(second) ? [second] : [],
      isAsync: method === 'rejects',
    };
  }
  const condition = args[0];
  const isEquality =
    condition?.type === 'binary_expression' &&
    /^===?$/.test(condition.childForFieldName('operator')?.text ?? '');
  if ((method === 'ok' || method === 'assert') && isEquality) {
    const sides = [condition.childForFieldName('right'), condition.childForFieldName('left')];
    const side = sides.find((operand) => operand && leavesOf(operand).length > 0);
    return { expected: side ? [side] : [], errorClasses: [], isAsync: false };
  }
  return { expected: [], errorClasses: [], isAsync: method === 'doesNotReject' };
}

const isErrorClass = (node: Node) => node.type === 'identifier' && /Error$/.test(node.text);

/** Directly in the body: not inside a condition, a loop or a callback, where it might not run. */
function isDirect(call: Node, body: Node): boolean {
  for (let at: Node | null = call.parent; at; at = at.parent) {
    if (at.startIndex === body.startIndex && at.endIndex === body.endIndex) return true;
    const isBodyBlock = at.type === 'statement_block' && at.parent?.id === body.id;
    if (!isBodyBlock && !['expression_statement', 'await_expression', 'return_statement'].includes(at.type)) {
      return false;
    }
  }
  return false;
}

function isAwaited(call: Node, body: Node): boolean {
  const parent = call.parent?.type === 'parenthesized_expression' ? call.parent.parent : call.parent;
  if (parent?.type === 'await_expression' || parent?.type === 'return_statement') return true;
  return call.parent?.id === body.id;
}

/** The literals inside an expected value: itself, or members of objects and arrays, never keys. */
function leavesOf(node: Node): Literal[] {
  switch (node.type) {
    case 'string':
    case 'template_string':
      return node.text.includes('${') ? [] : [stringLiteral(node)];
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

function errorClassLiteral(node: Node): Literal {
  const { start, end } = range(node);
  // `Error` is above all others, so only a class beside it makes the expectation wrong.
  const others = errorClasses.filter((name) => name !== 'Error' && name !== node.text);
  return literal(node, (salt) => ({ start, end, text: others[draw(salt, start) % others.length]! }));
}
