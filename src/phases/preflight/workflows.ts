import { parseDocument } from 'yaml';
import type { RepoFiles } from '../../stacks/stack.ts';

const maxFiles = 50;

export interface RiskyWorkflow {
  path: string;
  /** The event that starts it for our branch. */
  on: 'push' | 'pull_request' | 'pull_request_target';
  /** Names, without the token that every workflow has. */
  secrets: string[];
}

/**
 * Workflows of the base that run when our branch is pushed or its pull request opened, and hand out secrets: code
 * that a model wrote would run beside them before any person has seen it.
 */
export async function riskyWorkflows(
  files: RepoFiles,
  branches: { head: string; base: string },
): Promise<RiskyWorkflow[]> {
  const paths = files.list().filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  const found: RiskyWorkflow[] = [];
  for (const path of paths.slice(0, maxFiles)) {
    const text = await files.read(path);
    const risk = text === undefined ? undefined : riskOf(text, branches);
    if (risk) found.push({ path, ...risk });
  }
  return found;
}

function riskOf(
  text: string,
  { head, base }: { head: string; base: string },
): Omit<RiskyWorkflow, 'path'> | undefined {
  const names = [...text.matchAll(/\bsecrets\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*['"](\w+)['"]\s*\])/g)].map(
    ([, dotted, quoted]) => dotted ?? quoted ?? '',
  );
  const secrets = [...new Set(names)].filter((name) => name.toUpperCase() !== 'GITHUB_TOKEN').sort();
  if (/^\s*secrets:\s*inherit\b/m.test(text)) secrets.push('all of them (secrets: inherit)');
  if (secrets.length === 0) return undefined;
  const events = eventsOf(text);
  const on = (['push', 'pull_request', 'pull_request_target'] as const).find(
    (event) => event in events && runsFor(events[event], event === 'push' ? head : base),
  );
  return on && { on, secrets };
}

/** What cannot be read is taken to run always: a warning too many costs a line. */
function eventsOf(text: string): Record<string, unknown> {
  let on: unknown;
  try {
    on = (parseDocument(text, { logLevel: 'silent' }).toJS({ maxAliasCount: 100 }) as { on?: unknown }).on;
  } catch {
    return { push: null };
  }
  if (typeof on === 'string') return { [on]: null };
  if (Array.isArray(on)) return Object.fromEntries(on.map((event) => [String(event), null]));
  return typeof on === 'object' && on !== null ? (on as Record<string, unknown>) : {};
}

/** GitHub's filters by branch; filters by path are left out of account, because nobody knows yet what is changed. */
function runsFor(filter: unknown, branch: string): boolean {
  if (typeof filter !== 'object' || filter === null) return true;
  const given = filter as Record<string, unknown>;
  const patterns = (name: string) => [given[name] ?? []].flat().map(String);
  if ('branches' in given) return matchesLast(patterns('branches'), branch);
  if ('branches-ignore' in given) return !patterns('branches-ignore').some((each) => matches(each, branch));
  // Tags alone: no push of a branch starts it.
  return !('tags' in given || 'tags-ignore' in given);
}

/** In a list with exceptions (`!name`) the last pattern that fits decides. */
function matchesLast(patterns: readonly string[], branch: string): boolean {
  const last = patterns.findLast((pattern) => matches(pattern.replace(/^!/, ''), branch));
  return last !== undefined && !last.startsWith('!');
}

function matches(pattern: string, branch: string): boolean {
  // ReDoS needs nested repetition; each wildcard becomes one class, and patterns are short.
  const source = pattern
    .slice(0, 200)
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll(/\*{2,}|\*/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'));
  try {
    return new RegExp(`^${source}$`).test(branch);
  } catch {
    return true;
  }
}
