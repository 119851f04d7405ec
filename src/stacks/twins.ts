import type { Literal } from './literal.ts';
import type { Twin, TwinFile } from './stack.ts';
import { applyEdits, draw, type Edit } from './syntax.ts';

/** A sealed test under the random name that it has in a run; what a language finds in its own way. */
export interface RenamedTest {
  /** Random, in this run. */
  alias: string;
  /** Of the sealed test. */
  id: string;
  name: string;
  /** Where it stands: decides, with the salt, which of its literals is changed. */
  at: number;
  /** Expected literals that can be changed. */
  literals: readonly Literal[];
}

export interface Renaming {
  /** Give every test and every group of tests its random name. */
  edits: readonly Edit[];
  tests: readonly RenamedTest[];
}

/** The sealed file with random names, and which name stands for which test. */
export function renamedFile(
  content: string,
  { edits, tests }: Renaming,
): { content: string; ids: Map<string, { id: string; name: string }> } {
  return {
    content: applyEdits(content, edits),
    ids: new Map(tests.map(({ alias, id, name }) => [alias, { id, name }])),
  };
}

/**
 * The sealed file with one expected literal changed in every test, plus one test of our own that always fails: if that
 * one passes, somebody patched the runner.
 * @param control its random name, and its text in the language of the file
 */
export function twinFile(
  content: string,
  { edits, tests }: Renaming,
  salt: string,
  control: { name: string; text: string },
): TwinFile {
  const changes: Edit[] = [];
  const twins: Twin[] = [];
  const without: string[] = [];
  for (const { alias, id, at, literals } of tests) {
    const literal = literals[draw(salt, 'literal', at) % literals.length];
    if (!literal) {
      without.push(id);
      continue;
    }
    const edit = literal.change(salt);
    changes.push(edit);
    const was = content.slice(edit.start, edit.end);
    const change = `line ${literal.line}: ${literal.text} with "${was}" as "${edit.text}"`;
    twins.push({ name: alias, of: id, change });
  }
  twins.push({ name: control.name, of: 'control', change: 'always fails' });
  return { content: `${applyEdits(content, [...edits, ...changes])}${control.text}`, twins, without };
}
