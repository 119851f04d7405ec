/**
 * One result model for every test runner. Only programs write it; a missing or unreadable report is a failure,
 * never an empty success.
 */
export interface TestResult {
  /** `<file> > <suite> > <name>`, unique within a report. */
  id: string;
  file: string;
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  durationMs: number;
  failure?: {
    /** e.g. AssertionError, TypeError */
    errorClass: string;
    message: string;
    expected?: string;
    received?: string;
    /** Stack frames `path:line:column`, relative to the repository, the code's own files only. */
    frames: string[];
  };
}

export interface TestReport {
  /** Exit code of the runner; null when it was killed. */
  exitCode: number | null;
  timedOut: boolean;
  outOfMemory: boolean;
  /** `ok` only if the runner's own report was there, complete and readable. */
  report: 'ok' | 'missing' | 'malformed';
  /**
   * What became of two tests of ours that ran along, one that fails and one that passes: `held` if just that was
   * reported, `missing` if the runner did not find them. Only in suites whose report the code under test could forge.
   */
  control?: 'held' | 'missing' | 'broken';
  tests: TestResult[];
  /** Last lines of output, control bytes escaped, for people. */
  tail: string;
  durationMs: number;
  /** What ran: tree of the candidate and digest of the image. */
  tree: string;
  image: string;
}

/** Result of a check that only has an exit code (lint, types, build). */
export interface CheckResult {
  name: 'lint' | 'types' | 'build';
  command: string;
  exitCode: number | null;
  timedOut: boolean;
  tail: string;
  durationMs: number;
}
