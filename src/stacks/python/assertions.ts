import type { Literal } from '../literal.ts';
import { type Node, nodesOf } from '../syntax.ts';
import { errorClassLiteral, leavesOf } from './literals.ts';

/** unittest's assertions that compare their second argument with their first. */
const comparing = /^assert(?:(?:Multi|)(?:Line)?|List|Dict|Tuple|Set|Sequence|Count)?Equals?$|^assertIs$/;
/** Their names say what is expected. */
const opposites: Record<string, string> = {
  assertTrue: 'assertFalse',
  assertFalse: 'assertTrue',
  assertIsNone: 'assertIsNotNone',
};
const raising = /^(?:raises|assertRaises|assertRaisesRegex)$/;

export const argumentsOf = (call: Node) =>
  (call.childForFieldName('arguments')?.namedChildren ?? []).filter((each) => each.type !== 'comment');
const nameOf = (call: Node) => call.childForFieldName('function')?.text.split('.').at(-1) ?? '';

/** The assertions in a test's body: how many, and the expected literals of those that always run. */
export function assertionsOf(body: Node): { literals: Literal[]; asserts: number } {
  const literals: Literal[] = [];
  let asserts = 0;
  for (const node of nodesOf(body)) {
    const found =
      node.type === 'assert_statement'
        ? ofCondition(node.namedChildren[0])
        : node.type === 'call'
          ? ofCall(node)
          : undefined;
    if (!found) continue;
    asserts += 1;
    if (isDirect(node, body)) literals.push(...found);
  }
  return { literals, asserts };
}

/** The literals that a condition expects; none where a wrong one could still hold. */
function ofCondition(condition: Node | undefined): Literal[] {
  if (!condition) return [];
  if (condition.type === 'parenthesized_expression') return ofCondition(condition.namedChildren[0]);
  if (condition.type === 'boolean_operator') {
    if (condition.childForFieldName('operator')?.text !== 'and') return [];
    return [condition.childForFieldName('left'), condition.childForFieldName('right')].flatMap((side) =>
      ofCondition(side ?? undefined),
    );
  }
  const operands = condition.type === 'comparison_operator' ? condition.namedChildren : [];
  const [left, right] = operands;
  if (operands.length !== 2 || !left || !right) return [];
  const operator = condition.text.slice(
    left.endIndex - condition.startIndex,
    right.startIndex - condition.startIndex,
  );
  if (operator.trim() === 'in') return leavesOf(left);
  if (!['==', 'is'].includes(operator.trim())) return [];
  const expected = leavesOf(right);
  return expected.length > 0 ? expected : leavesOf(left);
}

function ofCall(call: Node): Literal[] | undefined {
  const name = nameOf(call);
  const callee = call.childForFieldName('function');
  const args = argumentsOf(call).filter((each) => each.type !== 'keyword_argument');
  const keyword = (wanted: string) =>
    argumentsOf(call).find(
      (each) => each.type === 'keyword_argument' && each.childForFieldName('name')?.text === wanted,
    );
  if (raising.test(name)) {
    const match = name === 'assertRaisesRegex' ? args[1] : keyword('match')?.childForFieldName('value');
    const expected = args[0]?.type === 'identifier' ? [errorClassLiteral(args[0])] : [];
    // In a pattern a letter may be part of an escape; the class alone will do then.
    return [...expected, ...(match && !match.text.includes('\\') ? leavesOf(match) : [])];
  }
  if (!callee?.text.startsWith('self.')) return undefined;
  const attribute = callee.childForFieldName('attribute');
  const opposite = opposites[name];
  if (opposite !== undefined && attribute) {
    const edit = { start: attribute.startIndex, end: attribute.endIndex, text: opposite };
    return [{ line: attribute.startPosition.row + 1, text: name, change: () => edit }];
  }
  if (name === 'assertIn') return args[0] ? leavesOf(args[0]) : [];
  if (comparing.test(name)) {
    const [actual, expected] = args;
    const literals = expected ? leavesOf(expected) : [];
    return literals.length > 0 ? literals : actual ? leavesOf(actual) : [];
  }
  return /^assert[A-Z]/.test(name) ? [] : undefined;
}

/** Directly in the body, or the head of a `with` that stands there: not where it might not run. */
function isDirect(node: Node, body: Node): boolean {
  for (let at: Node | null = node.parent; at; at = at.parent) {
    if (at.id === body.id) return true;
    if (
      !['expression_statement', 'with_item', 'with_clause', 'with_statement', 'as_pattern'].includes(at.type)
    )
      return false;
  }
  return false;
}
