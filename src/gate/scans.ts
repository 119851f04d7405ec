import path from 'node:path';
import { z } from 'zod';
import type { DiffLine, FileDiff } from './diff.ts';
import type { RoleOf } from './tamper.ts';

export const ScanFinding = z.object({
  rule: z.string(),
  path: z.string(),
  line: z.int().nullable(),
  words: z.string(),
});
export type ScanFinding = z.infer<typeof ScanFinding>;

/** What a look at the added lines finds. Nothing here proves that a patch is harmless. */
export const ScanReport = z.object({
  security: z.array(ScanFinding),
  stubs: z.array(ScanFinding),
  /** `name@range` of packages that the base's manifest does not name. */
  dependencies: z.array(z.string()),
  protectedPaths: z.array(z.object({ path: z.string(), because: z.string() })),
  size: z.object({ files: z.int(), additions: z.int(), deletions: z.int(), large: z.boolean() }),
});
export type ScanReport = z.infer<typeof ScanReport>;

interface Rule {
  rule: string;
  pattern: RegExp;
  words: string;
  /** Also in tests and documentation. */
  everywhere?: boolean;
}

const securityRules: Rule[] = [
  {
    rule: 'secret-aws',
    pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
    words: 'an AWS access key',
    everywhere: true,
  },
  {
    rule: 'secret-github',
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,})/,
    words: 'a GitHub token',
    everywhere: true,
  },
  {
    rule: 'secret-private-key',
    pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
    words: 'a private key',
    everywhere: true,
  },
  {
    rule: 'secret-service',
    pattern:
      /\b(?:xox[abprs]-[\w-]{20,}|sk_live_\w{20,}|sk-ant-[\w-]{20,}|AIza[\w-]{35}|npm_[A-Za-z0-9]{36})\b/,
    words: 'a token of a service',
    everywhere: true,
  },
  {
    rule: 'secret-literal',
    pattern: /\b(?:secret|token|passw(?:or)?d|api[_-]?key)\w*['"]?\s*[:=]\s*['"][\w+/=.-]{16,}['"]/i,
    words: 'what looks like a secret in the source',
  },
  { rule: 'eval', pattern: /\beval\s*\(|\bnew\s+Function\s*\(/, words: 'runs text as code' },
  { rule: 'vm', pattern: /\bvm\s*\.\s*(?:runIn\w+|Script|compileFunction)\b/, words: 'runs text as code' },
  {
    rule: 'shell',
    pattern: /\b(?:exec|execSync)\s*\(\s*(?:`[^`]*\$\{|['"][^'"]*['"]\s*\+)|\bshell\s*:\s*true\b/,
    words: 'puts values into a shell command',
  },
  {
    rule: 'tls-off',
    pattern: /rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED/,
    words: 'switches the check of certificates off',
  },
  {
    rule: 'internals',
    pattern: /\bprocess\s*\.\s*(?:binding|dlopen|_linkedBinding)\b/,
    words: "reaches into node's internals",
  },
  {
    rule: 'address',
    pattern: /https?:\/\/\d{1,3}(?:\.\d{1,3}){3}\b(?<!127\.0\.0\.1)/,
    words: 'talks to a bare address',
  },
  {
    rule: 'hidden-text',
    pattern: /[\0-\x08\x0b\x0e-\x1f\x7f\u200b\u2060\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u,
    words: 'has invisible or direction-changing characters',
    everywhere: true,
  },
  {
    rule: 'blob',
    pattern: /['"`][A-Za-z0-9+/=]{400,}['"`]|(?:\\x[0-9a-f]{2}){60,}/i,
    words: 'hides data in a long string',
  },
];

const stubRules: Rule[] = [
  {
    rule: 'not-implemented',
    pattern: /\bnot[ _-]?(?:yet[ _-])?implemented\b|\bNotImplemented(?:Error)?\b|\bunimplemented\b/i,
    words: 'says that it is not implemented',
  },
  { rule: 'todo', pattern: /(?:\/\/|\/\*|\*|#)\s*(?:TODO|FIXME|XXX|HACK)\b/, words: 'leaves work for later' },
  {
    rule: 'placeholder',
    pattern: /(?:\/\/|\/\*|\*|#).*\b(?:placeholder|stub(?:bed)?|dummy (?:value|implementation)|for now)\b/i,
    words: 'calls itself a placeholder',
  },
];

const protectedRules: { pattern: RegExp; because: string }[] = [
  {
    pattern: /^\.(?:github|circleci|buildkite)\/|^\.(?:gitlab-ci|travis)\.ya?ml$|^Jenkinsfile$/,
    because: 'CI',
  },
  { pattern: /(?:^|\/)CODEOWNERS$/, because: 'code owners' },
  {
    pattern:
      /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$|(?:^|\/)(?:yarn|pnpm-lock|bun|poetry|Cargo)\.(?:lockb?|yaml)$|(?:^|\/)go\.sum$/,
    because: 'a lockfile',
  },
  { pattern: /(?:^|\/)migrations?\//i, because: 'database migrations' },
  {
    pattern:
      /(?:^|[/_.-])(?:auth|authn|authz|oauth\d?|login|sessions?|permissions?|credentials?|passwords?)(?:[/_.-]|$)/i,
    because: 'authentication',
  },
  { pattern: /(?:^|\/)(?:Dockerfile|docker-compose)[\w.-]*$/, because: 'how it is deployed' },
  { pattern: /(?:^|\/)node_modules\//, because: 'installed packages' },
];

/** Beyond this a person cannot review it in one sitting. */
const large = { files: 50, additions: 1_500 };

/**
 * Looks at the lines that a patch adds.
 * @param manifests text of package.json on the base and in the candidate; undefined where there is none
 * @param protectedByRepo patterns of paths that the repository protects besides those that always are
 */
export function scanPatch(
  files: readonly FileDiff[],
  roleOf: RoleOf,
  manifests: { base: string | undefined; candidate: string | undefined },
  protectedByRepo: readonly string[] = [],
): ScanReport {
  const additions = files.reduce((sum, file) => sum + file.added.length, 0);
  return {
    security: [...files.flatMap((file) => apply(securityRules, file, roleOf)), ...installScripts(manifests)],
    stubs: files.flatMap((file) => apply(stubRules, file, roleOf)),
    dependencies: newDependencies(manifests),
    protectedPaths: files.flatMap((file) => {
      const because = file.binary
        ? 'a binary file, which no reviewer has read'
        : whyProtected(file.path, roleOf, protectedByRepo);
      return because === undefined ? [] : [{ path: file.path, because }];
    }),
    size: {
      files: files.length,
      additions,
      deletions: files.reduce((sum, file) => sum + file.removed.length, 0),
      large: files.length > large.files || additions > large.additions,
    },
  };
}

function whyProtected(file: string, roleOf: RoleOf, byRepo: readonly string[]): string | undefined {
  const rule = protectedRules.find(({ pattern }) => pattern.test(file));
  if (rule) return rule.because;
  if (roleOf(file) === 'config') return 'test, check or CI configuration';
  const pattern = byRepo.find((each) => path.posix.matchesGlob(file, each));
  return pattern === undefined ? undefined : `the repository protects ${pattern}`;
}

function apply(rules: readonly Rule[], file: FileDiff, roleOf: RoleOf): ScanFinding[] {
  const isCode = roleOf(file.path) === 'source' && !/\.(?:md|mdx|txt|rst|json|lock|ya?ml)$/.test(file.path);
  const before = new Set(file.removed.map(({ text }) => text.trim()));
  const isNew = ({ text }: DiffLine) => !before.has(text.trim());
  return rules
    .filter((rule) => isCode || rule.everywhere)
    .flatMap(({ rule, pattern, words }) =>
      file.added
        .filter((line) => isNew(line) && pattern.test(line.text))
        .map(({ line }) => ({ rule, path: file.path, line, words })),
    );
}

const Manifest = z.looseObject({ scripts: z.record(z.string(), z.unknown()).catch({}).default({}) });

function parse(text: string | undefined): z.infer<typeof Manifest> | undefined {
  if (text === undefined) return undefined;
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function newDependencies({
  base,
  candidate,
}: {
  base: string | undefined;
  candidate: string | undefined;
}): string[] {
  const all = (text: string | undefined) =>
    ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) => {
      const section = parse(text)?.[field];
      return section !== null && typeof section === 'object' ? Object.entries(section) : [];
    });
  const known = new Map(all(base));
  return all(candidate)
    .filter(([name, range]) => known.get(name) !== range)
    .map(([name, range]) => `${name}@${String(range)}`);
}

/** Scripts that a package manager runs by itself. */
function installScripts({
  base,
  candidate,
}: {
  base: string | undefined;
  candidate: string | undefined;
}): ScanFinding[] {
  const before = parse(base)?.scripts ?? {};
  const now = parse(candidate)?.scripts ?? {};
  return ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']
    .filter((name) => now[name] !== undefined && now[name] !== before[name])
    .map((name) => ({
      rule: 'install-script',
      path: 'package.json',
      line: null,
      words: `adds or changes the script "${name}", which runs by itself on installation`,
    }));
}
