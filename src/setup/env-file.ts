import { randomUUID } from 'node:crypto';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { UserError } from '../run/user-error.ts';

/** Names that the file gives a value already; empty ones and missing files do not count. */
export async function namesIn(file: string): Promise<Set<string>> {
  const values = Object.entries(parseEnv((await textOf(file)) ?? ''));
  return new Set(values.filter(([, value]) => value?.trim()).map(([name]) => name));
}

/**
 * Puts values into an env file and keeps every other line as it is. For its owner only (0600), and written beside and
 * moved into place: a crash leaves the old one or the new one.
 */
export async function writeEnvFile(file: string, values: Record<string, string>): Promise<void> {
  const left = new Map(Object.entries(values));
  const before = await textOf(file);
  const lines = assignments(before ?? '').flatMap(({ name, text }) => {
    if (name === undefined || values[name] === undefined) return [text];
    const value = left.get(name);
    // A second line of the same name would undo the first.
    if (value === undefined) return [];
    left.delete(name);
    return [lineOf(name, value)];
  });
  while (lines.at(-1) === '') lines.pop();
  for (const [name, value] of left) lines.push(lineOf(name, value));
  const beside = `${file}.${randomUUID()}`;
  try {
    await writeFile(beside, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
    await chmod(beside, 0o600);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** The text in pieces: a line each, but a value in quotes that goes on over several lines is one. */
function assignments(text: string): { name: string | undefined; text: string }[] {
  const pieces = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`)?.*$|^.*$/gm;
  return [...text.matchAll(pieces)].map((match) => ({ name: match[1], text: match[0] }));
}

/** In quotes that `node --env-file`, dotenv and Compose read alike: line breaks as `\n`, nothing is expanded. */
function lineOf(name: string, value: string): string {
  const text = value.trim().replaceAll('\r', '').replaceAll('\n', '\\n');
  if (text.includes("'"))
    throw new UserError(`The value of ${name} has a ' in it, which an env file cannot hold.`);
  return /^[\w./:@+=,*-]*$/.test(text) ? `${name}=${text}` : `${name}='${text}'`;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
