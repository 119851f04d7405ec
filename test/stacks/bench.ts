import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import type { TestReport } from '../../src/gate/test-report.ts';
import type { Interface, SealedTests } from '../../src/run/artifacts.ts';
import { detectStack } from '../../src/stacks/detect-stack.ts';
import type { Places, RepoFiles, Run, Stack, TwinFile } from '../../src/stacks/stack.ts';

const isRoot = process.getuid?.() === 0;
const ownModules = join(import.meta.dirname, '../../node_modules');

const searchPath = [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);

/**
 * Whether this machine's Python has pytest; asked for where a test needs it. CI leaves nothing out.
 */
export function hasPytest(): boolean {
  const { status } = spawnSync('python3', ['-I', '-c', 'import pytest'], { env: { PATH: searchPath } });
  if (status !== 0 && process.env.CI) throw new Error('python3 has no pytest: `.ci/run` installs it.');
  return status === 0;
}

export type Files = Record<string, string>;

export const repoFiles = (files: Files): RepoFiles => ({
  list: () => Object.keys(files),
  read: async (path) => files[path],
});

/** A stack that must be there. */
export async function stackOf(files: Files): Promise<Stack> {
  const stack = await detectStack(repoFiles(files));
  if (!stack) throw new Error('not a repository of a kind we know');
  return stack;
}

/** A place on disk laid out as a gate container is; as root the code under test really is another user. */
export class Bench implements AsyncDisposable {
  readonly places: Places;

  private constructor(places: Places) {
    this.places = places;
  }

  static async make(files: Files, options: { separate?: boolean } = {}): Promise<Bench> {
    const root = await mkdtemp(join(tmpdir(), 'stacks-bench-'));
    await chmod(root, 0o755);
    const work = join(root, 'w');
    const gate = join(root, 'gate');
    const scratch = join(root, 'scratch');
    for (const folder of [work, scratch]) await mkdir(folder);
    await mkdir(gate, { mode: 0o700 });
    const codeUser = isRoot && options.separate !== false ? { uid: 65534, gid: 65534 } : null;
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), content);
    }
    await symlink(ownModules, join(work, 'node_modules'));
    return new Bench({ work, gate, scratch, modules: ownModules, codeUser });
  }

  /** Lays the run's files out, starts the command with an empty environment, reads what it left. */
  async execute(run: Run): Promise<TestReport> {
    for (const file of run.files) {
      await mkdir(dirname(file.path), { recursive: true });
      if ('link' in file) {
        await rm(file.path, { force: true });
        await symlink(file.link, file.path);
      } else await writeFile(file.path, file.content, { mode: file.mode });
    }
    if (run.report) await rm(run.report, { force: true });
    const started = performance.now();
    const [command, ...args] = run.argv as [string, ...string[]];
    const child = spawn(command, args, {
      cwd: run.cwd,
      env: {
        PATH: searchPath,
        HOME: this.places.scratch,
        ...run.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: run.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, by) => resolve([code, by]));
    });
    const report = run.report ? await readFile(run.report, 'utf8').catch(() => undefined) : undefined;
    const read = run.read({
      exitCode,
      timedOut: signal === 'SIGKILL',
      outOfMemory: false,
      ...output,
      report,
      durationMs: performance.now() - started,
    });
    return { ...read, tree: 'tree', image: 'process' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (process.env.KEEP) console.log(this.places.work);
    else await rm(dirname(this.places.work), { recursive: true, force: true });
  }
}

/** One run of sealed tests (or their twins) on fresh folders. */
export async function judge(input: {
  files: Files;
  stack: Stack;
  interface: Interface;
  sealed: SealedTests;
  salt?: string;
  twins?: TwinFile;
  callMs?: number;
}): Promise<TestReport> {
  await using bench = await Bench.make(input.files);
  const { stack, interface: shared, sealed, twins, callMs, salt = 'salt' } = input;
  const run = await stack.sealedRun({ interface: shared, sealed, places: bench.places, salt, twins, callMs });
  return await bench.execute(run);
}

/** Sealed tests C1/1 … C1/n of one file; the even ones are silent. */
export function sealedTests(
  content: string,
  count: number,
  options: Partial<Pick<SealedTests, 'file' | 'mode'>> = {},
): SealedTests {
  return {
    file: 'test/issue-1-sealed.test.js',
    mode: 'data',
    ...options,
    content,
    tests: Array.from({ length: count }, (_, index) => ({
      id: `C1/${index + 1}`,
      contract: 'C1',
      visibility: index % 2 === 0 ? 'visible' : 'silent',
    })),
  };
}

/** The text files of a sample repository below `fixtures/repos`. */
export async function sampleRepo(name: string): Promise<Files> {
  const root = join(import.meta.dirname, '../../fixtures/repos', name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = paths.filter((path) => !/\/(?:node_modules|__pycache__|\.pytest_cache)\//.test(path));
  const texts = await Promise.all(
    own.map(async (path) => [relative(root, path), await readFile(path, 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}

/** An interface of functions in one module. */
export function functionsOf(path: string, names: readonly string[]): Interface {
  return {
    items: names.map((name) => ({ path, name, kind: 'function', signature: '(…) => …' })),
    literals: [],
  };
}

export const manifest = (framework: 'vitest' | 'node:test', more: object = {}): string =>
  JSON.stringify({
    type: 'module',
    scripts: { test: framework === 'vitest' ? 'vitest run' : 'node --test' },
    devDependencies: framework === 'vitest' ? { vitest: '5.1.0' } : {},
    ...more,
  });

/** Status by id. */
export const statuses = (report: TestReport): Record<string, string> =>
  Object.fromEntries(report.tests.map((test) => [test.id, test.status]));

/** Error class by id, of what failed. */
export const failures = (report: TestReport): Record<string, string | undefined> =>
  Object.fromEntries(
    report.tests.flatMap((test) => (test.failure ? [[test.id, test.failure.errorClass]] : [])),
  );

export { isRoot };
