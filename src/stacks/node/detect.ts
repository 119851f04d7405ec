import { z } from 'zod';
import type { RepoFiles } from '../stack.ts';
import type { Framework, Layout } from './layout.ts';

const record = z.record(z.string(), z.string()).catch({});
/** The parts of a package.json that we look at; anything odd in it is as if it were not there. */
export const Manifest = z.object({
  type: z.enum(['module', 'commonjs']).catch('commonjs').default('commonjs'),
  scripts: record.default({}),
  dependencies: record.default({}),
  devDependencies: record.default({}),
  optionalDependencies: record.default({}),
  peerDependencies: record.default({}),
});
export type Manifest = z.infer<typeof Manifest>;

/** undefined when the text is not a JSON object. */
export function parseManifest(text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined;
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const code = /\.[mc]?[jt]sx?$/;
const testFile =
  /(?:^|\/)(?:tests?|__tests__|specs?)\/.*|[._-](?:test|spec)\.[mc]?[jt]sx?$|(?:^|\/)test\.[mc]?[jt]sx?$/;
const configFile = new RegExp(
  [
    '^\\.(?:github|circleci|buildkite|husky)/',
    '^\\.(?:gitlab-ci|travis|appveyor)\\.ya?ml$|^azure-pipelines\\.ya?ml$|^Jenkinsfile$|(?:^|/)CODEOWNERS$',
    '(?:^|/)(?:vitest|vite|jest|ava|playwright|karma|babel|eslint|prettier|tsup|rollup)\\.(?:config|workspace|setup)\\.[\\w.]+$',
    '(?:^|/)(?:tsconfig[\\w.-]*|jsconfig|biome|deno)\\.jsonc?$',
    '(?:^|/)\\.(?:mocharc|eslintrc|nycrc|c8rc|taprc|babelrc|swcrc|npmrc|prettierrc)(?:\\.[\\w]+)?$',
  ].join('|'),
);

/** Whether a path is a test, or configures tests, checks or CI. */
export function roleOf(path: string): 'test' | 'config' | 'source' {
  if (configFile.test(path)) return 'config';
  return testFile.test(path) ? 'test' : 'source';
}

const dropped: Record<Framework, RegExp> = {
  jest: /^(?:--watch\w*|--coverage.*|--collectCoverage.*|--json|--outputFile.*|--reporters.*|-u|--updateSnapshot|--silent|--verbose)$/,
  mocha: /^(?:--watch\S*|-w|--reporter\S*|-R|--parallel|-p|spec|dot|min|nyan|progress|tap)$/,
  vitest: /^(?:run|watch|dev|-w|--watch|--ui|--run|--coverage.*|--reporter.*|--outputFile.*|-u|--update)$/,
  'node:test':
    /^(?:--test|--watch|--test-reporter.*|--experimental-test-coverage|--test-coverage.*|--test-update.*)$/,
};

const wrapper = /^(?:[A-Z_]+=\S*|cross-env|c8|nyc|npx)$/;

/** Looks into a test script for a runner we know, through `&&` and `npm run`. */
function findRunner(
  script: string,
  scripts: Record<string, string>,
  depth = 0,
): { runner: Framework; args: string[] } | undefined {
  for (const segment of script.split('&&')) {
    if (/[|;<>$`\\\n]/.test(segment)) continue;
    const words = [...segment.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
    // Whatever stands around the runner: variables, npx, a coverage tool with its options.
    for (
      let around = false;
      wrapper.test(words[0] ?? '') || (around && words[0]?.startsWith('-'));
      around = true
    )
      words.shift();
    const [command, ...args] = unwrapped(words);
    const runner =
      command === 'vitest' || command === 'jest' || command === 'mocha'
        ? command
        : command === 'node' && args.includes('--test')
          ? 'node:test'
          : null;
    if (runner) return { runner, args: args.filter((arg) => !dropped[runner].test(arg)) };
    const inner =
      /^(?:npm|pnpm|yarn)$/.test(command ?? '') && args[0] === 'run'
        ? scripts[args.find((arg, i) => i > 0 && !/^-/.test(arg)) ?? '']
        : undefined;
    const found = inner !== undefined && depth < 3 ? findRunner(inner, scripts, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** `node --experimental-vm-modules node_modules/jest/bin/jest.js …` is `jest …`. */
function unwrapped(words: string[]): string[] {
  const at = words.findIndex((word) =>
    /(?:^|\/)node_modules\/(?:\.bin\/)?(?:jest|mocha|vitest)\b/.test(word),
  );
  if (words[0] !== 'node' || at === -1) return words;
  const name = /node_modules\/(?:\.bin\/)?(jest|mocha|vitest)/.exec(words[at]!)?.[1];
  return [name!, ...words.slice(at + 1)];
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

/** Reads the repository at its base commit. Nothing of it runs. */
export async function detectLayout(files: RepoFiles, manifest: Manifest | undefined): Promise<Layout> {
  const paths = files.list().filter((path) => !/(?:^|\/)node_modules\//.test(path));
  const scripts = manifest?.scripts ?? {};
  const all = { ...manifest?.dependencies, ...manifest?.devDependencies };
  const testFiles = paths.filter((path) => code.test(path) && roleOf(path) === 'test');
  const script = scripts.test && !/no test specified/.test(scripts.test) ? scripts.test : undefined;
  const found = script === undefined ? undefined : findRunner(script, scripts);

  let suite: Layout['suite'] = script === undefined ? 'none' : 'other';
  if (found) suite = found.runner;
  else {
    // No script, or one that says nothing: a wrapper, a shell expression. What the tests import says it.
    const imported = await importedRunner(files, testFiles);
    if (imported) suite = imported;
    else if (script === undefined && testFiles.length > 0)
      suite = frameworks.find((name) => name in all) ?? suite;
  }
  if (suite !== 'other' && testFiles.length === 0 && !found?.args.some((arg) => !arg.startsWith('-')))
    suite = 'none';

  const known = suite === 'none' || suite === 'other' ? undefined : suite;
  const framework = known ?? frameworks.find((name) => name in all) ?? 'node:test';
  const named = testFiles.filter((path) => /[._-](?:test|spec)\.[mc]?[jt]sx?$/.test(path));
  const sample = named.length > 0 ? named : testFiles;
  const sources = paths.filter((path) => code.test(path) && roleOf(path) === 'source');
  const hasTypescript = sources.filter((path) => /\.[mc]?tsx?$/.test(path)).length * 2 > sources.length;
  const plainEnding = `.test.${hasTypescript ? 'ts' : 'js'}`;
  const ending = mostCommon(
    sample.map(
      (path) => /(?:[._-](?:test|spec))?\.[mc]?[jt]sx?$/.exec(path)?.[0].replace(/x$/, '') ?? plainEnding,
    ),
  );
  return {
    framework,
    suite,
    modules: manifest?.type ?? 'commonjs',
    vitestConfig: paths.find((path) => /^vite(?:st)?\.config\.[mc]?[jt]s$/.test(path)),
    suiteArgs: found?.args ?? [],
    testFiles,
    testFolder: mostCommon(sample.map((path) => path.split('/').slice(0, -1).join('/'))) ?? 'test',
    testEnding: ending ?? plainEnding,
    scripts,
    hasTypescript: hasTypescript || 'typescript' in all,
    transforms: framework === 'vitest' || transformers.some((name) => name in all),
  };
}

const frameworks = ['vitest', 'jest', 'mocha'] as const;
const transformers = [
  'ts-jest',
  '@swc/jest',
  '@babel/preset-env',
  '@babel/preset-typescript',
  'babel-preset-env',
];

/** The runner that test files import themselves; undefined when none of the first twenty does. */
async function importedRunner(
  files: RepoFiles,
  testFiles: readonly string[],
): Promise<Framework | undefined> {
  for (const path of testFiles.slice(0, 20)) {
    const text = (await files.read(path)) ?? '';
    if (/['"]vitest['"]/.test(text)) return 'vitest';
    if (/['"]node:test['"]/.test(text)) return 'node:test';
    if (/['"]@jest\/globals['"]/.test(text)) return 'jest';
    if (/(?:from|require\()\s*['"]mocha['"]/.test(text)) return 'mocha';
  }
  return undefined;
}
