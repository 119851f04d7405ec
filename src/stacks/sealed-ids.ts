import type { SealedTests } from '../run/artifacts.ts';
import type { Literal } from './literal.ts';
import type { Problem } from './stack.ts';

/** A test of a sealed file, as far as its id is concerned. */
export interface TestOfId {
  /** undefined: its name does not start with one. */
  id: string | undefined;
  name: string;
  line: number;
  literals: readonly Literal[];
}

/**
 * Whether the tests in the file are the declared ones, each written once and each able to fail.
 * @param say how a name starts with an id in this language, and which assertions compare with a literal
 */
export function idProblems(
  sealed: SealedTests,
  tests: readonly TestOfId[],
  say: { example: string; assertions: string },
): Problem[] {
  const problems: Problem[] = [];
  const declared = new Map(sealed.tests.map((test) => [test.id, 0]));
  for (const { id, name, line, literals } of tests) {
    if (id === undefined || !declared.has(id)) {
      const problem = `"${name}": the name must start with the id of a declared test, e.g. "${say.example}"`;
      problems.push({ line, problem });
      continue;
    }
    declared.set(id, (declared.get(id) ?? 0) + 1);
    if (literals.length === 0) {
      const problem =
        `${id} compares nothing with an expected literal directly in its body (${say.assertions}), ` +
        'so no twin can show that it would fail';
      problems.push({ line, problem });
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
