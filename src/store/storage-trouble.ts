import Database from 'better-sqlite3';
import { UserError } from '../run/user-error.ts';

/** What keeps a database from being read or written, as an operator can mend it. */
export interface StorageTrouble {
  words: string;
  /** An imperative sentence. */
  next: string;
}

const byCode: Record<string, StorageTrouble> = {
  SQLITE_FULL: { words: 'The disk of the database is full.', next: 'Make room on it.' },
  SQLITE_READONLY: {
    words: 'The database cannot be written: the file or its disk is read-only.',
    next: 'Let the user that auto-build runs as write in DATA_DIR; look whether the disk was mounted read-only after an error.',
  },
  SQLITE_CANTOPEN: {
    words: 'The database cannot be opened.',
    next: 'Let the user that auto-build runs as read and write in DATA_DIR.',
  },
  SQLITE_IOERR: {
    words: 'The disk of the database does not read or write.',
    next: 'Look into the log of the machine for errors of the disk, and for one that is full.',
  },
  SQLITE_CORRUPT: {
    words: 'The database is damaged.',
    next: 'Stop the server and put back the last good copy: npm run auto-build -- restore <file>.',
  },
  SQLITE_NOTADB: {
    words: 'The file is not a database, or its beginning is damaged.',
    next: 'Stop the server and put back the last good copy: npm run auto-build -- restore <file>.',
  },
};

/** Whether an error comes from the storage itself, not from what was asked of it; undefined: it does not. */
export function storageTrouble(error: unknown): StorageTrouble | undefined {
  if (!(error instanceof Database.SqliteError)) return undefined;
  // Extended codes follow their kind: SQLITE_IOERR_WRITE.
  return byCode[error.code.split('_', 2).join('_')];
}

/** The error as an operator can act on it; any other error is given back as it is. */
export function withWords(error: unknown, file: string): unknown {
  const trouble = storageTrouble(error);
  return trouble
    ? new UserError(`${trouble.words} (${file}: ${(error as Error).message})`, {
        next: trouble.next,
        cause: error,
      })
    : error;
}
