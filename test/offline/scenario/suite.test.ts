import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { playSuite } from '../../../src/offline/scenario/suite.ts';

let folder: string;
let printed: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scenarios-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** A scenario that is refused before anything is started. */
async function misspelt(name: string) {
  await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, name, 'scenario.yaml'), `nam: ${name}\n`);
}

const options = { sandbox: 'process', command: [], env: {}, json: false } as const;

test('one that fails is a row with what failed first, and an error at the end that has all of it', async () => {
  await misspelt('second');
  await misspelt('first');
  await mkdir(path.join(folder, 'shared'));
  const error = await playSuite(folder, { ...options, parallel: 1 }).catch((caught: Error) => caught);
  expect(printed).toMatch(/✖ first +–[\s\S]*scenario\.yaml:[\s\S]*✖ second +–/);
  expect(printed).not.toContain('shared');
  expect(printed).toMatch(/\n0 of 2 scenarios as expected, \d+ s\.\n/);
  expect(error?.message).toMatch(/^first:\n- [\s\S]*nam: there is no such field\nsecond:\n/);
});

test('as JSON, and only those whose names fit', async () => {
  await misspelt('first');
  await misspelt('second');
  await expect(playSuite(folder, { ...options, json: true, only: 'f*' })).rejects.toThrow('first:');
  expect(JSON.parse(printed)).toMatchObject({ ok: false, scenarios: [{ name: 'first', ok: false }] });
});

test('a folder without any is said to be one', async () => {
  await expect(playSuite(folder, options)).rejects.toThrow(`There is no scenario in ${folder}.`);
});
