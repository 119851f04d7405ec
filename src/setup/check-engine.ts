import { UserError } from '../run/user-error.ts';
import { type EngineReport, imageAtHand, reportEngine, runcIsMended } from '../sandbox/engine-report.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** The Docker engine, how well it isolates, and whether it has an image to start from. */
export async function checkEngine(publicImage: string | undefined, signal?: AbortSignal): Promise<Check[]> {
  try {
    const report = await reportEngine(signal);
    return [
      ok('docker', `Docker ${report.version}.`),
      ...isolation(report),
      await image(publicImage, signal),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [fail('docker', `${error.message}.`, error.next ?? 'Start a Docker engine.')];
  }
}

/** What stands between code of a repository and this machine. */
export function isolation(report: EngineReport): Check[] {
  const { rootless, userNamespaces, runtime } = report;
  const checks: Check[] = [];
  if (runtime === 'runsc') checks.push(ok('isolation', 'gVisor: code meets a kernel of its own.'));
  else if (rootless)
    checks.push(ok('isolation', 'Rootless: who breaks out of a container is an ordinary user.'));
  else if (userNamespaces) {
    checks.push(ok('isolation', 'User namespaces: root in a container is an ordinary user outside.'));
  } else {
    checks.push(
      warn(
        'isolation',
        'The engine runs as root without user namespaces: who breaks out of a container is root on this machine.',
        'Use a rootless engine, gVisor, or a machine that does nothing else (docs/operations.md).',
      ),
    );
  }
  if (!report.seccomp) {
    checks.push(
      fail('seccomp', 'The engine filters no system calls.', 'Start it with its default seccomp profile.'),
    );
  }
  if (report.cgroups === '1') {
    checks.push(
      warn('cgroups', 'Version 1: limits on memory are kept less exactly.', 'Boot with cgroup version 2.'),
    );
  } else checks.push(ok('cgroups', `Version ${report.cgroups}.`));
  if (report.runc !== undefined && runtime !== 'runsc') checks.push(runc(report.runc));
  return checks;
}

function runc(version: string): Check {
  if (runcIsMended(version)) return ok('runc', `runc ${version}.`);
  return warn(
    'runc',
    `runc ${version} may let code out of a container (CVE-2025-31133, -52565, -52881).`,
    'Upgrade to 1.2.8, 1.3.3 or newer, or see that your distribution has mended its own.',
  );
}

async function image(publicImage: string | undefined, signal?: AbortSignal): Promise<Check> {
  const { name, here } = await imageAtHand(publicImage, signal);
  if (here) return ok('image', 'An image for sandboxes is here.');
  return warn(
    'image',
    `There is no image for sandboxes yet; the server pulls ${name}, or builds one from files of this machine.`,
    `Pull it now to save the time: docker pull ${name}`,
  );
}
