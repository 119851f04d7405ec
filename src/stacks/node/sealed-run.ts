import { readReport } from '../report.ts';
import type { Run, RunFile, SealedInput } from '../stack.ts';
import { secretName } from '../syntax.ts';
import { isModuleForJest, jestCommand, mochaCommand, plainForJest } from './jest-and-mocha.ts';
import { type Framework, isCommonJs, type Layout } from './layout.ts';
import { channelFiles, proxyModule, runtime } from './proxies.ts';
import { renameTests } from './twins.ts';

/** A test run may take this long, and one call of the code this long (ms). */
const limits = { runMs: 180_000, testMs: 60_000, callMs: 10_000, startMs: 30_000 };
export const reportBytes = 8 * 1024 * 1024;

/** Every variable that could change what node or a runner does is absent, because the environment starts empty. */
export const quietEnv = {
  CI: '1',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
  TZ: 'UTC',
  LANG: 'C.UTF-8',
};

/**
 * One run of the sealed tests (or of their twins) under random names. Mode `data`: the runner and the tests live in the
 * gate's directory, the code under test behind proxies. Mode `in-process`: everything runs as the code's user, in the
 * tree itself, so the result can be forged and is labelled and capped.
 */
export async function sealedRun(input: SealedInput, layout: Layout): Promise<Run> {
  const { sealed, places, salt, twins } = input;
  const renamed = twins
    ? {
        content: twins.content,
        ids: new Map(twins.twins.map((twin) => [twin.name, { id: twin.name, name: twin.of }])),
      }
    : await renameTests(sealed, salt);
  const isData = sealed.mode === 'data';
  const root = isData ? places.gate : places.work;
  const ours = `${isData ? places.gate : places.scratch}/${secretName(salt, 'ours', twins ? 'twins' : 'tests')}`;
  const fileMode = isData ? 0o600 : 0o644;
  const secret = secretName(salt, 'file', twins ? 'twins' : 'tests');
  const { file, content } =
    isData && layout.framework === 'jest'
      ? plainForJest(sealed.file, renamed.content, secret)
      : { file: hiddenName(sealed.file, secret), content: renamed.content };
  const files: RunFile[] = [{ path: `${root}/${file}`, content, mode: fileMode }];
  if (isData) files.push(...separationFiles(input, layout, ours));

  const { modules } = places;
  const { testMs } = limits;
  const command = commandOf[layout.framework]({
    root,
    ours,
    file,
    layout,
    modules,
    fileMode,
    isData,
    testMs,
  });
  return {
    files: [...files, ...command.files],
    argv: command.argv,
    // vitest keeps a token at home and does not start where it cannot.
    env: { ...quietEnv, HOME: ours },
    user: isData ? 'root' : 'user',
    cwd: root,
    report: `${ours}/report.json`,
    reportBytes,
    timeoutMs: limits.runMs,
    read: (out) =>
      readReport(out, places.work, (path) => {
        const known = renamed.ids.get(path.at(-1) ?? '');
        return known && { ...known, file: sealed.file };
      }),
  };
}

/** Another name in the same folder with the same ending, so that relative imports hold. */
function hiddenName(path: string, secret: string): string {
  const [folder, base] = splitPath(path);
  return `${folder}${secret}${/(?:[._-](?:test|spec))?\.[mc]?[jt]sx?$/.exec(base)?.[0] ?? '.js'}`;
}

function splitPath(path: string): [folder: string, base: string] {
  const cut = path.lastIndexOf('/') + 1;
  return [path.slice(0, cut), path.slice(cut)];
}

function separationFiles(input: SealedInput, layout: Layout, ours: string): RunFile[] {
  const { interface: shared, sealed, places, callMs = limits.callMs } = input;
  const inRunner = layout.framework === 'jest';
  const files = channelFiles(ours, places, { callMs, startMs: limits.startMs }, inRunner);
  const usesRequire = /\brequire\s*\(\s*['"`]\./.test(sealed.content);
  for (const path of new Set(shared.items.map((item) => item.path))) {
    const content = proxyModule(
      shared.items.filter((item) => item.path === path),
      {
        target: `${places.work}/${path}`,
        link: `${ours}/link.${inRunner ? 'cjs' : 'mjs'}`,
        commonJs: inRunner ? !isModuleForJest(path, layout) : isCommonJs(path, layout, usesRequire),
        inRunner,
      },
    );
    files.push({ path: `${places.gate}/${path}`, content, mode: 0o600 });
  }
  const manifest = layout.modules === 'module' ? { private: true, type: 'module' } : { private: true };
  files.push({ path: `${places.gate}/package.json`, content: JSON.stringify(manifest), mode: 0o600 });
  if (places.modules) files.push({ path: `${places.gate}/node_modules`, link: places.modules });
  return files;
}

interface RunnerInput {
  root: string;
  ours: string;
  file: string;
  layout: Layout;
  modules: string | null;
  fileMode: number;
  isData: boolean;
  testMs: number;
}

function nodeTestCommand({ root, ours, file, fileMode }: RunnerInput): { files: RunFile[]; argv: string[] } {
  return {
    files: [{ path: `${ours}/reporter.mjs`, content: runtime('node-test-reporter'), mode: fileMode }],
    argv: [
      'node',
      '--no-warnings',
      '--test',
      '--test-isolation=process',
      `--test-timeout=${limits.testMs}`,
      `--test-reporter=${ours}/reporter.mjs`,
      `--test-reporter-destination=${ours}/report.json`,
      `${root}/${file}`,
    ],
  };
}

function vitestCommand(input: RunnerInput): { files: RunFile[]; argv: string[] } {
  const { root, ours, file, modules, fileMode, isData, layout } = input;
  const config = {
    cacheDir: `${ours}/cache`,
    test: {
      include: [file],
      pool: 'forks',
      isolate: true,
      retry: 0,
      testTimeout: limits.testMs,
      passWithNoTests: false,
      setupFiles: [],
      globalSetup: [],
      watch: false,
    },
  };
  // In-process tests may need the environment that the base's configuration sets up (a DOM, aliases).
  const ownConfig = isData || layout.vitestConfig === undefined;
  return {
    files: [
      { path: `${ours}/reporter.mjs`, content: runtime('vitest-reporter'), mode: fileMode },
      {
        path: `${ours}/vitest.config.mjs`,
        content: `export default ${JSON.stringify(config)};\n`,
        mode: fileMode,
      },
    ],
    argv: [
      'node',
      `${modules ?? `${root}/node_modules`}/vitest/vitest.mjs`,
      'run',
      `--config=${ownConfig ? `${ours}/vitest.config.mjs` : `${root}/${layout.vitestConfig}`}`,
      ...(ownConfig ? ['--configLoader=native'] : []),
      `--root=${root}`,
      '--retry=0',
      '--passWithNoTests=false',
      `--reporter=${ours}/reporter.mjs`,
      ...(ownConfig ? [] : [file]),
    ],
  };
}

const commandOf: Record<Framework, (input: RunnerInput) => { files: RunFile[]; argv: string[] }> = {
  vitest: vitestCommand,
  jest: jestCommand,
  mocha: mochaCommand,
  'node:test': nodeTestCommand,
};
