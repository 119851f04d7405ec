import { describe, expect, test } from 'vitest';
import { defaultModels } from '../../src/roles/models.ts';
import type { Transcript } from '../../src/roles/role.ts';
import { bad, benchWith, builderCall, forever, good, look, readFile } from './scripted-roles.ts';

/** Two tools, an answer that does not fit, and one that does; a service that fails once in between. */
const turns = [look, { ...look, fault: 529 as const }, bad, good];
const clone = (transcript: Transcript) => JSON.parse(JSON.stringify(transcript)) as Transcript;

/** A life that ends well, with what was on disk after each answer. */
async function firstLife() {
  const saved: Transcript[] = [];
  const { roles } = await benchWith(defaultModels, [turns], {
    onAnswer: (transcript) => void saved.push(clone(transcript)),
  });
  let reads = 0;
  const tool = readFile(async () => `read ${++reads}`);
  return { answer: await roles.call(builderCall({ tools: [tool] }), forever), saved };
}

/** The next life: what it asks, and what it does with what an earlier one left. */
async function nextLife(earlier: readonly Transcript[], over: Parameters<typeof builderCall>[0] = {}) {
  const { model, roles, transcripts } = await benchWith(defaultModels, [turns], {
    earlier: async () => earlier,
  });
  let reads = 0;
  const tool = readFile(async () => `read at another time: ${++reads}`);
  const answer = await roles.call(builderCall({ tools: [tool], ...over }), forever);
  const asked = model.journal().filter(({ status }) => status === 200).length;
  return { answer, asked, reads, transcripts };
}

describe('a call that died with an earlier life', () => {
  test.for([0, 1, 2, 3])('after answer %i goes on there, and pays for no answer again', async (last) => {
    const { answer: whole, saved } = await firstLife();
    expect(saved).toHaveLength(turns.length);
    const { answer, asked, reads, transcripts } = await nextLife([saved[last]!]);
    expect(asked).toBe(turns.length - 1 - last);
    expect(answer.value).toEqual(whole.value);
    // Tools run again, for what they do; the conversation has what was said then, as far as it was saved.
    expect(reads).toBe(2);
    expect(answer.transcript.messages.slice(0, 2 + 2 * last)).toEqual(saved[last]!.messages);
    expect(answer.transcript.turns.map(({ stopReason }) => stopReason)).toEqual(
      whole.transcript.turns.map(({ stopReason }) => stopReason),
    );
    expect(answer.transcript.usage.outputTokens).toBe(whole.transcript.usage.outputTokens);
    expect(transcripts.map(({ startedAt, outcome }) => [startedAt, outcome])).toEqual([
      [saved[last]!.startedAt, 'answered'],
    ]);
  });

  test('and had its last answer asks nothing', async () => {
    const { answer } = await firstLife();
    expect((await nextLife([clone(answer.transcript)])).asked).toBe(0);
  });

  test.for<[string, Partial<Transcript>, Parameters<typeof builderCall>[0]]>([
    ['another attempt', {}, { attempt: 'build 2' }],
    ['other words', {}, { parts: builderCall().parts.map((part) => ({ ...part, text: 'Other words.' })) }],
    ['one that ended with an error', { outcome: 'The model declined.' }, {}],
  ])('is not mistaken for %s', async ([, left, over]) => {
    const { saved } = await firstLife();
    expect((await nextLife([{ ...saved[1]!, ...left }], over)).asked).toBe(turns.length);
  });
});
