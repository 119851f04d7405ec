import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/run/user-error.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';

let folder: string;
const mounted: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'auto-build-damage-'));
});
afterEach(async () => {
  for (const disk of mounted.splice(0)) execFileSync('umount', [disk]);
  await rm(folder, { recursive: true, force: true });
});

const insert = (store: Store, id: string, payload = '{}') =>
  store.deliveries.insertMany([
    { id, name: 'push', identity: undefined, lane: 'repo:1', payload, receivedAt: 1 },
  ]);
const idsIn = async (store: Store) =>
  (await store.deliveries.list({ limit: 10_000 })).map(({ id }) => id).reverse();
const sizeOf = async (file: string) => (await stat(file)).size;

describe('a write-ahead log whose end was never written, or not as it should be', () => {
  test('costs only what was not acknowledged before the tear, and the database is sound', async () => {
    const file = path.join(folder, 'db.sqlite');
    const store = await openStore({ path: file });
    const opened = await sizeOf(`${file}-wal`);
    /** How long the log was when a delivery had been acknowledged. */
    const acknowledged: { id: string; length: number }[] = [];
    for (let index = 0; index < 40; index += 1) {
      await insert(store, `d-${index}`, JSON.stringify('x'.repeat((index * 997) % 9_000)));
      acknowledged.push({ id: `d-${index}`, length: await sizeOf(`${file}-wal`) });
    }
    const whole = acknowledged.at(-1)!.length;
    const crashed = path.join(folder, 'crashed.sqlite');
    const tear = fc.record({
      at: fc.integer({ min: opened, max: whole - 1 }),
      by: fc.constantFrom('cut off', 'zeros', 'noise'),
    });
    await fc.assert(
      fc.asyncProperty(tear, async ({ at, by }) => {
        for (const end of ['', '-wal']) await copyFile(`${file}${end}`, `${crashed}${end}`);
        await truncate(`${crashed}-wal`, at);
        if (by !== 'cut off') {
          const log = await open(`${crashed}-wal`, 'r+');
          const lost = Buffer.alloc(whole - at, by === 'noise' ? 0xa5 : 0);
          await log.write(lost, 0, lost.length, at);
          await log.close();
        }
        const survivor = await openStore({ path: crashed });
        try {
          expect(await survivor.integrityCheck()).toEqual([]);
          const before = acknowledged.filter(({ length }) => length <= at).map(({ id }) => id);
          expect((await idsIn(survivor)).slice(0, before.length)).toEqual(before);
          expect(await insert(survivor, 'afterwards')).toEqual(['stored']);
        } finally {
          await survivor.close();
          for (const end of ['', '-wal', '-shm']) await rm(`${crashed}${end}`, { force: true });
        }
      }),
      { numRuns: 40 },
    );
    await store.close();
  });
});

describe('a database that is damaged is not opened', () => {
  test('when its pages are', async () => {
    const file = path.join(folder, 'db.sqlite');
    const store = await openStore({ path: file });
    for (let index = 0; index < 40; index += 1) await insert(store, `d-${index}`, '"x"'.repeat(2_000));
    await store.close();
    const bytes = await readFile(file);
    bytes.fill(0xa5, 8_192, bytes.length - 4_096);
    await writeFile(file, bytes);
    // As a crash leaves it: a log that was not closed.
    await writeFile(`${file}-wal`, 'x'.repeat(100));
    const refusal = await openStore({ path: file }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UserError);
    expect(refusal).toMatchObject({
      message: expect.stringMatching(/^The database is damaged\. .*db\.sqlite/),
      next: expect.stringContaining('npm run auto-build -- restore'),
    });
  });

  test('when it is another file', async () => {
    const file = path.join(folder, 'db.sqlite');
    await writeFile(file, 'no database at all, '.repeat(500));
    await expect(openStore({ path: file })).rejects.toThrow(/not a database/);
  });
});

/** A disk of its own; false where the machine does not let us have one. CI, which leaves nothing out, fails there. */
function mount(at: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at], { stdio: 'ignore' });
  } catch (error) {
    if (process.env.CI) throw error;
    return false;
  }
  mounted.push(at);
  return true;
}

describe('on a disk of its own (needs root)', () => {
  test('a full disk: nothing is stored by halves, the trouble has words, and it ends with room', async ({
    skip,
  }) => {
    if (!mount(folder, '3m')) return skip('this machine lets nobody mount a disk');
    const file = path.join(folder, 'db.sqlite');
    const store = await openStore({ path: file });
    const ballast = path.join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(1_000_000));
    const stored: string[] = [];
    let refused: unknown;
    for (let index = 0; refused === undefined && index < 1_000; index += 1) {
      await insert(store, `d-${index}`, JSON.stringify('x'.repeat(8_000))).then(
        () => stored.push(`d-${index}`),
        (error) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({ code: expect.stringMatching(/^SQLITE_(FULL|IOERR)/) });
    expect(store.trouble()).toMatchObject({
      words: expect.stringContaining('disk'),
      next: expect.any(String),
    });
    expect(await idsIn(store)).toEqual(stored);
    await expect(insert(store, 'too much', JSON.stringify('x'.repeat(100_000)))).rejects.toThrow();
    expect(await idsIn(store)).toEqual(stored);

    await rm(ballast);
    await store.tryAgain();
    expect(store.trouble()).toBeUndefined();
    expect(await insert(store, 'afterwards')).toEqual(['stored']);
    expect(await store.integrityCheck()).toEqual([]);
    await store.close();
    const reopened = await openStore({ path: file });
    expect(await idsIn(reopened)).toEqual([...stored, 'afterwards']);
    await reopened.close();
  });

  test('a disk that is read-only: words before anything listens', async ({ skip }) => {
    if (!mount(folder, '3m')) return skip('this machine lets nobody mount a disk');
    const file = path.join(folder, 'db.sqlite');
    await (await openStore({ path: file })).close();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    await expect(openStore({ path: file })).rejects.toThrow(/cannot be (written|opened)/);
  });
});

test('a file that may not be written: words, with what to do', async ({ skip }) => {
  if (process.getuid?.() === 0) return skip('root may write everywhere');
  const file = path.join(folder, 'db.sqlite');
  await (await openStore({ path: file })).close();
  chmodSync(file, 0o400);
  await expect(openStore({ path: file })).rejects.toThrow(/cannot be written/);
});
