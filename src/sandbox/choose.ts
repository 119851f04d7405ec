import { access } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../run/user-error.ts';
import { engineVersion } from './docker-cli.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import { findPython } from './host-python.ts';
import { findNpm } from './host-tools.ts';
import { baseImage, type ImageOptions } from './images.ts';
import { ProcessSandbox } from './process-sandbox.ts';
import { Resolutions } from './resolutions.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxOptions extends ImageOptions {
  wanted: 'auto' | 'docker' | 'process';
  /** Names this installation in labels, so that it sweeps its own containers only. */
  instance: string;
  /** Where `process` keeps installed dependencies, and both what was chosen for those without a lockfile. */
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
    const { instance, registry } = options;
    const caFile = options.caFile ?? (await hostCertificates());
    const sandbox = new DockerSandbox({
      ...{ base, engine, instance, caFile, registry },
      resolutions: resolutionsIn(options),
    });
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

const bundle = '/etc/ssl/certs/ca-certificates.crt';

/** An image made of the host's files has the host's pip, which on Debian brings no certificates of its own. */
async function hostCertificates(): Promise<string | undefined> {
  return access(bundle).then(
    () => bundle,
    () => undefined,
  );
}

async function processSandbox(
  options: SandboxOptions,
  why: string,
): Promise<{ sandbox: Sandbox; why: string }> {
  const [npm, python] = await Promise.all([findNpm(options.npmExecPath), findPython()]);
  const resolutions = resolutionsIn(options);
  const sandbox = new ProcessSandbox({ ...options, npm, python, resolutions, why });
  return { sandbox, why: sandbox.describe };
}

function resolutionsIn({ cacheDir }: SandboxOptions): Resolutions {
  return new Resolutions(path.join(cacheDir, 'resolutions'));
}
