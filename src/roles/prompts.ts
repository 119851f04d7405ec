import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../run/user-error.ts';

/**
 * What each prompt may show, by name: this table is the reading list of each role (the builder has no way to be
 * handed contracts or tests). The files must use exactly these variables.
 */
export const promptVariables = {
  'spec-author/write': ['issue'],
  'spec-author/revise': ['issue', 'interface', 'contracts', 'plan', 'findings'],
  'spec-author/post-mortem': ['issue', 'findings'],
  'spec-reviewer/review': ['issue', 'interface', 'contracts', 'plan'],
  'test-writer/write': ['contracts', 'interface', 'harness_card'],
  'test-writer/mend': ['contracts', 'interface', 'harness_card', 'tests', 'problems'],
  'builder/build': ['issue', 'interface', 'plan', 'notes'],
  'builder/repair': ['issue', 'interface', 'plan', 'notes', 'symptoms'],
  'reviewer/review': ['issue', 'interface', 'plan', 'patch', 'reports'],
} as const satisfies Record<string, readonly string[]>;

export interface Prompt {
  name: string;
  /** The same for every call, so that the service can cache it together with the tools. */
  system: string;
  /** With `{{variables}}`. */
  user: string;
}
export type Prompts = ReadonlyMap<string, Prompt>;

const sections = /^# System\n([\s\S]*?)\n# User\n([\s\S]*)$/;
const variable = /\{\{([^{}]*)\}\}/g;

/**
 * Reads and checks every prompt under a folder. Throws a UserError that lists all that is wrong: a file that is
 * missing or that no role uses, a missing section, an unknown or unused variable.
 */
export function loadPrompts(dir: string): Prompts {
  const prompts = new Map<string, Prompt>();
  const wrong: string[] = [];
  for (const [name, variables] of Object.entries(promptVariables)) {
    const file = `${name}.md`;
    let text: string;
    try {
      text = readFileSync(join(dir, file), 'utf8').replaceAll('\r\n', '\n');
    } catch (error) {
      wrong.push(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
      continue;
    }
    const [, system, user] = sections.exec(text) ?? [];
    if (system === undefined || user === undefined) {
      wrong.push(`${file}: must have a part "# System" and then a part "# User"`);
      continue;
    }
    wrong.push(...variablesWrong(system, user, variables).map((words) => `${file}: ${words}`));
    prompts.set(name, { name, system: system.trim(), user: user.trim() });
  }
  for (const found of globSync('**/*.md', { cwd: dir }).sort()) {
    const file = found.replaceAll('\\', '/');
    if (!Object.hasOwn(promptVariables, file.slice(0, -3))) wrong.push(`${file}: no role uses this prompt`);
  }
  if (wrong.length > 0)
    throw new UserError(`The prompts in ${dir} cannot be used:\n${wrong.map((w) => `  ${w}`).join('\n')}`, {
      next: 'Mend the files named above; src/roles/prompts.ts says which variables each prompt has.',
    });
  return prompts;
}

function variablesWrong(system: string, user: string, known: readonly string[]): string[] {
  const used = new Set([...user.matchAll(variable)].map(([, name]) => name ?? ''));
  return [
    ...[...system.matchAll(variable)].map(([all]) => `${all} stands in the system part, which must not vary`),
    ...[...used].filter((name) => !known.includes(name)).map((name) => `unknown variable {{${name}}}`),
    ...known.filter((name) => !used.has(name)).map((name) => `variable {{${name}}} is not used`),
  ];
}

/**
 * The user part with every variable replaced. Throws when `values` lacks a variable or has one too many: both mean
 * that a phase and its prompt no longer agree. What a value says is not looked at for variables again.
 */
export function fillPrompt(prompt: Prompt, values: ReadonlyMap<string, string>): string {
  const used = new Set<string>();
  const text = prompt.user.replace(variable, (_all, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`prompt ${prompt.name}: no value for {{${name}}}`);
    used.add(name);
    return value;
  });
  for (const name of values.keys())
    if (!used.has(name)) throw new Error(`prompt ${prompt.name}: has no variable {{${name}}}`);
  return text;
}
