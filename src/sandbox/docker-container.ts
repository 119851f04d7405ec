import type { Readable } from 'node:stream';
import { LINK_DEPENDENCIES } from './dependencies.ts';
import { docker, failureOf, tryDocker } from './docker-cli.ts';
import {
  type Container,
  type ContainerSpec,
  type ContainerUser,
  DEFAULT_LIMITS,
  type ExecResult,
  type ExecSpec,
  type Limits,
} from './sandbox.ts';

const WORKDIR = '/w';
const GATEDIR = '/gate';
const HOME = '/home/user';
/** Where an environment image keeps `node_modules`. */
export const DEPENDENCIES = '/deps';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const UIDS: Record<ContainerUser, string> = { user: '1000:1000', root: '0:0' };
/** Whom the gate's runner starts the code under test as. */
const CODE_UNDER_TEST = 65534;

/**
 * Ends everything that a command left behind. `kill -1` reaches every process of a user, also those that
 * hid in a session of their own. Last, the kernel's count of processes killed for memory (cgroup v2, v1).
 */
const COUNT_OOM =
  'cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null; true';
const REAP_WORK = `kill -9 -1; ${COUNT_OOM}`;
/**
 * Root here may not kill others but may become them; of its own, the idle PID 1 and its child must stay. A
 * process that keeps killing can kill its reaper first (128 + 9): then it is alive, and that is said.
 */
const REAP_GATE =
  `survived=0; for u in ${CODE_UNDER_TEST} 1000; do ` +
  "setpriv --reuid $u --regid $u --clear-groups sh -c 'kill -9 -1'; [ $? -lt 128 ] || survived=1; done; " +
  'cd /proc; for p in [0-9]*; do [ $p -eq 1 ] || [ $p -eq $$ ] || ' +
  `[ "$(tr '\\0' ' ' 2>/dev/null <$p/cmdline)" = "sleep infinity " ] || kill -9 $p; done 2>/dev/null; ` +
  `${COUNT_OOM}; exit $survived`;

/** Proxies of the docker CLI's own configuration would be set in every container, with their passwords. */
const NO_PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  '--env',
  `${name}=`,
  '--env',
  `${name.toLowerCase()}=`,
]);

/** The flags that make a container harmless; each is asserted by a test through `docker inspect`. */
export function hardening(purpose: ContainerSpec['purpose'], limits: Limits): string[] {
  const tmpfs = (at: string, options: string) => ['--tmpfs', `${at}:rw,nosuid,nodev,${options}`];
  const gate =
    purpose === 'gate'
      ? [
          ...['SETUID', 'SETGID', 'SETPCAP'].flatMap((capability) => ['--cap-add', capability]),
          ...tmpfs(GATEDIR, 'exec,uid=0,gid=0,mode=0700,size=256m'),
        ]
      : [];
  return [
    ...['--network', 'none', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--pids-limit', `${limits.pids}`, '--cpus', `${limits.cpus}`],
    ...['--memory', `${limits.memoryMb}m`, '--memory-swap', `${limits.memoryMb}m`],
    ...['--ulimit', 'core=0:0', '--init', '--pull', 'never', '--log-driver', 'none', '--no-healthcheck'],
    ...['--hostname', 'sandbox', '--user', '0:0', '--workdir', '/', ...NO_PROXIES],
    // Group root may write at the top, so that a gate can hold a tree of root's; the code under test may not.
    ...tmpfs(WORKDIR, `exec,uid=1000,gid=0,mode=0775,size=${limits.diskMb}m`),
    ...tmpfs('/tmp', 'exec,mode=1777,size=256m'),
    ...tmpfs(HOME, 'exec,uid=1000,gid=1000,mode=0700,size=256m'),
    ...gate,
  ];
}

/**
 * Starts an idle container and resolves to the door to it.
 * @param onClose called when it was removed, or could not be
 */
export async function openDockerContainer(
  name: string,
  spec: ContainerSpec,
  image: string,
  labels: string[],
  onClose: () => void,
  signal?: AbortSignal,
): Promise<Container> {
  const limits = { ...DEFAULT_LIMITS, ...spec.limits };
  const idle = ['--entrypoint', 'sleep', image, 'infinity'];
  const flags = hardening(spec.purpose, limits);
  signal?.throwIfAborted();
  try {
    // Not cut short by the signal: the engine would finish making it after we had looked for it in vain.
    await docker(['run', '--detach', '--name', name, ...labels, ...flags, ...idle]);
    signal?.throwIfAborted();
  } catch (error) {
    await tryDocker(['rm', '--force', '--volumes', name]).finally(onClose);
    throw error;
  }
  return new DockerContainer(name, spec, limits, onClose);
}

class DockerContainer implements Container {
  readonly id: string;
  readonly workdir = WORKDIR;
  readonly gatedir = GATEDIR;
  readonly tempdir = '/tmp';
  readonly #purpose: ContainerSpec['purpose'];
  readonly #limits: Limits;
  /** Directories into which the dependencies still have to be linked. */
  readonly #unlinked: Set<string>;
  /** The reaping after the last command; whatever comes next waits for it, the caller need not. */
  #reaped: Promise<void> = Promise.resolve();
  #lost: Error | undefined;
  #oomKills = 0;
  #closed: Promise<void> | undefined;
  readonly #environment: Record<string, string>;
  readonly #onClose: () => void;

  constructor(id: string, spec: ContainerSpec, limits: Limits, onClose: () => void) {
    this.id = id;
    this.#onClose = onClose;
    this.#purpose = spec.purpose;
    this.#limits = limits;
    this.#environment = spec.environment?.env ?? {};
    this.#unlinked = new Set(spec.environment ? [WORKDIR, GATEDIR] : []);
  }

  async putTar(tar: Buffer | Readable, into: string, owner: ContainerUser = 'user'): Promise<void> {
    await this.#ready();
    const unpack = 'mkdir -p "$1" && tar -xf - --no-same-owner --no-same-permissions -C "$1"';
    const script = this.#unlinked.has(into) ? `${unpack} && ${LINK_DEPENDENCIES}` : unpack;
    const args = [
      'exec',
      '--interactive',
      '--user',
      UIDS[owner],
      this.id,
      'sh',
      '-c',
      script,
      'sh',
      into,
      DEPENDENCIES,
    ];
    const result = await tryDocker(args, { stdin: tar });
    if (result.exitCode !== 0) throw new Error(`could not unpack into ${into}: ${failureOf(result)}`);
    this.#unlinked.delete(into);
  }

  async getTar(from: string, paths: string[] = ['.'], capBytes = 64 * 1024 * 1024): Promise<Buffer> {
    await this.#ready();
    const user = this.#purpose === 'gate' ? 'root' : 'user';
    const pack = ['tar', '-cf', '-', '--exclude=./node_modules', '-C', from, '--', ...paths];
    const result = await tryDocker(['exec', '--user', UIDS[user], this.id, ...pack], {
      outputBytes: capBytes,
    });
    if (result.stopped === 'output') throw new Error(`${from} holds more than ${capBytes} bytes`);
    if (result.exitCode !== 0)
      throw new Error(`could not read ${paths.join(', ')} in ${from}: ${failureOf(result)}`);
    return result.stdout;
  }

  async exec(command: ExecSpec, signal?: AbortSignal): Promise<ExecResult> {
    if (command.user === 'root' && this.#purpose !== 'gate')
      throw new Error('root exists in gate containers only');
    await this.#ready();
    const env = { PATH, HOME, LANG: 'C.UTF-8', TMPDIR: '/tmp', ...this.#environment, ...command.env };
    const place = ['--user', UIDS[command.user ?? 'user'], '--workdir', command.cwd ?? WORKDIR];
    const bare = [
      'env',
      '-i',
      ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
      ...command.argv,
    ];
    const interactive = command.stdin === undefined ? [] : ['--interactive'];
    const running = tryDocker(['exec', ...interactive, ...place, this.id, ...bare], {
      stdin: command.stdin,
      timeoutMs: command.timeoutMs ?? this.#limits.timeoutMs,
      outputBytes: command.outputBytes ?? this.#limits.outputBytes,
      signal,
    });
    const before = this.#oomKills;
    this.#reaped = running.then(
      ({ stopped }) => (command.leavesNothing && !stopped ? undefined : this.#reap()),
      () => this.#reap(),
    );
    // Whoever comes next meets the failure; until then it is nobody's.
    this.#reaped.catch(() => undefined);
    const result = await running;
    if (result.exitCode !== 0) await this.#reaped;
    return {
      exitCode: result.exitCode,
      timedOut: result.stopped === 'timeout',
      outOfMemory: result.exitCode !== 0 && this.#oomKills > before,
      truncated: result.stopped === 'output',
      stdout: result.stdout.toString(),
      stderr: result.stderr.toString(),
      durationMs: result.durationMs,
    };
  }

  close(): Promise<void> {
    this.#closed ??= docker(['rm', '--force', '--volumes', this.id])
      .then(() => undefined)
      .finally(this.#onClose);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ready(): Promise<void> {
    await this.#reaped;
    if (this.#lost) throw this.#lost;
    if (this.#closed) throw new Error('the container is closed');
  }

  /** A container in which something may have survived is of no use: it is removed, and the next call says so. */
  async #reap(): Promise<void> {
    const gate = this.#purpose === 'gate';
    const args = [
      'exec',
      '--user',
      UIDS[gate ? 'root' : 'user'],
      this.id,
      'sh',
      '-c',
      gate ? REAP_GATE : REAP_WORK,
    ];
    const result = await tryDocker(args, { timeoutMs: 20_000 });
    const kills = /^oom_kill (\d+)$/m.exec(result.stdout.toString())?.[1];
    if (kills) this.#oomKills = Number(kills);
    if (result.exitCode === 0 || this.#closed) return;
    const words = failureOf(result);
    // Still there: the command's doing, whose result stands. Gone: nothing it seemed to say can be trusted.
    const state = await tryDocker(['inspect', '--format', '{{.State.Running}}', this.id]);
    this.#lost = new Error(`the container was lost: ${words}`);
    await tryDocker(['rm', '--force', '--volumes', this.id]);
    if (state.stdout.toString().trim() !== 'true') throw this.#lost;
  }
}
