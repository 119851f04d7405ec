import type { Literal } from '../literal.ts';
import { type Node, nodesOf } from '../syntax.ts';
import { errorClassLiteral, leavesOf } from './literals.ts';

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
export const argumentsOf = (call: Node) =>
  (call.childForFieldName('arguments')?.namedChildren ?? []).filter((arg) => arg.type !== 'comment');

/** The assertions in a test's body: how many, and the expected literals of those that always run. */
export function assertionsOf(body: Node, problem: (node: Node, words: string) => void) {
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
