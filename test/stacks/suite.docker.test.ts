import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import { compareSuites } from '../../src/gate/suite.ts';
import type { TestReport } from '../../src/gate/test-report.ts';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { packFiles } from '../../src/sandbox/pack-files.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Files, failures, manifest, stackOf } from './bench.ts';
import { addsALine, killsTheRunner, replacesTheReport } from './suite-cheats.ts';

const labels = { run: 'run-1', phase: 'suite', purpose: 'stacks' };
let sandbox: Sandbox;

beforeAll(async () => {
  const options = { wanted: 'docker', instance: `test-${randomUUID()}`, cacheDir: tmpdir() } as const;
  sandbox = (await chooseSandbox(options)).sandbox;
});

/** The suite of a tree as the phase runs it: a gate, test files as the user who owns the tree. */
async function suiteOf(files: Files): Promise<TestReport> {
  await using gate = await sandbox.open({ purpose: 'gate', labels });
  const places = { work: gate.workdir, gate: gate.gatedir, modules: null, scratch: '/tmp/suite' };
  const run = (await stackOf(files)).suite({ ...places, codeUser: { uid: 1000, gid: 1000 } })!;
  await gate.putTar(
    await packFiles(Object.entries(files).map(([path, content]) => ({ path, content }))),
    gate.workdir,
  );
  for (const root of [gate.gatedir, gate.workdir]) {
    const below = run.files.flatMap((file) =>
      'content' in file && file.path.startsWith(`${root}/`)
        ? [{ path: file.path.slice(root.length + 1), content: file.content }]
        : [],
    );
    await gate.putTar(await packFiles(below), root, root === gate.gatedir ? 'root' : 'user');
  }
  const { argv, env, cwd, user, timeoutMs } = run;
  const output = await gate.exec({ argv, env, cwd, user, timeoutMs });
  return { ...run.read(output), tree: 'tree', image: sandbox.imageDigest };
}

const repo = (more: Files): Files => ({
  'package.json': manifest('node:test'),
  'src/sum.js': 'export const sum = (values) => values.reduce((total, value) => total + value, 0);\n',
  'test/sum.test.js': `import assert from 'node:assert/strict'; import { test } from 'node:test'; import { sum } from '../src/sum.js';
test('sum', () => { assert.equal(sum([1, 2]), 3); });\n`,
  ...more,
});

test('node:test: the code reaches neither the runner nor its report, and may write in its tree', async () => {
  const report = await suiteOf(
    repo({
      'test/reach.test.js': `import assert from 'node:assert/strict'; import { readdirSync, writeFileSync } from 'node:fs'; import { test } from 'node:test';
test('user', () => { assert.equal(process.getuid(), 1000); });
test('gate', () => { assert.throws(() => readdirSync('/gate'), { code: 'EACCES' }); });
test('output', () => { assert.throws(() => writeFileSync('/proc/' + process.ppid + '/fd/1', 'x'), { code: 'EACCES' }); });
test('signal', () => { assert.throws(() => process.kill(process.ppid, 'SIGUSR1'), { code: 'EPERM' }); });
test('tree', () => { writeFileSync('test/written', 'x'); });\n`,
    }),
  );
  expect(failures(report)).toEqual({});
  expect(report).toMatchObject({ exitCode: 0, report: 'ok', control: 'held' });
  expect(report.tests).toHaveLength(6);
});

test('node:test: made-up reports are not believed', async () => {
  const base = await suiteOf(repo({}));
  for (const cheat of [replacesTheReport, addsALine, killsTheRunner]) {
    const report = await suiteOf(repo({ 'src/sum.js': `${cheat(['sum'])}export const sum = () => -1;\n` }));
    expect(report).toMatchObject({ report: 'ok', control: 'held' });
    expect(compareSuites(base, report)).toMatchObject({
      ok: false,
      regressions: [{ id: 'test/sum.test.js > sum' }],
    });
  }
});
