import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestReport } from '../../../src/gate/test-report.ts';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import { packFiles } from '../../../src/sandbox/pack-files.ts';
import type { Container, Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { Places, Run } from '../../../src/stacks/stack.ts';
import { type Files, failures, functionsOf, sampleRepo, sealedTests, stackOf, statuses } from '../bench.ts';

const labels = { run: 'run-1', phase: 'acceptance', purpose: 'stacks' };
let sandbox: Sandbox;
let cacheDir: string;
/** Whether the image of the sandbox has what these tests run; in CI it must. */
let hasPython = false;

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'stacks-docker-'));
  sandbox = (await chooseSandbox({ wanted: 'docker', instance: `test-${randomUUID()}`, cacheDir })).sandbox;
  await using container = await sandbox.open({ purpose: 'work', labels });
  hasPython = (await container.exec({ argv: ['python3', '-c', 'import pytest, pip'] })).exitCode === 0;
  if (!hasPython && process.env.CI) throw new Error('the image has no pytest: `.ci/run` installs it');
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

async function open(
  purpose: 'work' | 'gate',
  files: Files,
): Promise<{ container: Container; places: Places }> {
  const container = await sandbox.open({ purpose, labels });
  const source = Object.entries(files).map(([path, content]) => ({ path, content }));
  await container.putTar(await packFiles(source), container.workdir);
  const places = {
    work: container.workdir,
    gate: container.gatedir,
    modules: null,
    scratch: '/tmp/scratch',
    codeUser: purpose === 'gate' ? { uid: 65534, gid: 65534 } : null,
  };
  return { container, places };
}

async function execute(container: Container, run: Run): Promise<TestReport> {
  const contents = run.files.flatMap((file) => ('content' in file ? [file] : []));
  await container.putTar(await packFiles(contents), '/', run.user);
  const { argv, env, cwd, user, timeoutMs } = run;
  const output = await container.exec({ argv, env, cwd, user, timeoutMs });
  const report = (await container.exec({ argv: ['cat', run.report!], user })).stdout;
  return { ...run.read({ ...output, report }), tree: 'tree', image: sandbox.imageDigest };
}

test('the suite of a repository with pytest', async ({ skip }) => {
  skip(!hasPython, 'the image has no pytest');
  const files = await sampleRepo('python-leap');
  const { container, places } = await open('work', files);
  await using _closed = container;
  const report = await execute(container, (await stackOf(files)).suite(places)!);
  expect(report).toMatchObject({ exitCode: 0, report: 'ok' });
  expect(report.tests).toHaveLength(9);
});

test('in a gate container the code is another user who reaches neither tests nor runner', async ({
  skip,
}) => {
  skip(!hasPython, 'the image has no pytest');
  const attempt = (act: string) =>
    `    try:\n        ${act}\n        return 'done'\n    except OSError as error:\n        return type(error).__name__\n`;
  const files: Files = {
    'own.py': `import os, re, signal\n\n
def whoami():\n    return [os.getuid(), os.getgid(), [group for group in os.getgroups() if group != 65534]]\n\n
def capabilities():\n    return re.search(r'CapEff:\\s*(\\w+)', open('/proc/self/status').read())[1]\n\n
def look():\n${attempt("os.listdir('/gate')")}\n
def kill():\n${attempt('os.kill(os.getppid(), signal.SIGKILL)')}\n
def become():\n${attempt('os.setuid(0)')}\n
def change():\n${attempt("open('/w/own.py', 'a')")}\n
def forever():\n    while True:\n        pass\n\n
def add(a, b):\n    return a + b\n`,
    'test_own.py': 'import pytest\n',
  };
  const names = ['add', 'become', 'capabilities', 'change', 'forever', 'kill', 'look', 'whoami'];
  const expected = [
    'whoami() == [65534, 65534, []]',
    "capabilities() == '0000000000000000'",
    "look() == 'PermissionError'",
    "kill() == 'PermissionError'",
    "become() == 'PermissionError'",
    "change() == 'PermissionError'",
    'forever() == 1',
    'add(1, 2) == 3',
  ];
  const tests = expected.map((each, index) => `\n\ndef test_C1_${index + 1}():\n    assert ${each}\n`);
  const content = `from own import ${names.join(', ')}\n${tests.join('')}`;
  const { container, places } = await open('gate', files);
  await using _closed = container;
  const run = await (await stackOf(files)).sealedRun({
    interface: functionsOf('own.py', names),
    sealed: sealedTests(content, expected.length, { file: 'test_issue_1_x.py' }),
    places,
    salt: 'salt',
    callMs: 1_000,
  });
  const report = await execute(container, run);
  expect(failures(report)).toEqual({ 'C1/7': 'TimeLimitError' });
  expect(Object.values(statuses(report))).toHaveLength(expected.length);
  expect(report.exitCode).toBe(1);
  // Without CAP_KILL the runaway call ended all the same, and the reaping left nobody behind.
  const { stdout } = await container.exec({
    argv: ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'],
    user: 'root',
  });
  expect(stdout).not.toContain('python3');
});

test('what cannot be fetched is said with the last words of pip', async ({ skip }) => {
  skip(!hasPython, 'the image has no pytest');
  const stack = await stackOf({ 'requirements.txt': 'no-such-package-of-anybody==9.9.9\n', 'a.py': '' });
  const { files, written, install } = stack.dependencies!;
  expect(files).toEqual([]);
  await expect(sandbox.prepare({ key: 'none', files: written!, install, labels })).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(/could not be installed[\s\S]*no-such-package-of-anybody==9\.9\.9/),
    next: expect.stringContaining('package registry can be reached'),
  });
});
