import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadScripts } from '../../../src/offline/model/script.ts';
import { checkExpectations } from '../../../src/offline/scenario/expect.ts';
import { loadScenario } from '../../../src/offline/scenario/load.ts';
import { repository, sampleEnd } from './sample-end.ts';

const root = path.resolve(import.meta.dirname, '../../../fixtures');
const scenarios = await readdir(path.join(root, 'scenarios'));

describe.each(scenarios)('scenario %s', (name) => {
  test('loads, and its name is that of its folder', async () => {
    expect((await loadScenario(path.join(root, 'scenarios', name))).name).toBe(name);
  });

  test('has scripts that load', async () => {
    await loadScripts(...(await loadScenario(path.join(root, 'scenarios', name))).modelFolders);
  });

  test('expects something: a world in which nothing happened fails', async () => {
    const scenario = await loadScenario(path.join(root, 'scenarios', name));
    const end = sampleEnd({ repository: { ...repository, pulls: [] } });
    expect(checkExpectations(scenario.expect, end).failures).not.toEqual([]);
  });
});

const lockfiles = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'];

test('lockfiles of the sample repositories name no registry', async () => {
  const repositories = await readdir(path.join(root, 'repos'));
  expect(repositories.length).toBeGreaterThan(0);
  for (const name of repositories) {
    const files = await readdir(path.join(root, 'repos', name));
    for (const file of files.filter((each) => lockfiles.includes(each))) {
      const lockfile = await readFile(path.join(root, 'repos', name, file), 'utf8');
      expect(lockfile, `${name}/${file}`).not.toMatch(/"?resolved"?:? "|https?:\/\/[^"]*regist/);
    }
  }
});
