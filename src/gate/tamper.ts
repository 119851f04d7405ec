import { z } from 'zod';
import type { FileDiff } from './diff.ts';

/** One sign that a patch makes tests weaker instead of code better. */
export const TamperFinding = z.object({
  kind: z.enum(['deleted', 'skipped', 'weakened', 'configuration', 'detection']),
  path: z.string(),
  line: z.int().nullable(),
  words: z.string(),
});
export type TamperFinding = z.infer<typeof TamperFinding>;

export type RoleOf = (path: string) => 'test' | 'config' | 'source';

const testCall = /\b(?:it|test)\s*(?:\.\w+\s*)?\(\s*['"`]/;
const skipping = [
  /\b(?:describe|context|suite|it|test)\s*\.\s*(?:concurrent\s*\.\s*)?(?:skip|skipIf|runIf|only|todo|fails|failing)\b/,
  /\b(?:x|f)(?:it|describe|test|context)\s*\(/,
  /\{\s*(?:skip|todo|only)\s*:/,
  /\b(?:t|this|ctx|context)\s*\.\s*(?:skip|todo)\s*\(/,
  /@(?:pytest\.mark\.skip|unittest\.skip)|\bpytest\.skip\(/,
];
const assertion = /\bexpect\s*\(|\bassert\b|\.should\b/;
const strong =
  /\.(?:toBe|toEqual|toStrictEqual|toThrow\w*|toMatch\w*|toContain\w*|toHave\w+)\s*\([^)]|\b(?:equal|strictEqual|deepEqual|deepStrictEqual|throws|rejects|match)\s*\(/;
const hollow =
  /\bexpect\s*\(\s*(?:true|1)\s*\)|\bassert(?:\.ok)?\s*\(\s*(?:true|1)\s*\)|\.toBe(?:Truthy|Defined)\s*\(|\.not\.toThrow\s*\(\s*\)|\bexpect\.anything\(/;
const detecting =
  /\b(?:VITEST(?:_WORKER_ID|_POOL_ID)?|NODE_TEST_CONTEXT|JEST_WORKER_ID|PYTEST_CURRENT_TEST|__vitest_\w+)\b|\bimport\.meta\.vitest\b|\bprepareStackTrace\b|\b(?:from|require\()\s*['"](?:vitest|node:test|node:assert(?:\/strict)?)['"]/;
/** The runner is the parent of the process that code under test runs in; nothing but a judge is to be found there. */
const reaching = /['"`]\/proc\b|\bprocess\s*\.\s*(?:ppid|reallyExit|getBuiltinModule)\b|\bNODE_CHANNEL_FD\b/;
/** A command ends and reads its arguments; a module that is imported ends somebody else's process. */
const commanding = /\bprocess\s*\.\s*(?:exit|abort|kill|argv)\b|\bprocess\s*\[/;
const command =
  /(?:^|\/)(?:s?bin|cli|cmd|commands?|scripts?|tools?|tasks?)\/|(?:^|[/._-])(?:bin|cli|cmd|command|main|server|start|run)\.[mc]?[jt]sx?$/;
const running =
  /^\s*"(?:pre|post)?(?:test|lint|build|typecheck|types)(?:[:\w-]*)"\s*:|^\s*"(?:vitest|jest|mocha|ava|c8|nyc|tap)"\s*:\s*\{/;

/**
 * Static verdicts over a patch: deleted, skipped or weakened tests, changed test or CI configuration, code that asks
 * whether it is being tested. A static scan can accuse, never acquit: an empty answer says nothing.
 */
export function scanTampering(files: readonly FileDiff[], roleOf: RoleOf): TamperFinding[] {
  return files.flatMap((file) => {
    const role = roleOf(file.path);
    if (role === 'config') {
      const words = `${file.change} a file that configures tests, checks or CI`;
      return [finding('configuration', file, null, words)];
    }
    if (role === 'test') return inTests(file);
    return file.path === 'package.json' || file.path.endsWith('/package.json')
      ? inManifest(file)
      : inSource(file);
  });
}

function inTests(file: FileDiff): TamperFinding[] {
  if (file.change === 'deleted') return [finding('deleted', file, null, 'deletes a test file')];
  const found: TamperFinding[] = [];
  const wasSkipped = new Set(file.removed.map(({ text }) => text.trim()));
  for (const { line, text } of file.added) {
    if (skipping.some((pattern) => pattern.test(text)) && !wasSkipped.has(text.trim())) {
      found.push(finding('skipped', file, line, `skips tests: ${quote(text)}`));
    }
    if (/\bprocess\s*\.\s*(?:exit|exitCode|abort|kill)\b/.test(text)) {
      found.push(finding('weakened', file, line, `ends the test's process: ${quote(text)}`));
    }
  }
  if (file.change === 'added') return found;
  if (file.binary) found.push(finding('weakened', file, null, 'changes a binary file of the tests'));
  const lost = (pattern: RegExp) => matching(file.removed, pattern) - matching(file.added, pattern);
  if (lost(testCall) > 0) found.push(finding('deleted', file, null, `removes ${lost(testCall)} tests`));
  if (lost(assertion) > 0)
    found.push(finding('weakened', file, null, `removes ${lost(assertion)} assertions`));
  else if (lost(strong) > 0 && lost(hollow) < 0) {
    found.push(
      finding(
        'weakened',
        file,
        null,
        'puts assertions that hold for nearly everything in place of exact ones',
      ),
    );
  }
  if (/\.snap$/.test(file.path)) found.push(finding('weakened', file, null, 'rewrites recorded snapshots'));
  return found;
}

function inManifest(file: FileDiff): TamperFinding[] {
  return [...file.added, ...file.removed]
    .filter(({ text }) => running.test(text))
    .slice(0, 1)
    .map(({ line, text }) =>
      finding('configuration', file, line, `changes how tests or checks are run: ${quote(text)}`),
    );
}

function inSource(file: FileDiff): TamperFinding[] {
  const before = new Set(file.removed.map(({ text }) => text.trim()));
  const isCommand =
    command.test(file.path) ||
    (file.change === 'added' && file.added[0]?.text.startsWith('#!')) ||
    file.removed.some(({ text }) => commanding.test(text));
  const rules = [
    { pattern: detecting, words: 'looks for the test runner' },
    { pattern: reaching, words: 'reaches for the process that runs it' },
    ...(isCommand ? [] : [{ pattern: commanding, words: 'ends or inspects the process that imports it' }]),
  ];
  return file.added
    .filter(({ text }) => !before.has(text.trim()))
    .flatMap(({ line, text }) => {
      const rule = rules.find(({ pattern }) => pattern.test(text));
      return rule ? [finding('detection', file, line, `${rule.words}: ${quote(text)}`)] : [];
    });
}

const matching = (lines: FileDiff['added'], pattern: RegExp) =>
  lines.filter(({ text }) => pattern.test(text) && !/^\s*(?:\/\/|\*|#)/.test(text)).length;
const quote = (text: string) => {
  const line = text.trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
};
const finding = (
  kind: TamperFinding['kind'],
  file: FileDiff,
  line: number | null,
  words: string,
): TamperFinding => ({ kind, path: file.path, line, words });
