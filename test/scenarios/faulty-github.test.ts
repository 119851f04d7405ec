import { expect, test } from 'vitest';
import { checksCreated, play, shipped, writes } from './play.ts';

test('a GitHub that loses its answers, lags behind and asks for patience gets everything once', {
  timeout: 120_000,
}, async () => {
  const end = await play(await shipped('faulty-github'));
  expect(end.result.failures).toEqual([]);
  expect(writes(end.world)).toMatchObject({
    'issues/create-comment': 1,
    'git/receive-pack': 1,
    'pulls/create': 1,
    'pulls/merge': 1,
  });
  const checks = checksCreated(end.world);
  expect(checks).toHaveLength(11);
  expect(new Set(checks).size).toBe(11);
  expect(end.repository.pulls).toHaveLength(1);
  // Limits and lost answers are nobody's failure: no phase was tried again for them, only one for a fetch.
  expect(end.facts.filter(({ fact }) => fact === 'failed')).toMatchObject([
    { phase: 'preflight', blame: 'fault', why: expect.stringContaining('returned error: 502') },
  ]);
});
