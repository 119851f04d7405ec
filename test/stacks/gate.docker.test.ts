import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestReport } from '../../src/gate/test-report.ts';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { packFiles } from '../../src/sandbox/pack-files.ts';
import type { Container, Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Files, failures, functionsOf, manifest, sealedTests, stackOf, statuses } from './bench.ts';

const labels = { run: 'run-1', phase: 'acceptance', purpose: 'stacks' };
let sandbox: Sandbox;
let gate: Container;

beforeAll(async () => {
  const options = { wanted: 'docker', instance: `test-${randomUUID()}`, cacheDir: tmpdir() } as const;
  sandbox = (await chooseSandbox(options)).sandbox;
  gate = await sandbox.open({ purpose: 'gate', labels });
});
afterAll(async () => {
  await gate?.close();
});

test('in a gate container the code is another user who reaches neither tests nor runner', async () => {
  const files: Files = {
    'package.json': manifest('node:test'),
    'test/own.test.js': '',
    'src/code.js': `import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
const attempt = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
export const whoami = () => [process.getuid(), process.getgid(), process.getgroups().filter((group) => group !== 65534)];
export const capabilities = () => /CapEff:\\s*(\\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
export const look = () => attempt(() => readdirSync('/gate'));
export const kill = () => attempt(() => process.kill(process.ppid, 9));
export const become = () => attempt(() => process.setuid(0));
export const environment = () => attempt(() => readFileSync('/proc/' + process.ppid + '/environ'));
export const change = () => attempt(() => writeFileSync('/w/src/code.js', ''));
export const forever = () => { for (;;); };
export const add = (a, b) => a + b;`,
  };
  const content = `import assert from 'node:assert/strict'; import { test } from 'node:test';
import { add, become, capabilities, change, environment, forever, kill, look, whoami } from '../src/code.js';
test('C1/1 nobody', () => { assert.deepEqual(whoami(), [65534, 65534, []]); });
test('C1/2 no capability', () => { assert.equal(capabilities(), '0000000000000000'); });
test('C1/3 no look at the gate', () => { assert.equal(look(), 'EACCES'); });
test('C1/4 no signal', () => { assert.equal(kill(), 'EPERM'); });
test('C1/5 no way back', () => { assert.equal(become(), 'EPERM'); });
test('C1/6 no environment of the runner', () => { assert.equal(environment(), 'EACCES'); });
test('C1/7 no change of the tree', () => { assert.equal(change(), 'EACCES'); });
test('C1/8 a call that never ends', () => { assert.equal(forever(), 1); });
test('C1/9 and the next one', () => { assert.equal(add(1, 2), 3); });
`;
  const source = Object.entries(files).map(([path, text]) => ({ path, content: text }));
  await gate.putTar(await packFiles(source), gate.workdir);
  const stack = await stackOf(files);
  const run = await stack.sealedRun({
    interface: functionsOf('src/code.js', [
      ...['add', 'become', 'capabilities', 'change', 'environment', 'forever', 'kill', 'look', 'whoami'],
    ]),
    sealed: sealedTests(content, 9),
    places: {
      work: gate.workdir,
      gate: gate.gatedir,
      modules: null,
      scratch: '/tmp',
      codeUser: { uid: 65534, gid: 65534 },
    },
    salt: 'salt',
    callMs: 1_000,
  });
  const below = run.files.flatMap((file) =>
    'content' in file ? [{ path: file.path.slice(gate.gatedir.length + 1), content: file.content }] : [],
  );
  await gate.putTar(await packFiles(below), gate.gatedir, 'root');
  const { argv, env, cwd, user, timeoutMs } = run;
  const output = await gate.exec({ argv, env, cwd, user, timeoutMs });
  const report = (await gate.exec({ argv: ['cat', run.report!], user })).stdout;
  const result: TestReport = { ...run.read({ ...output, report }), tree: 'tree', image: sandbox.imageDigest };

  expect(failures(result)).toEqual({ 'C1/8': 'TimeLimitError' });
  expect(Object.values(statuses(result))).toHaveLength(9);
  expect(result.exitCode).toBe(1);
  // Without CAP_KILL the runaway call ended all the same, and the reaping left nobody behind.
  const { stdout } = await gate.exec({ argv: ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'], user });
  expect(stdout).not.toContain('--input-type=module');
});
