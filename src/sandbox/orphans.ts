import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** A process that starts others while it is being ended gets so many looks. */
const mostPasses = 5;

/**
 * Removes the directories in `parent` whose names begin with `prefix`, but not those in `inUse`, after ending whatever
 * still runs in them. Resolves to how many there were.
 */
export async function removeOrphans(
  parent: string,
  prefix: string,
  inUse: ReadonlySet<string>,
): Promise<number> {
  const names = await readdir(parent).catch(() => []);
  const left = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => path.join(parent, name))
    .filter((directory) => !inUse.has(directory));
  if (left.length === 0) return 0;
  for (let pass = 0; pass < mostPasses && (await endProcessesOf(left)) > 0; pass += 1);
  await Promise.all(left.map((directory) => rm(directory, { recursive: true, force: true, maxRetries: 3 })));
  return left.length;
}

/**
 * Ends processes whose environment names a directory below one of these, which every command in a sandbox has from its
 * start, with their process groups. Their parent died without a word, so nobody else will. Only Linux tells; elsewhere
 * they are left to end by themselves.
 */
async function endProcessesOf(directories: readonly string[]): Promise<number> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  let ended = 0;
  for (const pid of pids) {
    // Of others, and of those that have gone meanwhile, nothing can be read.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (pid === process.pid || !directories.some((each) => environment.includes(`${each}/`))) continue;
    ended += 1;
    // The group first: what it has started may have cleared its environment.
    for (const target of [-pid, pid]) {
      try {
        process.kill(target, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }
  return ended;
}
