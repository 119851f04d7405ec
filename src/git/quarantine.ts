import fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../run/user-error.ts';
import type { BareRepository } from './command.ts';

/** Of the number of objects in the header of a pack. */
const PACK_COUNT_OFFSET = 8;

/**
 * A place for new objects that sees those of the repository and is thrown away afterwards. Only what
 * `admit` has checked reaches the repository, as with a push that a server receives.
 */
export interface Quarantine {
  /** Environment that makes git write objects and index here. */
  readonly env: Record<string, string>;
  /** For git commands that ask for a work tree although they only look at the index. */
  readonly emptyDir: string;
  /** Writes blobs, whatever their paths and attributes would say. Order does not matter: ids follow from content. */
  addBlobs(contents: readonly Buffer[]): Promise<void>;
  /** Replaces the index with exactly these entries. */
  writeIndex(entries: Iterable<{ mode: string; sha: string; path: string }>): Promise<void>;
  /** Checks (`fsck --strict`) what `tree` has and `base` has not, and moves it into the repository. */
  admit(tree: string, base: string): Promise<void>;
}

/** @param scratch directory for the quarantine; on the same machine, not inside the repository */
export async function withQuarantine<T>(
  repository: BareRepository,
  scratch: string,
  work: (quarantine: Quarantine) => Promise<T>,
): Promise<T> {
  const dir = await fs.mkdtemp(path.join(scratch, 'quarantine-'));
  try {
    await fs.mkdir(path.join(dir, 'objects'));
    await fs.mkdir(path.join(dir, 'empty'));
    return await work(openQuarantine(repository, dir));
  } finally {
    await fs.rm(dir, { recursive: true, force: true });
  }
}

function openQuarantine(repository: BareRepository, dir: string): Quarantine {
  const env = {
    GIT_OBJECT_DIRECTORY: path.join(dir, 'objects'),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: path.join(repository.dir, 'objects'),
    GIT_INDEX_FILE: path.join(dir, 'index'),
  };
  return {
    env,
    emptyDir: path.join(dir, 'empty'),

    async addBlobs(contents) {
      if (contents.length === 0) return;
      const commands = contents.flatMap((content) => [
        Buffer.from(`blob\ndata ${content.length}\n`),
        content,
        Buffer.from('\n'),
      ]);
      await repository.run(['fast-import', '--quiet', '--done'], {
        env,
        input: Buffer.concat([...commands, Buffer.from('done\n')]),
      });
    },

    async writeIndex(entries) {
      const lines = [...entries].map(({ mode, sha, path: name }) => `${mode} ${sha}\t${name}\0`);
      await repository.run(['read-tree', '--empty'], { env });
      await repository.run(['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    },

    async admit(tree, base) {
      const { stdout: pack } = await repository.run(['pack-objects', '--revs', '--stdout', '-q'], {
        env,
        input: `${tree}\n^${base}\n`,
      });
      if (pack.readUInt32BE(PACK_COUNT_OFFSET) === 0) return;
      // Checked here first: unpack-objects would look at .gitattributes only after it has written everything.
      const check = await repository.run(['index-pack', '--strict', '--stdin'], {
        env,
        input: pack,
        expect: [0, 1, 128],
      });
      if (check.exitCode !== 0) {
        throw new UserError(`The patch was refused: git found it malformed (${check.stderr.trim()}).`, {
          next: 'Write the change again without what git names.',
        });
      }
      await repository.run(['unpack-objects', '-q'], { input: pack });
    },
  };
}
