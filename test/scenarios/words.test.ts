import { expect, test, vi } from 'vitest';
import { play, shipped } from './play.ts';
import { steady } from './steady.ts';

/**
 * For each phase a run in which it fails: what the comment on the issue says about it then. The score has none: it is
 * arithmetic on what the others made, and a low one is the route that `needs-work` and `rejected` show.
 */
vi.setConfig({ testTimeout: 120_000 });

test.each([
  ['preflight', 'bad-config'],
  ['spec', 'spec-unusable'],
  ['spec-review', 'spec-refused'],
  ['tests', 'tests-prove-nothing'],
  ['build', 'empty-patch'],
  ['acceptance', 'rejected'],
  ['suite', 'security-finding'],
  ['review', 'needs-work'],
  ['deliver', 'branch-taken'],
])('%s fails (%s)', async (phase, name) => {
  const scenario = await shipped(name);
  const end = await play(scenario);
  expect(end.result.failures).toEqual([]);
  await expect(steady(end.comments.join('\n\n---\n\n'))).toMatchFileSnapshot(
    `__snapshots__/words-${phase}.md`,
  );
});
