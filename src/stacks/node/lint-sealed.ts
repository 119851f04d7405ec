import { stripTypeScriptTypes } from 'node:module';
import type { Interface, SealedTests } from '../../run/artifacts.ts';
import { idProblems } from '../sealed-ids.ts';
import type { Problem } from '../stack.ts';
import { withSyntax } from '../syntax.ts';
import { isErrorClass, type Layout, moduleMeant, runnerModule } from './layout.ts';
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
const assertions = "toBe, toEqual, toThrow('…'), equal, deepEqual, throws(fn, { name, message })";
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
    ...idProblems(
      sealed,
      source.tests.map((test) => ({ ...test, id: idOf(test.name) })),
      { example: `${sealed.tests[0]?.id} …`, assertions },
    ),
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

function importProblems(
  sealed: SealedTests,
  shared: Interface,
  source: SealedSource,
  layout: Layout,
): Problem[] {
  const problems: Problem[] = [];
  const bound = new Set<string>();
  for (const { from, line, names } of source.imports) {
    if (from === runnerModule(layout)) {
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
    problems.push({
      line: null,
      problem: `import ${callee} from "${runnerModule(layout)}"; globals are off`,
    });
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
