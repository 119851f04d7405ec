import type { SealedTests } from '../../run/artifacts.ts';
import type { Twin, TwinFile } from '../stack.ts';
import { applyEdits, draw, type Edit, secretName, withSyntax } from '../syntax.ts';
import { idOf, readSealed, type SealedSource } from './sealed-source.ts';

async function sourceOf(sealed: SealedTests): Promise<SealedSource> {
  const source = await withSyntax(sealed.file, sealed.content, readSealed);
  if (!source) throw new Error(`${sealed.file} is not Python`);
  return source;
}

function renamed(source: SealedSource, salt: string): { edits: Edit[]; names: string[] } {
  const names = source.tests.map((test) => `test_${secretName(salt, 'test', test.nameRange.start)}`);
  const edits = [
    ...source.tests.map((test, index) => ({ ...test.nameRange, text: names[index]! })),
    ...source.classes.map((range) => ({ ...range, text: `Test${secretName(salt, 'class', range.start)}` })),
  ];
  return { edits, names };
}

/** The sealed file with random names, and which name stands for which test. */
export async function renameTests(
  sealed: SealedTests,
  salt: string,
): Promise<{ content: string; ids: Map<string, { id: string; name: string }> }> {
  const source = await sourceOf(sealed);
  const { edits, names } = renamed(source, salt);
  const ids = new Map(
    source.tests.map((test, index) => [names[index]!, { id: idOf(test.name) ?? test.name, name: test.name }]),
  );
  return { content: applyEdits(sealed.content, edits), ids };
}

/**
 * The sealed file with one expected literal changed in every test, plus one test of our own that always fails: if that
 * one passes, somebody patched the runner.
 */
export async function makeTwins(sealed: SealedTests, salt: string): Promise<TwinFile> {
  const source = await sourceOf(sealed);
  const { edits, names } = renamed(source, salt);
  const twins: Twin[] = [];
  const without: string[] = [];
  source.tests.forEach((test, index) => {
    const id = idOf(test.name) ?? test.name;
    const literal = test.literals[draw(salt, 'literal', test.nameRange.start) % test.literals.length];
    if (!literal) {
      without.push(id);
      return;
    }
    const edit = literal.change(salt);
    edits.push(edit);
    const was = sealed.content.slice(edit.start, edit.end);
    twins.push({
      name: names[index]!,
      of: id,
      change: `line ${literal.line}: ${literal.text} with "${was}" as "${edit.text}"`,
    });
  });
  const control = `test_${secretName(salt, 'control')}`;
  twins.push({ name: control, of: 'control', change: 'always fails' });
  const group = `Test${secretName(salt, 'control', 'class')}`;
  // A TestCase runs under both runners.
  const failing =
    `\n\nimport unittest\n\n\nclass ${group}(unittest.TestCase):\n` +
    `    def ${control}(self):\n        raise Exception('control')\n`;
  return { content: `${applyEdits(sealed.content, edits)}${failing}`, twins, without };
}
