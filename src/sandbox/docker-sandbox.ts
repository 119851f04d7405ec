import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  certificates,
  checkManifests,
  environmentHash,
  installed,
  installFailure,
  lastWords,
  npmSettings,
} from './dependencies.ts';
import { docker, tryDocker } from './docker-cli.ts';
import { DEPENDENCIES, openDockerContainer } from './docker-container.ts';
import { type BaseImage, imageId } from './images.ts';
import { packFiles } from './pack-files.ts';
import type { Resolutions } from './resolutions.ts';
import type {
  Container,
  ContainerLabels,
  ContainerSpec,
  DependencySpec,
  Environment,
  Sandbox,
} from './sandbox.ts';
import { createWarmPool } from './warm-pool.ts';

export interface DockerOptions {
  base: BaseImage;
  engine: string;
  /** Keeps what was chosen where a repository has no lockfile. */
  resolutions: Resolutions;
  /** Value of the label by which `sweep` knows this installation's containers. */
  instance: string;
  /** Extra certificates for the package registry, a PEM file of the host. */
  caFile?: string;
  /** Package registry, instead of the package manager's default. */
  registry?: string;
}

/** An install may take this long, ms. */
const INSTALL_TIMEOUT = 5 * 60_000;
/** Lockfiles are large. */
const RESOLUTION_BYTES = 16 * 1024 * 1024;

/** Containers of a Docker engine, all by its command line. */
export class DockerSandbox implements Sandbox {
  readonly kind = 'docker';
  readonly describe: string;
  readonly imageDigest: string;
  readonly #options: DockerOptions;
  /** Names of containers that somebody here makes, uses or removes. */
  readonly #inUse = new Set<string>();
  readonly #pool = createWarmPool((spec, signal) => this.#openNow(spec, signal));

  constructor(options: DockerOptions) {
    this.#options = options;
    this.imageDigest = options.base.digest;
    this.describe = `Docker ${options.engine}: containers without network; image: ${options.base.why}.`;
  }

  async open(spec: ContainerSpec, signal?: AbortSignal): Promise<Container> {
    const spare = await this.#pool.take(spec)?.catch(() => undefined);
    if (!spare) return this.#openNow(spec, signal);
    if (signal?.aborted) {
      await spare.close();
      throw signal.reason;
    }
    return spare;
  }

  warm(spec: ContainerSpec, count: number): void {
    this.#pool.warm(spec, count);
  }

  cool(run: string): Promise<void> {
    return this.#pool.cool(run);
  }

  #openNow(spec: ContainerSpec, signal?: AbortSignal): Promise<Container> {
    // By id: a tag could be moved to another image while the run lasts.
    const image = spec.environment?.digest ?? this.imageDigest;
    const name = this.#use(`auto-build-${randomUUID()}`);
    const onClose = () => this.#inUse.delete(name);
    return openDockerContainer(name, spec, image, this.#labels(spec.labels), onClose, signal);
  }

  async prepare(spec: DependencySpec, signal?: AbortSignal): Promise<Environment> {
    checkManifests(spec);
    const tag = `auto-build/env:${environmentHash(spec, this.imageDigest)}`;
    const found = await imageId(tag, signal);
    const environment = { key: spec.key, image: tag, ...installed(spec, DEPENDENCIES) };
    if (found) return { ...environment, digest: found };

    const name = this.#use(`auto-build-fetch-${randomUUID()}`);
    try {
      await docker(['run', '--detach', '--name', name, ...this.#labels(spec.labels), ...this.#fetchFlags()]);
      const { resolutions } = this.#options;
      const { spec: exact, toKeep } = await resolutions.applied(spec);
      await this.#install(name, exact, signal);
      if (toKeep) await resolutions.keep(spec, await this.#resolution(name, spec, signal));
      const digest = await docker(
        ['commit', '--change', `LABEL auto-build.key=${JSON.stringify(spec.key)}`, name, tag],
        {
          timeoutMs: INSTALL_TIMEOUT,
          signal,
        },
      );
      return { ...environment, digest };
    } finally {
      await tryDocker(['rm', '--force', '--volumes', name]).finally(() => this.#inUse.delete(name));
    }
  }

  async sweep(): Promise<number> {
    const filter = ['--filter', `label=auto-build.instance=${this.#options.instance}`];
    const names = (await docker(['ps', '--all', '--format', '{{.Names}}', ...filter]))
      .split('\n')
      .filter(Boolean);
    const left = names.filter((name) => !this.#inUse.has(name));
    if (left.length > 0) await docker(['rm', '--force', '--volumes', ...left]);
    return left.length;
  }

  /** From before it is made until after it is removed a container is somebody's, and no sweep's. */
  #use(name: string): string {
    this.#inUse.add(name);
    return name;
  }

  /** The only container with a network. It holds no secret and no source; its root has no capabilities. */
  #fetchFlags(): string[] {
    return [
      ...['--network', 'bridge', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--init'],
      ...['--pids-limit', '512', '--memory', '2048m', '--memory-swap', '2048m', '--pull', 'never'],
      // Not part of the image that is made of it: cache, certificates.
      ...['--tmpfs', '/tmp:rw,nosuid,nodev,mode=1777,size=1024m', '--log-driver', 'none', '--user', '0:0'],
      ...['--entrypoint', 'sleep', this.imageDigest, 'infinity'],
    ];
  }

  async #install(container: string, spec: DependencySpec, signal?: AbortSignal): Promise<void> {
    const { caFile } = this.#options;
    const files = spec.files.map((file) => ({ ...file, path: path.posix.join(DEPENDENCIES, file.path) }));
    if (caFile) files.push({ path: '/tmp/ca.pem', content: await readFile(caFile) });
    const unpack = ['exec', '--interactive', container, 'tar', '-xf', '-', '--no-same-owner', '-C', '/'];
    await docker(unpack, { stdin: await packFiles(files), signal });

    const result = await this.#inFetch(container, spec, spec.install.argv, signal);
    if (result.exitCode === 0) return;
    const words = result.stopped
      ? `it took longer than ${INSTALL_TIMEOUT / 60_000} minutes or wrote too much`
      : lastWords(result.stdout.toString(), result.stderr.toString());
    throw installFailure(spec, words);
  }

  /** What the package manager chose, as its lockfile or its own words say. */
  async #resolution(container: string, spec: DependencySpec, signal?: AbortSignal): Promise<string> {
    const { file, write } = spec.install.resolved!;
    const result = await this.#inFetch(container, spec, write ?? ['cat', file], signal);
    if (result.exitCode === 0) return result.stdout.toString();
    throw new Error(`the resolution could not be read: ${result.stderr}`);
  }

  #inFetch(container: string, spec: DependencySpec, argv: string[], signal?: AbortSignal) {
    const { caFile, registry } = this.#options;
    const env = {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/tmp',
      LANG: 'C.UTF-8',
      ...npmSettings('/tmp', registry),
      ...(caFile && certificates('/tmp/ca.pem')),
      ...spec.install.env,
    };
    const settings = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    const command = ['exec', '--workdir', DEPENDENCIES, ...settings, container, ...argv];
    return tryDocker(command, {
      timeoutMs: INSTALL_TIMEOUT,
      outputBytes: RESOLUTION_BYTES,
      ...(signal && { signal }),
    });
  }

  #labels(labels: ContainerLabels): string[] {
    const all = { ...labels, instance: this.#options.instance };
    return Object.entries(all).flatMap(([key, value]) => ['--label', `auto-build.${key}=${value}`]);
  }
}
