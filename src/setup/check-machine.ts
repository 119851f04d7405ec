import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Env } from '../config/env.ts';
import { UserError } from '../run/user-error.ts';
import { databaseIn } from '../store/files.ts';
import { openStore } from '../store/open.ts';
import { type Check, fail, ok, warn } from './check.ts';

const run = promisify(execFile);

/** TypeScript is run as it is: older versions do not strip types, or say so in a warning. */
const nodeFloor = 24;

export function checkNode(version: string = process.versions.node): Check {
  if (Number.parseInt(version, 10) >= nodeFloor) return ok('node', `Node.js ${version}.`);
  return fail(
    'node',
    `Node.js ${version} is older than ${nodeFloor}.`,
    'Start it by npm (npm start, npm run …), which brings the right one.',
  );
}

/** `git merge-tree --write-tree` came with 2.38. */
export async function checkGit(command = 'git'): Promise<Check> {
  const words = await run(command, ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(words ?? '') ?? []).map(Number);
  if (words === undefined)
    return fail('git', 'There is no git on this machine.', 'Install git 2.38 or newer.');
  if (major > 2 || (major === 2 && minor >= 38)) return ok('git', `${words}.`);
  return fail('git', `${words} is too old.`, 'Install git 2.38 or newer.');
}

/** The database, if there is one, and whatever holds work up on purpose. */
export async function checkData(env: Env): Promise<Check[]> {
  const checks = [await checkDatabase(env.dataDir)];
  if (env.stop.now || existsSync(env.stop.file)) {
    const how = env.stop.now ? 'STOP is set' : `${env.stop.file} exists`;
    checks.push(warn('kill switch', `${how}: no run goes on.`, 'Take it away when runs are to go on.'));
  }
  if (env.limits.dryRun)
    checks.push(
      warn(
        'dry run',
        'DRY_RUN is set: nothing is pushed anywhere.',
        'Take it away when pull requests are wanted.',
      ),
    );
  return checks;
}

async function checkDatabase(dataDir: string): Promise<Check> {
  const file = databaseIn(dataDir);
  if (!existsSync(file)) return ok('database', `There is none yet; the server makes it in ${dataDir}.`);
  try {
    const store = await openStore({ path: file });
    try {
      const problems = await store.integrityCheck();
      if (problems.length === 0) return ok('database', `${file} is sound.`);
      const next = 'Stop the server and put back the last good copy: npm run auto-build -- restore <file>.';
      return fail('database', problems.slice(0, 10).join('\n'), next);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return fail('database', error.message, error.next ?? 'Mend it and start again.');
  }
}

const gigabyte = 1024 ** 3;

export async function checkDisk(dataDir: string): Promise<Check> {
  let there = dataDir;
  while (!existsSync(there)) there = path.dirname(there);
  const { bavail, bsize } = await statfs(there);
  const free = (bavail * bsize) / gigabyte;
  const words = `${free.toFixed(1)} GB are free for ${dataDir}.`;
  const next = 'Make room, or set DATA_DIR to a larger disk: mirrors and images grow.';
  if (free < 1) return fail('disk', words, next);
  return free < 5 ? warn('disk', words, next) : ok('disk', words);
}
