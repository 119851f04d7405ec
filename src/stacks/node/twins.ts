import type { SealedTests } from '../../run/artifacts.ts';
import type { TwinFile } from '../stack.ts';
import { secretName, withSyntax } from '../syntax.ts';
import { type Renaming, renamedFile, twinFile } from '../twins.ts';
import { readSealed, type SealedSource } from './sealed-source.ts';

/** The id at the start of a sealed test's name. */
export const idOf = (name: string): string | undefined => /^(C[1-9]\d?\/[1-9]\d?)(?:\s|:|$)/.exec(name)?.[1];

async function sourceOf(sealed: SealedTests): Promise<SealedSource> {
  const source = await withSyntax(sealed.file, sealed.content, readSealed);
  if (!source) throw new Error(`no grammar for ${sealed.file}`);
  return source;
}

function renaming({ tests, groups }: SealedSource, salt: string): Renaming {
  const renamed = tests.map(({ name, nameRange, literals }) => {
    const alias = secretName(salt, 'test', nameRange.start);
    return { alias, id: idOf(name) ?? name, name, at: nameRange.start, literals, nameRange };
  });
  const edits = [
    ...renamed.map(({ nameRange, alias }) => ({ ...nameRange, text: `'${alias}'` })),
    ...groups.map((group) => ({ ...group, text: `'${secretName(salt, 'group', group.start)}'` })),
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
  const source = await sourceOf(sealed);
  const name = secretName(salt, 'control');
  const callee = source.tests[0]?.callee ?? 'test';
  const text = `\n${callee}('${name}', () => { throw new Error('control'); });\n`;
  return twinFile(sealed.content, renaming(source, salt), salt, { name, text });
}
