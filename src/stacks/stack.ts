import type { CheckResult, TestReport } from '../gate/test-report.ts';
import type { Interface, SealedTests } from '../run/artifacts.ts';

/** The files of a repository at one commit. */
export interface RepoFiles {
  /** Every path, relative to the root, with forward slashes. */
  list(): readonly string[];
  /** The text of one file; undefined when there is none. */
  read(path: string): Promise<string | undefined>;
}

/** Where things are inside the container (or the process sandbox). All absolute, without a trailing slash. */
export interface Places {
  /** The tree under test. Readable by the code's user. */
  work: string;
  /** Readable by root only (mode 0700): sealed tests, runner configuration, report. */
  gate: string;
  /** `node_modules` of the environment; null when the repository has no dependencies. */
  modules: string | null;
  /** A directory the code's user can write: reports of runs that cannot be separated (suite, in-process). */
  scratch: string;
  /**
   * The user the code under test runs as in mode `data`, and test files of a suite where they can be kept apart from
   * the runner (then the owner of the tree); the runner needs the right to change to it.
   * null: the same user as the runner (sandbox `process`: no isolation).
   */
  codeUser: { uid: number; gid: number } | null;
}

/** What a command left behind. */
export interface RunOutput {
  exitCode: number | null;
  timedOut: boolean;
  outOfMemory: boolean;
  stdout: string;
  stderr: string;
  /** Content of `Run.report`; undefined when the file is not there. */
  report?: string | undefined;
  durationMs: number;
}

/** A file that is put into the container before the command starts. */
export type RunFile =
  | { path: string; content: string; mode: number }
  /** A symbolic link at `path` to the absolute path `link`. */
  | { path: string; link: string };

interface Command {
  argv: string[];
  /** The whole environment (start it with an empty one). */
  env: Record<string, string>;
  /** `root`: the gate's runner. `user`: the unprivileged user that everything of the repository runs as. */
  user: 'root' | 'user';
  cwd: string;
  timeoutMs: number;
}

/** One run of tests as data: which files go in, which command runs, how the result is read. */
export interface Run extends Command {
  /** Owned by `user`. */
  files: RunFile[];
  /** Absolute path of the report; remove it before the command starts, read it afterwards (at most `reportBytes`). */
  report: string | null;
  reportBytes: number;
  /**
   * Never throws: what cannot be read is a report that says so. Sealed tests come back with their sealed id as `id`,
   * twins with their random name, anything else as `<file> > <suite> > <name>`.
   */
  read(out: RunOutput): Omit<TestReport, 'tree' | 'image'>;
}

/** A command of the repository that has only an exit code. */
export interface Check extends Command {
  name: CheckResult['name'];
  /** For people. */
  command: string;
  read(out: RunOutput): CheckResult;
}

/** A copy of a sealed test with one expected literal changed. It must fail. */
export interface Twin {
  /** Random name in the twin file; the id that its run reports. */
  name: string;
  /** Id of the sealed test it was made from; `control` is the host-written test that must always fail. */
  of: string;
  /** What was changed, for the test-writer (never for a builder). */
  change: string;
}
export interface TwinFile {
  content: string;
  twins: Twin[];
  /** Ids of sealed tests that have no literal that can be changed. */
  without: string[];
}

/** A small change to one changed line of the candidate, which the sealed tests should notice. */
export interface Mutant {
  /** Stable: `<path>:<line>:<column>:<n>`. */
  id: string;
  path: string;
  line: number;
  description: string;
  /** The whole file with the change made. */
  content: string;
}

/** A problem of a sealed test file, in words for the test-writer. */
export interface Problem {
  line: number | null;
  problem: string;
}

export interface SealedInput {
  interface: Interface;
  sealed: SealedTests;
  places: Places;
  /** Secret of this run: names in the container are derived from it. */
  salt: string;
  /** Run the twins instead of the tests. */
  twins?: TwinFile;
  /** Longest time for one call into the code under test, ms. Default 10,000. */
  callMs?: number;
}

/** How a repository's dependencies are installed. */
export interface Dependencies {
  /** Manifest and lockfile only, by their paths in the repository. */
  files: string[];
  /** Files of ours that stand in for what the repository says, where its own text could do more than name packages. */
  written?: { path: string; content: string }[];
  /** The file that fixes every version; null: the package manager resolves them, once. */
  lockfile: string | null;
  install: Install;
}

/** Ours, never the repository's. */
export interface Install {
  argv: string[];
  env: Record<string, string>;
  /** For people, where `argv` is not fit to be shown. */
  words?: string;
  /** The folder it makes. */
  into: 'node_modules' | 'site-packages';
  /** Without a lockfile: what was resolved is kept in `file`, and `argv` installs just that the next time. */
  resolved?: {
    file: string;
    /** Prints the resolution, where installing does not leave it in `file`. */
    write?: string[];
    argv: string[];
  };
}

/**
 * What auto-build knows about one kind of repository. A stack returns data and starts nothing: phases put the files
 * into a container, run the command there and hand the output to `read`. Detected at the base commit, so nothing
 * that a candidate writes changes a command line.
 */
export interface Stack {
  readonly name: 'node' | 'python';
  /** What was detected and why, for people. */
  readonly describe: string;
  readonly packageManager: 'npm' | 'pnpm' | 'yarn' | 'pip';
  /** null when the repository has no dependencies. */
  readonly dependencies: Dependencies | null;
  /** A command that every sandbox must be able to run before anything else; null when all are. */
  readonly needs: { argv: string[]; words: string; next: string } | null;
  /** What a person types to install the dependencies and to run the tests; empty where there are none. */
  readonly commands: { install: string; test: string };
  /** Framework, where tests live, how one file runs, module system. No source of the repository. */
  readonly harnessCard: string;
  /** Where the repository keeps such a test. */
  sealedTestPath(issue: number, slug: string): string;
  /**
   * The whole test suite, in a tree that nothing ran in yet; null when the repository has no tests of its own. Its files
   * may include a control that fails (TestReport.control), so nothing else is to be run in that tree afterwards.
   */
  suite(places: Places): Run | null;
  /** Lint, types and build, as far as the repository has them. */
  checks(places: Places): Check[];
  /** Whether a path is a test, or configures tests, checks or CI: such files are restored from the base. */
  roleOf(path: string): 'test' | 'config' | 'source';
  /**
   * What is done to the candidate's tree before a gate run: these base files are put back, these files of the
   * candidate are taken out (configuration that the base does not have would win over its own).
   */
  restore(
    basePaths: readonly string[],
    candidatePaths: readonly string[],
  ): { put: string[]; remove: string[] };
  /** Reads a sealed test file without running it. An empty list means: it may run. */
  lintSealed(sealed: SealedTests, shared: Interface): Promise<Problem[]>;
  /** Files that let in-process tests run on the base: what the interface promises and the base does not have. */
  stubs(shared: Interface, base: RepoFiles): Promise<{ path: string; content: string }[]>;
  /** One run of the sealed tests, or of their twins. */
  sealedRun(input: SealedInput): Promise<Run>;
  /** Copies of the sealed tests that must fail. Another salt may choose other literals. */
  twins(sealed: SealedTests, salt: string): Promise<TwinFile>;
  /** At most `max` mutants of the changed lines (1-based), the same ones for the same input. */
  mutants(input: {
    path: string;
    source: string;
    changedLines: ReadonlySet<number>;
    max: number;
    salt: string;
  }): Promise<Mutant[]>;
}
