import { expect, onTestFinished, test } from 'vitest';
import { lateEdits } from '../../../src/phases/preflight/edits.ts';
import type { FrozenIssue } from '../../../src/run/artifacts.ts';
import { name, testPace, testWorld } from '../../github/world.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 4, 3, 12);

/** An issue that `jules`, who may not write, opens at noon; `at` says how many minutes have gone by since. */
async function withIssue() {
  let now = noon;
  const { local, repository, ...world } = await testWorld(testPace, () => new Date(now));
  onTestFinished(() => world[Symbol.asyncDispose]());
  const jules = local.as('jules', name);
  const { number } = await jules.createIssue({ title: 'Old', body: 'Old text.' });
  const at = (minutes: number) => {
    now = noon + minutes * minute;
  };
  const late = (minutes: number) =>
    lateEdits(repository, { number, askedAt: noon + minutes * minute } as FrozenIssue);
  return { local, jules, mona: local.as('mona', name), number, at, late };
}

test('only what strangers changed in the ten minutes before counts', async () => {
  const { local, jules, mona, number, at, late } = await withIssue();
  expect(await late(1)).toEqual([]);
  // In the second in which it was opened.
  await jules.editIssue(number, { body: 'Not what it was.' });
  expect(await late(1)).toEqual([{ what: 'text', by: 'jules', at: noon }]);
  at(5);
  await jules.editIssue(number, { body: 'Another text.' });
  at(7);
  await mona.editIssue(number, { title: 'New', body: 'What mona made of it.' });
  at(9);
  await jules.editIssue(number, { title: 'Newer' });
  const text = { what: 'text', by: 'jules', at: noon + 5 * minute };
  const title = { what: 'title', by: 'jules', at: noon + 9 * minute };
  expect(await late(10)).toEqual([text, title]);
  expect(await late(8)).toEqual([{ ...text, at: noon }, text]);
  expect(await late(15)).toEqual([title]);
  expect(await late(19)).toEqual([]);
  // Roles are those of now: who was taken off may not write.
  local.setRole(name, 'mona', 'triage');
  expect(await late(16)).toMatchObject([{ by: 'mona' }, { by: 'mona' }, { by: 'jules' }]);
  expect(local.violations()).toEqual([]);
});
