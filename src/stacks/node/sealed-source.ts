import { type Literal, lineOf } from '../literal.ts';
import { type Node, nodesOf } from '../syntax.ts';
import { argumentsOf, assertionsOf } from './assertions.ts';

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
const plainString = (node: Node | null | undefined): string | undefined =>
  node && (node.type === 'string' || node.type === 'template_string') && !node.text.includes('${')
    ? node.text.slice(1, -1)
    : undefined;
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
