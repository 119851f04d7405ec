import type { Interface, SealedTests } from '../../run/artifacts.ts';
import { idProblems } from '../sealed-ids.ts';
import type { Problem } from '../stack.ts';
import { withSyntax } from '../syntax.ts';
import { isErrorClass, type Layout, moduleOf } from './layout.ts';
import { idOf, readSealed, type SealedSource } from './sealed-source.ts';

/** What a sealed test may import besides the runner: nothing that reaches files, processes or the network. */
const harmless = (
  '__future__ asyncio collections datetime decimal enum fractions itertools json math operator pathlib re string ' +
  'textwrap typing unittest uuid'
).split(' ');
const identifier = /^[A-Za-z_]\w*$/;
const reaching = /\b(?:__import__|importlib|exec|eval|open|globals|compile)\s*\(/;
const faking = /\b(?:monkeypatch|mocker|unittest\.mock|mock\.patch|MagicMock)\b/;
const assertions =
  "assert f(x) == '…', assert f(x) is True, with pytest.raises(ValueError, match='…'), self.assertEqual(f(x), '…')";

/**
 * Everything that would make a sealed test worthless or unreadable for the gate, found without running it. The words
 * are for the test-writer.
 */
export async function lintSealed(sealed: SealedTests, shared: Interface, layout: Layout): Promise<Problem[]> {
  const source = await withSyntax(sealed.file, sealed.content, readSealed);
  if (!source) return [{ line: null, problem: `${sealed.file} is not a Python file` }];
  const [first] = sealed.tests;
  return [
    ...source.problems,
    ...idProblems(
      sealed,
      source.tests.map((test) => ({ ...test, id: idOf(test.name) })),
      { example: `test_${first?.id.replace('/', '_')}_words`, assertions },
    ),
    ...importProblems(sealed, shared, source, layout),
    ...(sealed.mode === 'data' ? dataProblems(sealed, shared, source) : []),
  ];
}

function importProblems(
  sealed: SealedTests,
  shared: Interface,
  source: SealedSource,
  layout: Layout,
): Problem[] {
  const known = new Map<string, Set<string>>();
  for (const item of shared.items) {
    const module = moduleOf(item.path, layout);
    known.set(module, (known.get(module) ?? new Set()).add(item.name));
  }
  const problems: Problem[] = [];
  for (const { module, line, names } of source.imports) {
    if (module === layout.framework || harmless.includes(module.split('.')[0]!)) continue;
    const offered = known.get(module);
    const inside = (each: string) =>
      sealed.mode === 'data' ? each.startsWith(`${module}.`) : each.split('.')[0] === module.split('.')[0];
    const isOurs = offered !== undefined || [...known.keys()].some(inside);
    if (module.startsWith('.')) {
      problems.push({ line, problem: `"${module}" is relative; import by the name of the module` });
    } else if (!isOurs) {
      const problem = `"${module}" is not a module of the interface (${[...known.keys()].join(', ')}), nor one that sealed tests may use`;
      problems.push({ line, problem });
    } else if (offered && sealed.mode === 'data') {
      const strange = names
        .map((name) => name.split(/\s+as\s+/)[0]!)
        .find((name) => name !== module && !offered.has(name) && !known.has(`${module}.${name}`));
      if (strange) problems.push({ line, problem: `the interface has no ${strange} in ${module}` });
    }
  }
  if (layout.framework === 'unittest' && source.classes.length === 0 && source.tests.length > 0) {
    problems.push({
      line: null,
      problem: 'with unittest, tests are methods of a class of unittest.TestCase',
    });
  }
  return problems;
}

function dataProblems(sealed: SealedTests, shared: Interface, source: SealedSource): Problem[] {
  const problems: Problem[] = [];
  const lines = sealed.content.split('\n');
  const firstLine = (pattern: RegExp) => {
    const at = lines.findIndex((line) => pattern.test(line));
    return at === -1 ? undefined : at + 1;
  };
  const faked = firstLine(faking);
  if (faked !== undefined)
    problems.push({ line: faked, problem: 'mocks and patches do not reach the code in mode data' });
  const reached = firstLine(reaching);
  if (reached !== undefined)
    problems.push({ line: reached, problem: 'a sealed test opens no files and loads no code by itself' });
  for (const item of shared.items) {
    if (!identifier.test(item.name)) {
      const problem = `the interface names "${item.name}", which is no name at the top of a module`;
      problems.push({ line: null, problem });
    }
    if (
      item.kind === 'class' &&
      !isErrorClass(item) &&
      new RegExp(`\\b${item.name}\\s*\\(`).test(sealed.content)
    ) {
      const problem = `${item.name} is a class: its instances cannot cross, these tests need mode in-process`;
      problems.push({ line: source.tests[0]?.line ?? null, problem });
    }
  }
  return problems;
}
