import { expect, test } from 'vitest';
import type { PhaseContext } from '../../src/phases/phase.ts';
import { review } from '../../src/phases/review.ts';

const bodies: Record<string, object> = {
  acceptance: { proven: 1, total: 1, mutation: null },
  suite: { words: 'fine', tamper: [], scans: { security: [], stubs: [] } },
};

/** A review of a diff by a reviewer who likes everything; what was shown of the patch. */
async function reviewOf(diff: string) {
  const shown: string[] = [];
  const outcome = await review.run({
    read: async (kind: string) => ({
      kind,
      hash: kind,
      body: kind === 'patch' ? { diff } : (bodies[kind] ?? {}),
    }),
    async call({ parts }: { parts: { name: string; text: string }[] }) {
      shown.push(...parts.filter(({ name }) => name === 'patch').map(({ text }) => text));
      return { value: { approved: true, summary: 'Fine.', findings: [] } };
    },
  } as unknown as PhaseContext<'patch'>);
  if ('saw' in outcome) throw new Error('a review makes evidence');
  return { shown, made: outcome.made };
}

test('control bytes reach the reviewer as text', async () => {
  const { shown, made } = await reviewOf('+a\0b\x1b[8mhidden\x1b[0m\rc\r\n+\td\n');
  expect(shown).toEqual(['+a\\x00b\\x1b[8mhidden\\x1b[0m\\x0dc\r\n+\td\n']);
  expect(made).toMatchObject([{ kind: 'review', result: { pass: true } }]);
});

test('a patch that is too large to be read whole is shown to nobody and not approved', async () => {
  expect((await reviewOf('+'.repeat(200_000))).shown).toHaveLength(1);
  const { shown, made } = await reviewOf('+'.repeat(200_001));
  expect(shown).toEqual([]);
  expect(made).toMatchObject([
    {
      kind: 'symptoms',
      body: { cause: 'review-finding', seen: [expect.stringContaining('Make a smaller change')] },
    },
    {
      kind: 'review',
      body: { approved: false, findings: [{ severity: 'major' }] },
      result: { pass: false, words: expect.stringMatching(/^Not reviewed whole: the diff has 200,001 /) },
    },
  ]);
});
