import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openWorkingCopy, type WorkingCopy } from '../../src/phases/working-copy.ts';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import type { Container } from '../../src/sandbox/sandbox.ts';
import { mirrorOf } from '../git/origin.ts';
import { LABELS } from '../sandbox/sandbox-contract.ts';

const cacheDir = await mkdtemp(path.join(tmpdir(), 'auto-build-cache-'));
afterAll(() => rm(cacheDir, { recursive: true, force: true }));
const { sandbox } = await chooseSandbox({ wanted: 'process', instance: 'working-copy', cacheDir });
const { signal } = new AbortController();

async function repository() {
  const { mirror, base: commit } = await mirrorOf({
    'a.txt': 'a\n',
    'dir/b.txt': 'b\n',
    run: { mode: '100755', content: '#!/bin/sh\necho ran\n' },
    link: { mode: '120000', content: 'a.txt' },
    big: 'x'.repeat(1024 * 1024 + 1),
  });
  const { tar } = await mirror.sourceTar(commit);
  const container = async (): Promise<Container> => {
    const opened = await sandbox.open({ purpose: 'work', labels: LABELS });
    onTestFinished(() => opened.close());
    await opened.putTar(tar, opened.workdir);
    return opened;
  };
  return { mirror, tree: (await mirror.commitInfo(commit)).tree, container };
}

const asleep = async (): Promise<Container> => {
  throw new Error('the container was asked');
};

test('what git knows and what was written needs no container', async () => {
  const copy = openWorkingCopy({ ...(await repository()), container: asleep });
  expect(await copy.read('dir/../a.txt', signal)).toBe('a\n');
  await copy.write('dir/c.txt', 'c\n', signal);
  await copy.write('./a.txt', 'A\n', signal);
  expect(await copy.read('a.txt', signal)).toBe('A\n');
  expect(await copy.read('dir/c.txt', signal)).toBe('c\n');
  for (const odd of [
    'link',
    'dir',
    'none',
    '/etc/hostname',
    '../x',
    'node_modules/x',
    '.git/config',
    'big',
  ]) {
    await expect(copy.read(odd, signal)).rejects.toThrow('the container was asked');
  }
});

test('a command finds what was written, and from then on the container is asked', async () => {
  const { container, ...given } = await repository();
  const opened = await container();
  const copy = openWorkingCopy({ ...given, container: async () => opened });
  await copy.write('run', '#!/bin/sh\ncat new/deep/c.txt\n', signal);
  await copy.write('new/deep/c.txt', 'c\n', signal);
  expect(await copy.run('./run && echo changed > a.txt', 10_000, signal)).toMatchObject({
    exitCode: 0,
    stdout: 'c\n',
  });
  expect(await copy.read('a.txt', signal)).toBe('changed\n');
  await copy.write('a.txt', 'again\n', signal);
  expect((await copy.run('cat a.txt', 10_000, signal)).stdout).toBe('again\n');
  await expect(copy.read('big', signal)).rejects.toThrow('big is larger than 1 MiB');
});

test('whatever is read, written and run, in any order, a copy is what its container would be', async () => {
  const { container, ...given } = await repository();
  const name = fc.constantFrom<string>(
    'a.txt',
    'dir/b.txt',
    'dir',
    'dir/n',
    'n',
    'n/m',
    'link',
    'link/x',
    'run/x',
  );
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), name, text: fc.string() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), name, text: fc.constant('') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('run' as const), name, text: fc.constant('') }) },
  );
  const play = async (copy: WorkingCopy, steps: { do: string; name: string; text: string }[]) => {
    const said: string[] = [];
    for (const { do: verb, name, text } of steps) {
      const answer =
        verb === 'write'
          ? copy.write(name, text, signal)
          : verb === 'read'
            ? copy.read(name, signal)
            : copy.run(`rm -f '${name}' 2>/dev/null; true`, 10_000, signal).then(({ exitCode }) => exitCode);
      said.push(await answer.then(String, () => 'refused'));
    }
    const { stdout } = await copy.run('find . -type f -o -type l | sort | xargs cksum', 10_000, signal);
    return [...said, stdout];
  };
  const pairs = [['n', 'n/m'], ['n/m', 'n'], ['dir'], ['link/x'], ['run/x'], ['link']];
  const examples = pairs.map((names): [{ do: 'write'; name: string; text: string }[]] => [
    names.map((name) => ({ do: 'write', name, text: 'w' })),
  ]);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const [here, there] = [await container(), await container()];
      const held = openWorkingCopy({ ...given, container: async () => here });
      const direct = openWorkingCopy({ ...given, container: async () => there });
      // From its first command on a copy asks its container for everything.
      await direct.run('true', 10_000, signal);
      expect(await play(held, steps)).toEqual(await play(direct, steps));
      await Promise.all([here.close(), there.close()]);
    }),
    { numRuns: 40, examples },
  );
});
