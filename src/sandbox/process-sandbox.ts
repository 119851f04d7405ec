import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { runBounded } from './bounded-command.ts';
import {
  certificates,
  checkManifests,
  environmentHash,
  installed,
  installFailure,
  LINK_DEPENDENCIES,
  lastWords,
  npmSettings,
} from './dependencies.ts';
import type { HostPython } from './host-python.ts';
import { isDirectory, type NpmPackage } from './host-tools.ts';
import { removeOrphans } from './orphans.ts';
import { writeFiles } from './pack-files.ts';
import type { Resolutions } from './resolutions.ts';
import {
  type Container,
  type ContainerSpec,
  DEFAULT_LIMITS,
  type DependencySpec,
  type Environment,
  type ExecResult,
  type ExecSpec,
  type Limits,
  type Sandbox,
} from './sandbox.ts';

export interface ProcessOptions {
  /** Part of the directories' names, by which `sweep` knows those of this installation. */
  instance: string;
  /** Where installed dependencies are kept from one run to the next. */
  cacheDir: string;
  npm?: NpmPackage;
  python?: HostPython;
  /** Keeps what was chosen where a repository has no lockfile. */
  resolutions: Resolutions;
  caFile?: string;
  registry?: string;
  /** Why there is no Docker, as half a sentence. */
  why: string;
}

const INSTALL_TIMEOUT = 5 * 60_000;

/**
 * Ordinary processes in temporary directories. Time, output, environment and what a command leaves in its
 * process group are bounded as in Docker; network, files, memory and who may read what are NOT.
 */
export class ProcessSandbox implements Sandbox {
  readonly kind = 'process';
  readonly imageDigest = 'process';
  readonly describe: string;
  readonly #options: ProcessOptions;
  /** Directories that somebody here uses. */
  readonly #inUse = new Set<string>();

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.describe = `NO ISOLATION: ordinary processes of this user in temporary directories, because ${options.why}.`;
  }

  async open(spec: ContainerSpec, signal?: AbortSignal): Promise<Container> {
    signal?.throwIfAborted();
    return this.#openIn(tmpdir(), spec);
  }

  /** A directory is made in no time. */
  warm(): void {}

  async cool(): Promise<void> {}

  async #openIn(parent: string, spec: ContainerSpec): Promise<Container> {
    const root = path.join(parent, `${this.#prefix()}${randomUUID().slice(0, 8)}`);
    this.#inUse.add(root);
    await mkdir(root, { mode: 0o700 });
    for (const name of ['w', 'gate', 'home', 'tmp', 'bin'])
      await mkdir(path.join(root, name), { mode: 0o700 });
    await linkTools(path.join(root, 'bin'), this.#options);
    return new ProcessContainer(root, spec, () => this.#inUse.delete(root));
  }

  async prepare(spec: DependencySpec, signal?: AbortSignal): Promise<Environment> {
    checkManifests(spec);
    const { cacheDir, caFile, registry } = this.#options;
    const hash = environmentHash(spec, `${process.version} ${process.execPath}`);
    const directory = path.join(cacheDir, hash);
    const environment: Environment = {
      key: spec.key,
      image: directory,
      digest: `process:${hash}`,
      ...installed(spec, directory),
    };
    if (await isDirectory(directory)) return environment;

    const labels = { ...spec.labels, purpose: 'install' };
    await mkdir(cacheDir, { recursive: true });
    await using container = await this.#openIn(cacheDir, { purpose: 'work', labels });
    const { resolutions } = this.#options;
    const { spec: exact, toKeep } = await resolutions.applied(spec);
    await writeFiles(container.workdir, exact.files);
    const env = {
      ...npmSettings(path.dirname(container.workdir), registry),
      ...(caFile && certificates(caFile)),
      ...spec.install.env,
    };
    const result = await container.exec(
      {
        argv: exact.install.argv,
        env,
        timeoutMs: INSTALL_TIMEOUT,
      },
      signal,
    );
    if (result.exitCode !== 0) {
      const words = result.timedOut ? 'it took too long' : lastWords(result.stdout, result.stderr);
      throw installFailure(spec, words);
    }
    if (toKeep) {
      const { file, write } = spec.install.resolved!;
      const chosen = write
        ? (await container.exec({ argv: write, env }, signal)).stdout
        : await readFile(path.join(container.workdir, file), 'utf8');
      await resolutions.keep(spec, chosen);
    }
    await moveInto(container.workdir, directory);
    return environment;
  }

  async sweep(): Promise<number> {
    const places = [tmpdir(), this.#options.cacheDir];
    const swept = await Promise.all(places.map((each) => removeOrphans(each, this.#prefix(), this.#inUse)));
    return swept.reduce((sum, count) => sum + count, 0);
  }

  #prefix(): string {
    return `auto-build-sandbox-${this.#options.instance}-`;
  }
}

class ProcessContainer implements Container {
  readonly id: string;
  readonly workdir: string;
  readonly gatedir: string;
  readonly tempdir: string;
  readonly #root: string;
  readonly #limits: Limits;
  readonly #onClose: () => void;
  readonly #environment: Environment | undefined;
  /** Directories into which the dependencies still have to be linked. */
  readonly #unlinked: Set<string>;
  #closed = false;

  constructor(root: string, spec: ContainerSpec, onClose: () => void) {
    this.id = path.basename(root);
    this.workdir = path.join(root, 'w');
    this.gatedir = path.join(root, 'gate');
    this.tempdir = path.join(root, 'tmp');
    this.#root = root;
    this.#limits = { ...DEFAULT_LIMITS, ...spec.limits };
    this.#environment = spec.environment;
    this.#unlinked = new Set([this.workdir, this.gatedir]);
    this.#onClose = onClose;
  }

  async putTar(tar: Buffer | Readable, into: string): Promise<void> {
    await mkdir(into, { recursive: true });
    const unpack = ['-xf', '-', '--no-same-owner', '--no-same-permissions', '-C', into];
    await this.#own('tar', unpack, `could not unpack into ${into}`, tar);
    if (!this.#environment || !this.#unlinked.delete(into)) return;
    await this.#own(
      'sh',
      ['-c', LINK_DEPENDENCIES, 'sh', into, this.#environment.image],
      'could not link dependencies',
    );
  }

  async getTar(from: string, paths: string[] = ['.'], capBytes = 64 * 1024 * 1024): Promise<Buffer> {
    const pack = ['-cf', '-', '--exclude=./node_modules', '-C', from, '--', ...paths];
    const result = await this.#run('tar', pack, { outputBytes: capBytes });
    if (result.stopped === 'output') throw new Error(`${from} holds more than ${capBytes} bytes`);
    if (result.exitCode !== 0)
      throw new Error(`could not read ${paths.join(', ')} in ${from}: ${result.stderr}`);
    return result.stdout;
  }

  async exec(command: ExecSpec, signal?: AbortSignal): Promise<ExecResult> {
    const [file = '', ...args] = command.argv;
    const result = await this.#run('env', ['--', file, ...args], command, signal);
    if (result.stopped === 'abort') throw signal?.reason;
    return {
      exitCode: result.exitCode,
      timedOut: result.stopped === 'timeout',
      outOfMemory: false,
      truncated: result.stopped === 'output',
      stdout: result.stdout.toString(),
      stderr: result.stderr.toString(),
      durationMs: result.durationMs,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await rm(this.#root, { recursive: true, force: true, maxRetries: 3 }).finally(this.#onClose);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #own(file: string, args: string[], failure: string, stdin?: Buffer | Readable): Promise<void> {
    const result = await this.#run(file, args, { stdin });
    if (result.exitCode !== 0) throw new Error(`${failure}: ${result.stderr}`);
  }

  #run(
    file: string,
    args: string[],
    given: Omit<ExecSpec, 'argv' | 'stdin'> & { stdin?: Buffer | string | Readable },
    signal?: AbortSignal,
  ) {
    if (this.#closed) throw new Error('the sandbox is closed');
    const at = (name: string) => path.join(this.#root, name);
    return runBounded(
      {
        file,
        args,
        cwd: given.cwd ?? this.workdir,
        env: {
          PATH: `${at('bin')}:/usr/local/bin:/usr/bin:/bin`,
          HOME: at('home'),
          LANG: 'C.UTF-8',
          TMPDIR: at('tmp'),
          ...this.#environment?.env,
          ...given.env,
        },
        stdin: given.stdin,
        timeoutMs: given.timeoutMs ?? this.#limits.timeoutMs,
        outputBytes: given.outputBytes ?? this.#limits.outputBytes,
        ownGroup: true,
      },
      signal,
    );
  }
}

/** The node we run on, with npm beside it, and the Python that has pytest: the system's may be older, or bare. */
async function linkTools(
  bin: string,
  { npm, python }: Pick<ProcessOptions, 'npm' | 'python'>,
): Promise<void> {
  await symlink(process.execPath, path.join(bin, 'node'));
  if (python) await symlink(python.executable, path.join(bin, 'python3'));
  if (!npm) return;
  for (const cli of ['npm', 'npx'])
    await symlink(path.join(npm.directory, `bin/${cli}-cli.js`), path.join(bin, cli));
}

/** Moves an install to its place in the cache; losing to another process that did the same is fine. */
async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await isDirectory(to))) throw error;
  }
}
