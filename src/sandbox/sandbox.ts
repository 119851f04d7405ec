import type { Readable } from 'node:stream';

/**
 * The door to every place where untrusted code runs: the repository, its dependencies, and whatever a
 * model wrote. Two kinds stand behind it: `docker` (isolated) and `process` (not; the shipped demo only).
 */
export interface Sandbox {
  readonly kind: 'docker' | 'process';
  /** One sentence for people: which isolation, which image, and why this one. */
  readonly describe: string;
  /** Content digest of the base image (`sha256:…`); `process` when there is none. */
  readonly imageDigest: string;
  /** Starts an idle, hardened container without network. The caller closes it. */
  open(spec: ContainerSpec, signal?: AbortSignal): Promise<Container>;
  /** Opens up to `count` such containers ahead for the run that the labels name; `open` gives them away. */
  warm(spec: ContainerSpec, count: number): void;
  /** Closes what was opened ahead for a run and never asked for. */
  cool(run: string): Promise<void>;
  /**
   * Finds, or makes, the environment in which the repository's dependencies are installed. Only manifest
   * and lockfile enter. Throws a `UserError` with the package manager's last words when it refuses.
   */
  prepare(spec: DependencySpec, signal?: AbortSignal): Promise<Environment>;
  /**
   * Removes every container of this installation that nobody here has open: what an earlier life left or was making
   * when it ended, and what could not be closed. Resolves to how many there were.
   */
  sweep(): Promise<number>;
}

export interface ContainerSpec {
  /** Dependencies to find in `node_modules` of the working directory; without it the bare base image. */
  environment?: Environment;
  labels: ContainerLabels;
  /**
   * `work` runs everything as one ordinary user. `gate` also has a root that may change user, and a
   * directory only it can read, so that a judge can start the code under test as somebody else.
   */
  purpose: 'work' | 'gate';
  limits?: Partial<Limits>;
}

/** What the container is for; kept as labels so that an orphan can be traced. */
export interface ContainerLabels {
  run: string;
  phase: string;
  purpose: string;
}

export interface Limits {
  /** Memory including the tmpfs directories, swap off, MiB. */
  memoryMb: number;
  cpus: number;
  /** Processes and threads. */
  pids: number;
  /** Size of the working directory, MiB. */
  diskMb: number;
  /** Longest time for one command unless the command says otherwise, ms. */
  timeoutMs: number;
  /** Most bytes kept of each of stdout and stderr; a command that writes more is killed. */
  outputBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  memoryMb: 2048,
  cpus: 2,
  pids: 512,
  diskMb: 1024,
  timeoutMs: 10 * 60_000,
  outputBytes: 8 * 1024 * 1024,
};

/** Who a command runs as, or owns what is unpacked. `root` exists in gate containers only. */
export type ContainerUser = 'user' | 'root';

/** One command at a time, and none while something is put in or read; several things may be put in at once. */
export interface Container extends AsyncDisposable {
  readonly id: string;
  /** Where the source goes; an absolute path as seen by commands. */
  readonly workdir: string;
  /** Readable by root only; exists for purpose `gate`. */
  readonly gatedir: string;
  /** For what nobody needs afterwards: everybody may write here. */
  readonly tempdir: string;
  /**
   * Unpacks a tar under `into` (made when missing). The owner is `user` unless told. When the container
   * has an environment, the first tar put into `workdir`, and into `gatedir`, gets its `node_modules`
   * replaced by the environment's, as `npm ci` would. Never unpack ours over a tree that hostile code could already touch:
   * a symlink there would be followed.
   */
  putTar(tar: Buffer | Readable, into: string, owner?: ContainerUser): Promise<void>;
  /**
   * Everything under `from` (or the named paths below it) as an uncompressed tar; links and special files
   * are stored as such, never followed; `node_modules` at the top is left out. Read by root in a gate.
   * Throws when a path is missing or the tar would exceed `capBytes` (default 64 MiB).
   */
  getTar(from: string, paths?: string[], capBytes?: number): Promise<Buffer>;
  /**
   * Runs one command and then kills everything it left behind. Resolves for every way a command can end;
   * rejects only when the container itself is lost or the signal aborts.
   */
  exec(command: ExecSpec, signal?: AbortSignal): Promise<ExecResult>;
  /** Removes the container and everything in it. Safe to call twice. */
  close(): Promise<void>;
}

export interface ExecSpec {
  argv: string[];
  /** Default: `workdir`. */
  cwd?: string;
  /** Added to PATH, HOME, LANG and TMPDIR; nothing else of ours is there. */
  env?: Record<string, string>;
  user?: ContainerUser;
  stdin?: Buffer | string;
  timeoutMs?: number;
  outputBytes?: number;
  /** A fixed program of the image that starts nothing else: when it has ended there is nothing to kill. */
  leavesNothing?: boolean;
}

export interface ExecResult {
  /** 128 + n when a signal ended it; null when we did, for time or output. */
  exitCode: number | null;
  timedOut: boolean;
  /** The kernel killed something in it for memory, and the command did not succeed. */
  outOfMemory: boolean;
  /** It wrote more than `outputBytes` and was killed; stdout and stderr hold what came before. */
  truncated: boolean;
  stdout: string;
  stderr: string;
  durationMs: number;
}

export interface DependencySpec {
  /** Names the dependencies, for people and logs; what makes the environment unique is added to it. */
  key: string;
  /** Manifest and lockfile only; anything else is refused. */
  files: { path: string; content: Buffer | string }[];
  /** Ours, never the repository's: e.g. `npm ci --ignore-scripts --no-audit --no-fund`. */
  install: InstallCommand;
  labels: ContainerLabels;
}

export interface InstallCommand {
  argv: string[];
  env: Record<string, string>;
  /** For people, where `argv` is not fit to be shown. */
  words?: string;
  /** The folder it makes. Default: `node_modules`. */
  into?: 'node_modules' | 'site-packages';
  /**
   * Without a lockfile: what was resolved stands in `file` afterwards, or is what `write` prints. It is kept, and from
   * then on `argv` installs just that.
   */
  resolved?: { file: string; write?: string[]; argv: string[] };
}

/** Installed dependencies, owned by root and read-only for the code that uses them. */
export interface Environment {
  readonly key: string;
  /** Image reference; for `process` the directory that holds `node_modules`. */
  readonly image: string;
  readonly digest: string;
  /**
   * The installed `node_modules` as commands see it: in docker no command can change it, unlike the links
   * to it. A judge starts its runner from here.
   */
  readonly modules: string;
  /** What every command needs in its environment to find them; nothing for node, which looks in `node_modules`. */
  readonly env: Record<string, string>;
}
