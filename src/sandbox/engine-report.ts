import { z } from 'zod';
import { docker, engineVersion } from './docker-cli.ts';
import { imageId, publicImageName } from './images.ts';

/** What a Docker engine says about how well it isolates. */
export interface EngineReport {
  version: string;
  rootless: boolean;
  /** Root in a container is an ordinary user of the host. */
  userNamespaces: boolean;
  seccomp: boolean;
  cgroups: string;
  /** What starts containers when nothing else is said: `runc`, `runsc` (gVisor) … */
  runtime: string;
  /** Version of runc; undefined when the engine does not name it. */
  runc: string | undefined;
}

const Info = z.object({
  SecurityOptions: z.array(z.string()).nullish(),
  CgroupVersion: z.string().nullish(),
  DefaultRuntime: z.string().nullish(),
});
const Components = z.array(z.object({ Name: z.string(), Version: z.string() }));

/** Asks the engine. Rejects with a `UserError` when none can be used. */
export async function reportEngine(signal?: AbortSignal): Promise<EngineReport> {
  const version = await engineVersion(signal);
  const info = Info.parse(JSON.parse(await docker(['info', '--format', '{{json .}}'], { signal })));
  const components = Components.catch([]).parse(
    JSON.parse(await docker(['version', '--format', '{{json .Server.Components}}'], { signal })),
  );
  const security = info.SecurityOptions ?? [];
  const has = (name: string) => security.some((option) => option.split(',').includes(`name=${name}`));
  return {
    version,
    rootless: has('rootless'),
    userNamespaces: has('userns') || has('rootless'),
    seccomp: security.some((option) => option.startsWith('name=seccomp') && !option.includes('unconfined')),
    cgroups: info.CgroupVersion ?? 'unknown',
    runtime: info.DefaultRuntime ?? 'unknown',
    runc: components.find(({ Name }) => Name === 'runc')?.Version,
  };
}

/**
 * Has this version of runc the mends of November 2025 (CVE-2025-31133, -52565, -52881)? They are in 1.2.8, 1.3.3 and
 * 1.4.0; distributions carry them back under older numbers, which nobody can tell from outside.
 */
export function runcIsMended(version: string): boolean {
  const [, major = 0, minor = 0, patch = 0] = (/^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  if (major !== 1) return major > 1;
  return minor >= 4 || (minor === 3 && patch >= 3) || (minor === 2 && patch >= 8);
}

/** Whether the image that containers start from is here already, and what it is called. */
export async function imageAtHand(
  publicImage: string | undefined,
  signal?: AbortSignal,
): Promise<{ name: string; here: boolean }> {
  const name = publicImage ?? publicImageName;
  const ours = await docker(['image', 'ls', '--quiet', '--filter', 'reference=auto-build/base'], { signal });
  return { name, here: ours !== '' || (await imageId(name, signal)) !== undefined };
}
