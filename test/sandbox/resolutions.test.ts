import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import type { DependencySpec } from '../../src/sandbox/sandbox.ts';
import { LABELS } from './sandbox-contract.ts';

const cacheDir = await mkdtemp(path.join(tmpdir(), 'auto-build-resolutions-'));
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

/** A package manager that chooses another version every time, and one command that takes what was chosen. */
const spec: DependencySpec = {
  key: 'owner-repo',
  files: [{ path: 'package.json', content: '{"dependencies":{"chosen":"*"}}' }],
  install: {
    argv: ['sh', '-c', 'mkdir node_modules && date +%s%N | tee package-lock.json > node_modules/chosen'],
    env: {},
    resolved: {
      file: 'package-lock.json',
      argv: ['sh', '-c', 'mkdir node_modules && cp package-lock.json node_modules/chosen'],
    },
  },
  labels: LABELS,
};

async function chosen(given: DependencySpec): Promise<string> {
  const { sandbox } = await chooseSandbox({ wanted: 'process', instance: 'test', cacheDir });
  const environment = await sandbox.prepare(given);
  await using container = await sandbox.open({ purpose: 'work', labels: LABELS, environment });
  const version = (await container.exec({ argv: ['cat', `${environment.modules}/chosen`] })).stdout;
  // Gone, as an image that was pruned.
  await rm(environment.image, { recursive: true });
  return version;
}

test('what was chosen for a repository without a lockfile is installed again, not chosen anew', async () => {
  const first = await chosen(spec);
  expect(await chosen(spec)).toBe(first);
  const files = [{ path: 'package.json', content: '{"dependencies":{"chosen":"^2"}}' }];
  expect(await chosen({ ...spec, files })).not.toBe(first);
});
