import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentHash } from './dependencies.ts';
import type { DependencySpec } from './sandbox.ts';

/**
 * What a package manager chose for repositories without a lockfile. Chosen once for what a repository asks for: every
 * later install of the same, on another base image as well, is of the same versions.
 */
export class Resolutions {
  readonly #directory: string;

  /** @param directory is made when something is first kept */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The specification with the resolution that was kept in it; as it is when there is none, or none is needed. */
  async applied(spec: DependencySpec): Promise<{ spec: DependencySpec; toKeep: boolean }> {
    const { resolved } = spec.install;
    if (!resolved) return { spec, toKeep: false };
    const content = await readFile(this.#fileOf(spec), 'utf8').catch(() => undefined);
    if (content === undefined) return { spec, toKeep: true };
    const install = { ...spec.install, argv: resolved.argv };
    const files = [...spec.files, { path: resolved.file, content }];
    return { spec: { ...spec, files, install }, toKeep: false };
  }

  /** Keeps what was chosen; who comes second keeps the same. */
  async keep(spec: DependencySpec, content: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const file = this.#fileOf(spec);
    await writeFile(`${file}.${process.pid}`, content);
    await rename(`${file}.${process.pid}`, file);
  }

  #fileOf(spec: DependencySpec): string {
    return path.join(this.#directory, `${environmentHash(spec, 'any')}.lock`);
  }
}
