import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/**
 * A tar of the given files and of nothing else: no entry for a directory, which would change the mode of
 * one that exists where the tar is unpacked. Leading slashes of paths are dropped.
 */
export async function packFiles(files: { path: string; content: Buffer | string }[]): Promise<Buffer> {
  const stage = await mkdtemp(path.join(tmpdir(), 'auto-build-pack-'));
  try {
    await writeFiles(stage, files);
    const names = files.map((file) => path.posix.join('.', file.path));
    const flags = ['--mode=0644', '--owner=0', '--group=0', '--numeric-owner', '-cf', '-', '-C', stage];
    const { stdout } = await execa('tar', [...flags, '--', ...names], { encoding: 'buffer' });
    return Buffer.from(stdout);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Writes files below a directory, making the directories between. */
export async function writeFiles(
  root: string,
  files: { path: string; content: Buffer | string }[],
): Promise<void> {
  for (const file of files) {
    const target = path.join(root, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.content);
  }
}
