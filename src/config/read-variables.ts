import type { z } from 'zod';
import { UserError } from '../run/user-error.ts';
import type { Variable } from './variables.ts';

export type Source = Readonly<Record<string, string | undefined>>;
export type Values<Table extends Record<string, Variable>> = {
  [Name in keyof Table]: z.output<Table[Name]['schema']>;
};

/** One thing that is wrong: with which variable, what, and what to do. */
export interface Problem {
  name: string;
  words: string;
}

/** Reads every variable of a table; an empty one counts as not set. Bad ones are missing in `values`. */
export function readVariables<Table extends Record<string, Variable>>(
  table: Table,
  source: Source,
): { values: Partial<Values<Table>>; problems: Problem[] } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [name, variable] of Object.entries(table)) {
    const raw = source[name]?.trim() || undefined;
    const parsed = variable.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else problems.push({ name, words: describe(variable, raw, parsed.error.issues[0]?.message) });
  }
  return { values: values as Partial<Values<Table>>, problems };
}

/** Never quotes the value: it may be a secret in the wrong place. */
function describe(variable: Variable, raw: string | undefined, message: string | undefined): string {
  const what = raw === undefined ? 'is not set' : message;
  return `${what}. ${variable.what}${variable.where ? ` From: ${variable.where}.` : ''}`;
}

/** All problems at once, so that nobody has to start the program once per mistake. */
export function refuse(problems: readonly Problem[]): never {
  const many = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
  throw new UserError(
    `${many} missing or wrong:\n${problems.map(({ name, words }) => `  ${name} ${words}`).join('\n')}`,
    { next: 'Set them in the environment or in .env (copy .env.example) and start again.' },
  );
}
