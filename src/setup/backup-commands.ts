import path from 'node:path';
import { environment, readDataDir } from '../config/env.ts';
import type { Source } from '../config/read-variables.ts';
import { backUp, restore } from '../store/backup.ts';

/** Writes a copy of the database; the server may be at work. Resolves to words for whoever asked. */
export async function backupCommand(file: string, source: Source = environment()): Promise<string> {
  const target = path.resolve(file);
  const bytes = await backUp(readDataDir(source), target);
  return `${target} holds the database as it is now (${(bytes / 1_000_000).toFixed(1)} MB, checked).\n`;
}

/** Puts such a copy back, while no server is at work. Resolves to words for whoever asked. */
export async function restoreCommand(file: string, source: Source = environment()): Promise<string> {
  const dataDir = readDataDir(source);
  const replaced = await restore(dataDir, path.resolve(file), new Date());
  const kept = replaced ? `The database that was there is kept as ${replaced}.\n` : '';
  return (
    `The database in ${dataDir} is the one of ${file} (checked).\n${kept}` +
    'Start the server: it looks at GitHub first, and runs go on from what they find there.\n'
  );
}
