import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { packFiles } from '../../src/sandbox/pack-files.ts';
import type { Container, Sandbox } from '../../src/sandbox/sandbox.ts';
import { CA_FILE, dependencies, LABELS, sandboxContract } from './sandbox-contract.ts';

const instance = `test-${randomUUID()}`;
const choose = () => chooseSandbox({ wanted: 'docker', instance, cacheDir: tmpdir(), caFile: CA_FILE });
const docker = async (...args: string[]) => (await promisify(execFile)('docker', args)).stdout.trim();
const ours = () => docker('ps', '--all', '--quiet', '--filter', `label=auto-build.instance=${instance}`);

sandboxContract(async () => (await choose()).sandbox);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = (await choose()).sandbox;
}, 60_000);
afterAll(async () => {
  expect(await ours()).toBe('');
});

describe('as the engine sees it', () => {
  let container: Container;
  let gate: Container;
  let seen: Inspection;
  let seenGate: Inspection;

  beforeAll(async () => {
    const limits = { memoryMb: 256, cpus: 1.5, pids: 64, diskMb: 32 };
    container = await sandbox.open({ purpose: 'work', labels: LABELS, limits });
    gate = await sandbox.open({ purpose: 'gate', labels: LABELS, limits });
    const inspections: unknown = JSON.parse(await docker('inspect', container.id, gate.id));
    [seen, seenGate] = inspections as [Inspection, Inspection];
  });
  afterAll(async () => {
    await Promise.all([container?.close(), gate?.close()]);
  });

  test('no network, read-only root, nothing of the host inside', () => {
    for (const { HostConfig, Mounts } of [seen, seenGate]) {
      expect(HostConfig).toMatchObject({ NetworkMode: 'none', ReadonlyRootfs: true, Privileged: false });
      expect(HostConfig.Binds ?? []).toEqual([]);
      expect(HostConfig.Devices ?? []).toEqual([]);
      expect(HostConfig.PidMode).toBe('');
      expect(['private', 'shareable']).toContain(HostConfig.IpcMode);
      expect(Mounts).toEqual([]);
    }
  });

  test('no capability but the three that a gate needs, and no way to more', () => {
    for (const { HostConfig } of [seen, seenGate]) {
      expect(HostConfig.CapDrop).toEqual(['ALL']);
      expect(HostConfig.SecurityOpt).toEqual(['no-new-privileges']);
    }
    expect(seen.HostConfig.CapAdd ?? []).toEqual([]);
    expect((seenGate.HostConfig.CapAdd ?? []).map((name) => name.replace('CAP_', '')).sort()).toEqual([
      'SETGID',
      'SETPCAP',
      'SETUID',
    ]);
  });

  test('limits on memory without swap, processors, processes and disk', () => {
    const bytes = 256 * 1024 * 1024;
    expect(seen.HostConfig).toMatchObject({
      Memory: bytes,
      MemorySwap: bytes,
      NanoCpus: 1.5e9,
      PidsLimit: 64,
    });
    expect(seen.HostConfig.Ulimits).toContainEqual({ Name: 'core', Hard: 0, Soft: 0 });
    expect(seen.HostConfig.Tmpfs['/w']).toContain('size=32m');
    expect(Object.keys(seen.HostConfig.Tmpfs).sort()).toEqual(['/home/user', '/tmp', '/w']);
    expect(Object.keys(seenGate.HostConfig.Tmpfs).sort()).toEqual(['/gate', '/home/user', '/tmp', '/w']);
  });

  test('an idle init as PID 1, and labels to trace it by', () => {
    expect(seen).toMatchObject({ Path: 'sleep', Args: ['infinity'], HostConfig: { Init: true } });
    expect(seen.Config.Labels).toMatchObject({
      'auto-build.run': 'run-1',
      'auto-build.phase': 'test',
      'auto-build.purpose': 'contract',
      'auto-build.instance': instance,
    });
  });

  test('the base image by its digest, and no variable with a value of ours', () => {
    expect(seen.Image).toBe(sandbox.imageDigest);
    const values = seen.Config.Env.filter((line) => !line.endsWith('=')).map((line) => line.split('=')[0]);
    expect(values.filter((name) => !/^(PATH|LANG|NODE_VERSION|YARN_VERSION)$/.test(name!))).toEqual([]);
  });
});

describe('from inside', () => {
  let container: Container;
  beforeAll(async () => {
    const limits = { memoryMb: 256, pids: 64, diskMb: 32 };
    container = await sandbox.open({ purpose: 'work', labels: LABELS, limits });
  });
  afterAll(() => container?.close());
  const sh = (script: string) => container.exec({ argv: ['sh', '-c', script] });

  test('an ordinary user without capabilities', async () => {
    const { stdout } = await sh('id -u; id -g; grep -E "^(Cap|NoNewPrivs)" /proc/self/status');
    expect(stdout.replaceAll('\t', ' ')).toBe(
      [
        '1000',
        '1000',
        ...['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}: 0000000000000000`),
        'NoNewPrivs: 1',
        '',
      ].join('\n'),
    );
    await expect(container.exec({ argv: ['id'], user: 'root' })).rejects.toThrow('gate containers only');
  });

  test('no network at all: no address but loopback, no route, no name', async () => {
    const script =
      "const net = require('net'); console.log(Object.keys(require('os').networkInterfaces()).join());" +
      "net.connect(53, '1.1.1.1').on('error', (e) => console.log(e.code));" +
      "require('dns').lookup('example.com', (e) => console.log(e.code));";
    const { stdout } = await container.exec({ argv: ['node', '-e', script] });
    const [interfaces, ...errors] = stdout.trim().split('\n');
    expect(['', 'lo']).toContain(interfaces);
    expect(errors.sort()).toEqual(['EAI_AGAIN', 'ENETUNREACH']);
  });

  test('the root file system is read-only, the tmpfs directories are writable and bounded', async () => {
    expect((await sh('touch /usr/x')).stderr).toContain('Read-only file system');
    expect((await sh('touch /w/x /tmp/x ~/x && rm /w/x')).exitCode).toBe(0);
    expect((await sh('head -c 64m /dev/zero > /w/big')).stderr).toContain('No space left');
    await sh('rm -f /w/big');
  });

  test('a process that hid in a session of its own is killed all the same', async () => {
    const escapee =
      "require('child_process').spawn('sh', ['-c', 'while :; do echo x >> /w/alive; sleep 0.02; done'], " +
      "{ detached: true, stdio: 'ignore' }).unref(); setTimeout(() => {}, 100)";
    expect((await container.exec({ argv: ['node', '-e', escapee] })).exitCode).toBe(0);
    const { stdout } = await sh('wc -c < /w/alive; sleep 0.2; wc -c < /w/alive; ls -d /proc/[0-9]* | wc -l');
    const [before, after] = stdout.trim().split('\n');
    expect(Number(before)).toBeGreaterThan(0);
    expect(after).toBe(before);
  });

  test('memory beyond the limit is reported as such, and only then', async () => {
    const eat = 'const all = []; for (;;) all.push(Buffer.alloc(16e6, 1))';
    expect(await container.exec({ argv: ['node', '-e', eat] })).toMatchObject({
      exitCode: 137,
      outOfMemory: true,
    });
    expect(await sh('kill -9 $$')).toMatchObject({ exitCode: 137, outOfMemory: false });
  });

  test('a fork bomb ends with its command, and so does what kills its reaper; the neighbour lives', async () => {
    // The killer's first victim is the shell that waits for it: so it is at work when the command ends.
    const hostile = ['f() { f & f & wait; }; f', `node -e '${KILLER}' & wait`];
    for (const script of hostile) {
      await using bombed = await sandbox.open({ purpose: 'work', labels: LABELS, limits: { pids: 64 } });
      const result = await bombed.exec({ argv: ['sh', '-c', script], timeoutMs: 1_000 });
      expect(result.durationMs).toBeLessThan(15_000);
      await expectNothingSurvived(bombed);
    }
    expect((await sh('echo neighbour')).stdout).toBe('neighbour\n');
  });
});

describe('a gate container', () => {
  let gate: Container;
  beforeAll(async () => {
    gate = await sandbox.open({ purpose: 'gate', labels: LABELS });
    await gate.putTar(await packFiles([{ path: 'sealed.txt', content: 'secret' }]), gate.gatedir, 'root');
    await gate.putTar(await packFiles([{ path: 'code.js', content: '1' }]), gate.workdir, 'root');
  });
  afterAll(() => gate?.close());
  const lowered =
    'setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all';
  const root = (script: string) => gate.exec({ argv: ['sh', '-c', script], user: 'root' });

  test('root can start the code under test as somebody else, who reads the source and not the gate', async () => {
    const { stdout } = await root(`${lowered} sh -c 'id -u; cat /w/code.js; grep CapBnd /proc/self/status'`);
    expect(stdout).toBe('65534\n1CapBnd:\t0000000000000000\n');
    const denied = await root(
      `${lowered} sh -c 'cat /gate/sealed.txt; touch /w/x; cat /proc/1/environ; kill -9 1'`,
    );
    expect(denied.stderr.match(/Permission denied|not permitted/g)).toHaveLength(4);
    const user = await gate.exec({ argv: ['cat', '/gate/sealed.txt'] });
    expect(user).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('after the runner, nothing of any user is left', async () => {
    await root(`sleep 1001 >/dev/null 2>&1 & ${lowered} node -e '${DETACHED}'; sleep 0.1`);
    const { stdout } = await root('cat /proc/[0-9]*/cmdline');
    expect(stdout).toContain('sleep\0infinity');
    expect(stdout).not.toMatch(/100[12]/);
  });

  test('a runner that takes too long is ended too', async () => {
    const result = await gate.exec({ argv: ['sleep', '1003'], user: 'root', timeoutMs: 300 });
    expect(result).toMatchObject({ exitCode: null, timedOut: true });
    expect((await root('cat /proc/[0-9]*/cmdline')).stdout).not.toContain('1003');
  });

  test('code under test that kills its reaper does not outlive the runner', async () => {
    await using own = await sandbox.open({ purpose: 'gate', labels: LABELS });
    const script = `${lowered} node -e '${KILLER}' >/dev/null 2>&1 & until [ -e /tmp/at-work ]; do sleep 0.02; done`;
    expect((await own.exec({ argv: ['sh', '-c', script], user: 'root' })).exitCode).toBe(0);
    await expectNothingSurvived(own);
  });
});

describe('the base image', () => {
  const image = `auto-build-test/${randomUUID()}:1`;
  const chooseFrom = () =>
    chooseSandbox({ wanted: 'docker', instance, cacheDir: tmpdir(), caFile: CA_FILE, publicImage: image });
  const publicTag = async () => {
    const tags = await docker('image', 'inspect', '--format', '{{join .RepoTags "\\n"}}', image);
    return tags.split('\n').filter((tag) => tag.startsWith('auto-build/base:public-'));
  };

  test('a public one that has everything is preferred, and found again', async () => {
    await docker('tag', sandbox.imageDigest, image);
    const before = await publicTag();
    try {
      for (const _ of ['adopted', 'found again']) {
        const { sandbox: chosen, why } = await chooseFrom();
        expect(why).toContain(`image: ${image}, already on this machine.`);
        expect(chosen.imageDigest).toBe(sandbox.imageDigest);
      }
    } finally {
      const made = (await publicTag()).filter((tag) => !before.includes(tag));
      await docker('rmi', image, ...made);
    }
  });

  test('one that lacks a tool is not used', async () => {
    const { stdin, done } = importing(image);
    stdin.end(await packFiles([{ path: 'readme.txt', content: 'no shell here' }]));
    await done;
    try {
      const { sandbox: chosen } = await chooseFrom();
      expect(chosen.describe).toContain("this machine's own node, npm and git");
      expect(await publicTag()).toEqual([]);
    } finally {
      await docker('rmi', image);
    }
  });
});

describe('an engine that cannot be used', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('is said in words, and `auto` falls back', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///no-such.sock');
    await expect(choose()).rejects.toMatchObject({
      name: 'UserError',
      message: 'The sandbox `docker` cannot be used: the Docker engine does not answer.',
      next: expect.stringContaining('Start it'),
    });
    const { why } = await chooseSandbox({ wanted: 'auto', instance, cacheDir: tmpdir() });
    expect(why).toMatch(/^NO ISOLATION: .* because the Docker engine does not answer\.$/);
  });
});

test('sweep removes what an earlier life left, and nothing that is in use or of others', async () => {
  const life = () => chooseSandbox({ wanted: 'docker', instance: `${instance}-swept`, cacheDir: tmpdir() });
  const [{ sandbox: earlier }, { sandbox: later }] = await Promise.all([life(), life()]);
  const orphan = await earlier.open({ purpose: 'work', labels: LABELS });
  await using own = await later.open({ purpose: 'work', labels: LABELS });
  await using others = await sandbox.open({ purpose: 'work', labels: LABELS });
  expect(await later.sweep()).toBe(1);
  expect(await later.sweep()).toBe(0);
  await expect(orphan.exec({ argv: ['true'] })).rejects.toThrow('container was lost');
  for (const stays of [own, others]) expect((await stays.exec({ argv: ['true'] })).exitCode).toBe(0);
});

test('an open that is aborted leaves no container', async () => {
  const abort = new AbortController();
  const opening = sandbox.open({ purpose: 'work', labels: LABELS }, abort.signal);
  setTimeout(() => abort.abort(new Error('stop')), 40);
  await expect(opening).rejects.toThrow('stop');
  expect(await ours()).toBe('');
});

test('an environment is installed once, read-only, and without what the install needed', async () => {
  const spec = dependencies(`cold-${randomUUID()}`);
  const environment = await sandbox.prepare(spec);
  try {
    expect(await sandbox.prepare(spec)).toEqual(environment);
    await using container = await sandbox.open({ purpose: 'work', labels: LABELS, environment });
    await container.putTar(await packFiles([{ path: 'index.js', content: '' }]), container.workdir);
    const look = 'stat -L -c %U node_modules/semver; touch node_modules/semver/x; ls /tmp; ls -a /deps';
    const result = await container.exec({ argv: ['sh', '-c', look] });
    expect(result.stdout.split('\n')).toEqual([
      'root',
      '.',
      '..',
      'node_modules',
      'package-lock.json',
      'package.json',
      '',
    ]);
    expect(result.stderr).toContain('Read-only file system');
  } finally {
    await docker('rmi', environment.image);
  }
}, 60_000);

function importing(tag: string) {
  const running = promisify(execFile)('docker', ['import', '-', tag]);
  return { stdin: running.child.stdin!, done: running };
}

/** Spawns a process in a session of its own. */
const DETACHED = `require("child_process").spawn("sleep", ["1002"], { detached: true, stdio: "ignore" }).unref()`;
/** Kills everything of its user, its reaper above all, for ever. */
const KILLER =
  'require("fs").writeFileSync("/tmp/at-work", ""); for (;;) try { process.kill(-1, 9) } catch {}';

/** Either everything is dead, or the container went with what would not die. */
async function expectNothingSurvived(container: Container): Promise<void> {
  const look = container.exec({ argv: ['sh', '-c', 'ls -d /proc/[0-9]* | wc -l'] });
  const seen = await look.catch((error: Error) => error.message);
  if (typeof seen !== 'string') return expect(Number(seen.stdout)).toBeLessThanOrEqual(5);
  expect(seen).toContain('container was lost');
  await expect(docker('inspect', container.id)).rejects.toThrow('No such');
}

interface Inspection {
  Image: string;
  Path: string;
  Args: string[];
  Mounts: unknown[];
  Config: { Env: string[]; Labels: Record<string, string> };
  HostConfig: {
    [key: string]: unknown;
    Tmpfs: Record<string, string>;
    CapDrop: string[] | null;
    CapAdd: string[] | null;
    SecurityOpt: string[] | null;
    Binds: unknown[] | null;
    Devices: unknown[] | null;
    Ulimits: unknown[] | null;
    PidMode: string;
    IpcMode: string;
  };
}
