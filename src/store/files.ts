import path from 'node:path';

/** Where things lie in a data directory. */
export const databaseIn = (dataDir: string): string => path.join(dataDir, 'auto-build.sqlite');
export const lockIn = (dataDir: string): string => path.join(dataDir, 'auto-build.lock');
