import { UserError } from '../run/user-error.ts';
import { engineVersion } from './docker-cli.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import { findNpm } from './host-tools.ts';
import { baseImage, type ImageOptions } from './images.ts';
import { ProcessSandbox } from './process-sandbox.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxOptions extends ImageOptions {
  wanted: 'auto' | 'docker' | 'process';
  /** Names this installation in labels, so that it sweeps its own containers only. */
  instance: string;
  /** Where `process` keeps installed dependencies. */
  cacheDir: string;
  /** Extra certificates for the package registry: a PEM file (NODE_EXTRA_CA_CERTS of the host). */
  caFile?: string;
  /** Package registry, instead of the package manager's default. */
  registry?: string;
}

/**
 * Chooses the sandbox and makes its base image ready. `why` says in one sentence which it is and why.
 * `auto` falls back to `process` (no isolation: callers other than the demo refuse it); `docker` rejects with
 * a `UserError` instead.
 */
export async function chooseSandbox(
  options: SandboxOptions,
  signal?: AbortSignal,
): Promise<{ sandbox: Sandbox; why: string }> {
  if (options.wanted === 'process') return processSandbox(options, 'it was asked for');
  try {
    const engine = await engineVersion(signal);
    const base = await baseImage(options, signal);
    const { instance, caFile, registry } = options;
    const sandbox = new DockerSandbox({ base, engine, instance, caFile, registry });
    return { sandbox, why: sandbox.describe };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (options.wanted === 'auto') return processSandbox(options, error.message);
    throw new UserError(`The sandbox \`docker\` cannot be used: ${error.message}.`, {
      next: error.next,
      cause: error,
    });
  }
}

async function processSandbox(
  options: SandboxOptions,
  why: string,
): Promise<{ sandbox: Sandbox; why: string }> {
  const npm = await findNpm(options.npmExecPath);
  const sandbox = new ProcessSandbox({ ...options, npm, why });
  return { sandbox, why: sandbox.describe };
}
