import { stripTypeScriptTypes } from 'node:module';
import type { Interface, SealedTests } from '../../run/artifacts.ts';
import type { Problem } from '../stack.ts';
import { withSyntax } from '../syntax.ts';
import { isErrorClass, type Layout, moduleMeant } from './layout.ts';
import { readSealed, type SealedSource } from './sealed-source.ts';
import { idOf } from './twins.ts';

/** What a sealed test may import besides the runner: nothing that reaches files, processes or the network. */
const harmless = [
  'assert',
  'assert/strict',
  'util',
  'url',
  'path',
  'buffer',
  'os',
  'events',
  'timers/promises',
];
const runnerTricks =
  /\b(?:vi|mock|t\.mock)\s*\.\s*(?:mock|doMock|useFakeTimers|stubGlobal|spyOn|fn|method|timers)\b/;
const identifier = /^[A-Za-z_$][\w$]*$/;

/**
 * Everything that would make a sealed test worthless or unreadable for the gate, found without running it. The
 * words are for the test-writer.
 */
export async function lintSealed(sealed: SealedTests, shared: Interface, layout: Layout): Promise<Problem[]> {
  const source = await withSyntax(sealed.file, sealed.content, readSealed);
  if (!source) return [{ line: null, problem: `${sealed.file} has an ending this stack does not know` }];
  const syntax = syntaxProblem(sealed);
  if (syntax) return [syntax];
  return [
    ...source.problems,
    ...idProblems(sealed, source),
    ...importProblems(sealed, shared, source, layout),
    ...(sealed.mode === 'data' ? dataProblems(sealed, shared) : []),
    ...snapshotProblems(sealed),
  ];
}

function syntaxProblem({ file, content }: SealedTests): Problem | undefined {
  if (/x$/.test(file)) return undefined; // JSX: the syntax tree is what we have.
  try {
    stripTypeScriptTypes(content, { mode: 'transform' });
    return undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return { line: null, problem: `the file is not valid JavaScript or TypeScript: ${words}` };
  }
}

function idProblems(sealed: SealedTests, source: SealedSource): Problem[] {
  const problems: Problem[] = [];
  const declared = new Map(sealed.tests.map((test) => [test.id, 0]));
  for (const test of source.tests) {
    const id = idOf(test.name);
    if (id === undefined || !declared.has(id)) {
      const problem = `"${test.name}": the name must start with the id of a declared test, e.g. "${sealed.tests[0]?.id} …"`;
      problems.push({ line: test.line, problem });
      continue;
    }
    declared.set(id, (declared.get(id) ?? 0) + 1);
    if (test.literals.length === 0) {
      problems.push({
        line: test.line,
        problem:
          `${id} compares nothing with an expected literal directly in its body (toBe, toEqual, toThrow('…'), ` +
          'equal, deepEqual, throws(fn, { name, message })), so no twin can show that it would fail',
      });
    }
  }
  for (const [id, times] of declared) {
    if (times !== 1)
      problems.push({ line: null, problem: `${id} is declared once and written ${times} times` });
  }
  for (const test of sealed.tests) {
    if (!test.id.startsWith(`${test.contract}/`)) {
      problems.push({ line: null, problem: `${test.id} says it tests ${test.contract}` });
    }
  }
  return problems;
}

function importProblems(
  sealed: SealedTests,
  shared: Interface,
  source: SealedSource,
  layout: Layout,
): Problem[] {
  const problems: Problem[] = [];
  const bound = new Set<string>();
  for (const { from, line, names } of source.imports) {
    if (from === layout.framework) {
      for (const name of names) bound.add(name);
      continue;
    }
    if (from.startsWith('.')) {
      if (sealed.mode === 'data' && moduleMeant(sealed, shared.items, from) === undefined) {
        const problem = `"${from}" is not a module of the interface, and nothing else can be imported in mode data`;
        problems.push({ line, problem });
      }
    } else if (!harmless.includes(from.replace(/^node:/, ''))) {
      problems.push({ line, problem: `"${from}" must not be imported by a sealed test` });
    }
  }
  const callee = source.tests.find((test) => !bound.has(test.callee))?.callee;
  if (callee) {
    problems.push({ line: null, problem: `import ${callee} from "${layout.framework}"; globals are off` });
  }
  return problems;
}

function dataProblems(sealed: SealedTests, shared: Interface): Problem[] {
  const problems: Problem[] = [];
  if (runnerTricks.test(sealed.content)) {
    problems.push({ line: null, problem: 'mocks, spies and fake timers do not reach the code in mode data' });
  }
  for (const item of shared.items) {
    if (!identifier.test(item.name)) {
      problems.push({
        line: null,
        problem: `the interface names an export "${item.name}", which is no identifier`,
      });
    }
    if (item.kind === 'class' && !isErrorClass(item)) {
      const problem = `${item.name} is a class: its instances cannot cross, these tests need mode in-process`;
      if (new RegExp(`\\bnew\\s+${item.name.replaceAll('$', '\\$')}\\b`).test(sealed.content)) {
        problems.push({ line: null, problem });
      }
    }
  }
  return problems;
}

/** The first run of a snapshot writes what it should compare with. */
function snapshotProblems({ content }: SealedTests): Problem[] {
  const problem = 'snapshots pass on their first run; name the expected value';
  return /\b(?:toMatch(?:File|Inline)?Snapshot|toThrowErrorMatching\w*Snapshot|assert\.snapshot)\b/.test(
    content,
  )
    ? [{ line: null, problem }]
    : [];
}
