import { type Literal, lineOf } from '../literal.ts';
import type { Problem } from '../stack.ts';
import type { Node } from '../syntax.ts';
import { assertionsOf } from './assertions.ts';

export interface FoundTest {
  /** Name of the function. */
  name: string;
  line: number;
  nameRange: { start: number; end: number };
  literals: Literal[];
}

export interface SealedSource {
  tests: FoundTest[];
  /** Ranges of the names of test classes. */
  classes: { start: number; end: number }[];
  imports: { module: string; line: number; names: string[] }[];
  problems: Problem[];
}

/** The id in a test's name: `test_C1_2_words` is `C1/2`. */
export function idOf(name: string): string | undefined {
  const found = /^test_(C[1-9]\d?)_([1-9]\d?)(?:_|$)/.exec(name);
  return found ? `${found[1]}/${found[2]}` : undefined;
}

/** What a test may be handed: what is printed crosses as data. */
const fixtures = ['self', 'capsys'];

/** Reads a sealed test file: its tests, what it imports, which expected literals can be changed, what is wrong. */
export function readSealed(root: Node): SealedSource {
  const found: SealedSource = { tests: [], classes: [], imports: [], problems: [] };
  const problem = (node: Node, words: string) => found.problems.push({ line: lineOf(node), problem: words });
  if (root.hasError) problem(firstError(root) ?? root, 'this is not valid syntax');
  for (const node of root.namedChildren) readTop(node, found, problem);
  return found;
}

function readTop(node: Node, found: SealedSource, problem: (node: Node, words: string) => void): void {
  switch (node.type) {
    case 'comment':
    case 'future_import_statement':
      return;
    case 'import_statement':
      for (const each of node.namedChildren) {
        const module = (each.type === 'aliased_import' ? each.childForFieldName('name') : each)?.text ?? '';
        found.imports.push({ module, line: lineOf(node), names: [module] });
      }
      return;
    case 'import_from_statement': {
      const module = node.childForFieldName('module_name');
      if (node.namedChildren.some((each) => each.type === 'wildcard_import'))
        problem(node, 'import what you use by its name');
      const names = node.namedChildren.filter((each) => each.id !== module?.id).map((each) => each.text);
      found.imports.push({ module: module?.text ?? '', line: lineOf(node), names });
      return;
    }
    case 'expression_statement':
      // A docstring, a constant of the tests' own.
      if (!['string', 'assignment'].includes(node.namedChildren[0]?.type ?? ''))
        problem(node, 'only imports, constants and tests stand at the top of the file');
      return;
    case 'function_definition':
      readFunction(node, found, problem);
      return;
    case 'class_definition':
      readClass(node, found, problem);
      return;
    case 'decorated_definition':
      problem(node, 'every sealed test runs and is written out; no decorators (skip, xfail, parametrize, …)');
      return;
    default:
      if (node.type !== 'ERROR')
        problem(node, 'only imports, constants and tests stand at the top of the file, nothing conditional');
  }
}

function readFunction(node: Node, found: SealedSource, problem: (node: Node, words: string) => void): void {
  const name = node.childForFieldName('name');
  const body = node.childForFieldName('body');
  if (!name || !body || !name.text.startsWith('test')) return;
  const isAsync = node.children.some((each) => each?.type === 'async');
  if (isAsync) problem(node, `${name.text} is async; write asyncio.run(…) in a plain test`);
  for (const parameter of node.childForFieldName('parameters')?.namedChildren ?? []) {
    if (!fixtures.includes(parameter.text))
      problem(parameter, `${name.text} asks for ${parameter.text}; of the fixtures only capsys is there`);
  }
  found.tests.push({
    name: name.text,
    line: lineOf(node),
    nameRange: { start: name.startIndex, end: name.endIndex },
    literals: assertionsOf(body).literals,
  });
}

function readClass(node: Node, found: SealedSource, problem: (node: Node, words: string) => void): void {
  const name = node.childForFieldName('name');
  if (name) found.classes.push({ start: name.startIndex, end: name.endIndex });
  for (const member of node.childForFieldName('body')?.namedChildren ?? []) {
    if (member.type === 'function_definition') readFunction(member, found, problem);
    else if (member.type === 'decorated_definition')
      problem(member, 'every sealed test runs and is written out; no decorators (skip, xfail, …)');
    else if (!['comment', 'expression_statement'].includes(member.type))
      problem(member, 'only tests stand in a class of tests');
  }
}

function firstError(root: Node): Node | undefined {
  let at = root;
  for (;;) {
    const inner = at.children.find(
      (each) => each && (each.type === 'ERROR' || each.isMissing || each.hasError),
    );
    if (!inner) return at;
    if (inner.type === 'ERROR' || inner.isMissing) return inner;
    at = inner;
  }
}
