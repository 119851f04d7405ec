import { expect, test } from 'vitest';
import { checksCreated, play, shipped, writes } from './play.ts';
import { expectNothingSealedReachedTheBuilder } from './sealed.ts';

test('the demo: a labelled issue becomes a merged pull request, and each write happens once', {
  timeout: 120_000,
}, async () => {
  const end = await play(await shipped('slugify-feature'));
  expect(end.result.failures).toEqual([]);
  expect(end.run?.outcome).toBe('merged');

  const { world } = end;
  expect(writes(world)).toMatchObject({
    'issues/create-comment': 1,
    'git/receive-pack': 1,
    'pulls/create': 1,
    'pulls/merge': 1,
    'reactions/create-for-issue': 1,
    'checks/create': 11,
  });
  const checks = checksCreated(world);
  expect(new Set(checks).size).toBe(checks.length);
  expect(world.github.violations()).toEqual([]);
  expect(world.model.problems()).toEqual([]);

  await expectNothingSealedReachedTheBuilder(end);

  // Two candidates, one base to compare with; it ran while the builder wrote.
  const opened = (await world.store.provenance.list(end.run!.id)).filter(({ kind }) => kind === 'container');
  const suites = opened.filter(({ label }) => label.startsWith('suite '));
  expect(suites.map(({ phase, label }) => `${phase}: ${label.split(' ')[1]}`)).toEqual([
    'build: base',
    'suite: candidate',
  ]);
});
