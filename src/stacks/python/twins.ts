import type { SealedTests } from '../../run/artifacts.ts';
import type { TwinFile } from '../stack.ts';
import { secretName, withSyntax } from '../syntax.ts';
import { type Renaming, renamedFile, twinFile } from '../twins.ts';
import { idOf, readSealed, type SealedSource } from './sealed-source.ts';

async function sourceOf(sealed: SealedTests): Promise<SealedSource> {
  const source = await withSyntax(sealed.file, sealed.content, readSealed);
  if (!source) throw new Error(`${sealed.file} is not Python`);
  return source;
}

function renaming({ tests, classes }: SealedSource, salt: string): Renaming {
  const renamed = tests.map(({ name, nameRange, literals }) => {
    const alias = `test_${secretName(salt, 'test', nameRange.start)}`;
    return { alias, id: idOf(name) ?? name, name, at: nameRange.start, literals, nameRange };
  });
  const edits = [
    ...renamed.map(({ nameRange, alias }) => ({ ...nameRange, text: alias })),
    ...classes.map((range) => ({ ...range, text: `Test${secretName(salt, 'class', range.start)}` })),
  ];
  return { edits, tests: renamed };
}

export async function renameTests(
  sealed: SealedTests,
  salt: string,
): Promise<ReturnType<typeof renamedFile>> {
  return renamedFile(sealed.content, renaming(await sourceOf(sealed), salt));
}

export async function makeTwins(sealed: SealedTests, salt: string): Promise<TwinFile> {
  const name = `test_${secretName(salt, 'control')}`;
  const group = `Test${secretName(salt, 'control', 'class')}`;
  // A TestCase runs under both runners.
  const text =
    `\n\nimport unittest\n\n\nclass ${group}(unittest.TestCase):\n` +
    `    def ${name}(self):\n        raise Exception('control')\n`;
  return twinFile(sealed.content, renaming(await sourceOf(sealed), salt), salt, { name, text });
}
