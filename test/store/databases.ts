import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { type DatabaseConnection, type Driver, PGliteDialect } from 'kysely';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';

/** A database of its own for one test, and how to open it. */
export interface TestDatabase {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export const databases: Record<string, () => Promise<TestDatabase>> = {
  async SQLite() {
    const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-store-'));
    return {
      open: () => openStore({ path: path.join(folder, 'data', 'auto-build.sqlite') }),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  },
  async PostgreSQL() {
    // One server for all tests, because it takes a second to start; an empty schema for each of them.
    postgres ??= PGlite.create();
    const pglite = await postgres;
    await pglite.exec('drop schema public cascade; create schema public');
    return {
      open: () => openStore({ dialect: new ExclusivePGliteDialect({ pglite: uncloseable(pglite) }) }),
      remove: async () => {},
    };
  },
};

let postgres: Promise<PGlite> | undefined;

/** A store is closed at the end of its test, the shared server is not. */
function uncloseable(pglite: PGlite): PGlite {
  return new Proxy(pglite, {
    get(target, property) {
      if (property === 'close') return async () => {};
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** kysely's dialect hands its one connection to everybody at once, so that concurrent transactions would mingle. */
class ExclusivePGliteDialect extends PGliteDialect {
  override createDriver(): Driver {
    const driver = super.createDriver();
    const waiting: (() => void)[] = [];
    let taken = false;
    const acquire = driver.acquireConnection.bind(driver);
    driver.acquireConnection = async (): Promise<DatabaseConnection> => {
      if (taken) await new Promise<void>((resolve) => waiting.push(resolve));
      taken = true;
      return acquire();
    };
    driver.releaseConnection = async () => {
      const next = waiting.shift();
      if (next) next();
      else taken = false;
    };
    return driver;
  }
}
