import { describe, expect, test } from 'vitest';
import { defaultModels } from '../../src/roles/models.ts';
import {
  AnswerError,
  BudgetError,
  ModelFaultError,
  ServerStops,
  StoppedError,
} from '../../src/roles/role-error.ts';
import { bad, bench, benchWith, builderCall, forever, good, look, readFile } from './scripted-roles.ts';

const bodies = (model: Awaited<ReturnType<typeof bench>>['model']) =>
  model.journal().map(({ raw }) => JSON.parse(raw));

describe('a call', () => {
  test('runs tools, gives their results back, and returns the answer with its provenance', async () => {
    const { model, roles, transcripts } = await bench([
      { content: [{ type: 'text', text: 'Let me look.' }, ...look.content, ...look.content] },
      good,
    ]);
    const read: string[] = [];
    const tool = readFile(async (path) => {
      read.push(path);
      return `text of ${path}\u0000\u200b`;
    });
    const answer = await roles.call(builderCall({ tools: [tool] }), forever);

    expect(answer.value).toEqual({ greeting: 'hello', count: 1 });
    expect(answer.exposed).toEqual(['hash-issue', 'hash-interface', 'hash-plan']);
    expect(answer.model).toBe('claude-sonnet-5-5');
    expect(answer.assembled).toContain('Greet people.');
    expect(answer.assembled).toContain('Reads a file of the repository.');
    expect(answer.assembled).not.toContain('text of a.js');
    expect(read).toEqual(['a.js', 'a.js']);
    expect(bodies(model)[1].messages.at(-1).content).toMatchObject([
      { type: 'tool_result', content: 'text of a.js' },
      { type: 'tool_result', content: 'text of a.js' },
    ]);
    expect(transcripts).toEqual([answer.transcript]);
    expect(answer.transcript.turns.map(({ stopReason }) => stopReason)).toEqual(['tool_use', 'end_turn']);
    expect(answer.transcript.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    expect(model.problems()).toEqual([]);
  });

  test('tells the service who asks, and asks for structured output', async () => {
    const { model, roles } = await bench([good]);
    await roles.call(builderCall(), forever);
    const [body] = bodies(model);
    expect(body.metadata).toEqual({ user_id: 'auto-build:run-1:builder' });
    expect(body.output_config.format).toMatchObject({
      type: 'json_schema',
      schema: { required: ['greeting', 'count'] },
    });
    expect(body).not.toHaveProperty('tools');
  });

  test('what goes wrong in a tool is told to the model', async () => {
    const { model, roles } = await bench([
      {
        content: [...look.content, { type: 'tool_use', name: 'read_file', input: { file: 1 } }],
      },
      good,
    ]);
    const tool = readFile(async () => {
      throw new Error('no such file: a.js');
    });
    await roles.call(builderCall({ tools: [tool] }), forever);
    expect(bodies(model)[1].messages.at(-1).content).toMatchObject([
      { is_error: true, content: 'no such file: a.js' },
      { is_error: true, content: expect.stringContaining('path: Invalid input: expected string') },
    ]);
  });

  test('cuts the result of a tool in the middle', async () => {
    const { model, roles } = await bench([look, good]);
    await roles.call(builderCall({ tools: [readFile(async () => `<${'x'.repeat(70_000)}>`)] }), forever);
    const { content } = bodies(model)[1].messages.at(-1).content[0];
    expect(content).toMatch(/^<x{24999}\n\[… 20002 characters left out …\]\nx{24999}>$/);
  });

  test('a guard sees everything before anything leaves', async () => {
    const { model, roles } = await bench([good]);
    const guard = (text: string) => {
      if (text.includes('Greet people.')) throw new Error('leak');
    };
    await expect(roles.call(builderCall({ guard }), forever)).rejects.toThrow('leak');
    expect(model.journal()).toEqual([]);
  });
});

describe('an answer that does not fit', () => {
  test('gets one repair question with the exact error', async () => {
    const { model, roles } = await bench([bad, good]);
    const answer = await roles.call(builderCall(), forever);
    expect(answer.value.greeting).toBe('hello');
    const question = bodies(model)[1].messages.at(-1).content[0].text;
    expect(question).toMatchInlineSnapshot(`
      "Your answer cannot be used:
      - greeting: Too small: expected string to have >=3 characters
      - count: Invalid input: expected number, received undefined
      Send the whole answer again with this put right."
    `);
    expect(answer.assembled).toContain(question);
  });

  test('twice: the call fails with words', async () => {
    const { model, roles, transcripts } = await bench([bad, bad, good]);
    const error = await roles.call(builderCall(), forever).catch((e) => e);
    expect(error).toBeInstanceOf(AnswerError);
    expect(error.message).toMatchInlineSnapshot(`
      "What the model returned as builder cannot be used, also after it was told why:
      - greeting: Too small: expected string to have >=3 characters
      - count: Invalid input: expected number, received undefined"
    `);
    expect(error.cost.usd).toBeGreaterThan(0);
    expect(model.journal()).toHaveLength(2);
    expect(transcripts[0]?.outcome).toBe(error.message);
  });

  test.each([
    ['not JSON', { content: [{ type: 'text' as const, text: 'Done!' }] }, 'not JSON: '],
    ['nothing', { content: [] }, 'the answer is empty'],
    ['cut off', { ...good, stopReason: 'max_tokens' as const }, 'it was cut off after'],
    ['cut off in a tool call', { ...look, stopReason: 'max_tokens' as const }, 'it was cut off after'],
  ])('%s is a misfit too', async (_name, first, words) => {
    const { model, roles } = await bench([first, good]);
    await roles.call(builderCall({ tools: [readFile(async () => '')] }), forever);
    expect(bodies(model)[1].messages.at(-1).content[0].text).toContain(words);
  });

  test('lints of the caller count as misfits', async () => {
    const { roles } = await bench([good, { content: [{ answer: { greeting: 'hello', count: 2 } }] }]);
    const check = ({ count }: { count: number }) => (count < 2 ? ['count: must be at least 2'] : []);
    const answer = await roles.call(builderCall({ check }), forever);
    expect(answer.value.count).toBe(2);
    expect(answer.assembled).toContain('- count: must be at least 2');
  });

  test('a refusal is an answer', async () => {
    const { roles } = await bench([{ content: [], stopReason: 'refusal' }]);
    await expect(roles.call(builderCall(), forever)).rejects.toThrow(/declined to work as builder/);
  });

  test('a pause goes on', async () => {
    const { roles } = await bench([
      { content: [{ type: 'text', text: 'Hm.' }], stopReason: 'pause_turn' },
      good,
    ]);
    const answer = await roles.call(builderCall(), forever);
    expect(answer.transcript.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'assistant']);
  });
});

describe('trouble with the service', () => {
  test.each([429, 500, 529, 'cut', 'malformed'] as const)('%s is tried again', async (fault) => {
    const { model, roles } = await bench([{ ...look, fault: [fault, fault] }, good]);
    const answer = await roles.call(builderCall({ tools: [readFile(async () => 'x')] }), forever);
    expect(answer.value.count).toBe(1);
    expect(model.journal()).toHaveLength(4);
    expect(answer.transcript.turns.filter((turn) => turn.fault !== undefined)).toHaveLength(2);
    expect(answer.transcript.messages).toHaveLength(4);
  });

  test('silence is noticed and tried again', async () => {
    const { roles } = await bench([{ ...good, fault: 'hang' }]);
    const call = builderCall();
    const answer = await roles.call({ ...call, limits: { ...call.limits, idleMs: 100 } }, forever);
    expect(answer.transcript.turns.map((turn) => turn.fault)).toEqual(['silent for 0.1 s', undefined]);
  });

  test('too often: a fault with words, what broke off is paid for', async () => {
    const { roles, transcripts } = await bench([{ ...good, fault: ['cut', 529, 529] }]);
    const error = await roles.call(builderCall(), forever).catch((e) => e);
    expect(error).toBeInstanceOf(ModelFaultError);
    expect(error.message).toBe(
      'The model service did not answer in 3 attempts. Last: 529, scripted fault 529.',
    );
    expect(error.next).toBe('Wait a while and say `/retry`.');
    expect(transcripts[0]?.usage.cacheWriteTokens ?? 0).toBe(0);
    expect(transcripts[0]?.usage.inputTokens).toBeGreaterThan(100);
  });

  test('a request that the service refuses is not repeated', async () => {
    const { model, roles } = await bench([good]);
    const error = await roles.call(builderCall({ role: 'reviewer' }), forever).catch((e) => e);
    expect(error).toBeInstanceOf(ModelFaultError);
    expect(error.message).toMatchInlineSnapshot(
      `"The model service refused the request: 400, The script has no answer: model/reviewer.yaml is missing, but the app asks reviewer."`,
    );
    expect(model.journal()).toHaveLength(1);
  });
});

describe('limits', () => {
  test('an endless tool loop ends at its turns', async () => {
    const { model, roles } = await bench(Array.from({ length: 9 }, () => look));
    const call = builderCall({ tools: [readFile(async () => 'x')] });
    const error = await roles
      .call({ ...call, limits: { ...call.limits, turns: 4 } }, forever)
      .catch((e) => e);
    expect(error).toBeInstanceOf(BudgetError);
    expect(error.message).toContain('took its 4 turns');
    expect(model.journal()).toHaveLength(4);
  });

  test('money is checked before each turn, and output is limited to what is left of it', async () => {
    const dear = {
      ...defaultModels.standard,
      price: { input: 10, output: 40, cacheWrite: 12, cacheRead: 1 },
    };
    const { model, roles } = await benchWith({ ...defaultModels, standard: dear }, [
      [look, look, look, good],
    ]);
    const call = builderCall({ tools: [readFile(async () => 'x'.repeat(2_000))] });
    const error = await roles
      .call({ ...call, limits: { ...call.limits, usd: 0.03 } }, forever)
      .catch((e) => e);
    expect(error).toBeInstanceOf(BudgetError);
    expect(error.message).toBe('As builder the model used up its $0.03.');
    const asked = bodies(model).map((body) => body.max_tokens);
    expect(asked[0]).toBe(750);
    expect(asked.at(-1)).toBeLessThan(750);
    expect(asked.length).toBeLessThan(4);
  });

  test('time ends a call', async () => {
    const { roles } = await bench([{ ...good, delayMs: 5_000 }]);
    const call = builderCall();
    const error = await roles
      .call({ ...call, limits: { ...call.limits, activeMs: 80 } }, forever)
      .catch((e) => e);
    expect(error).toBeInstanceOf(BudgetError);
    expect(error.message).toContain('did not finish within');
  });

  test.each([
    [
      'a person ends a call: what it cost is told, and the call is over',
      new Error('canceled'),
      'The call was stopped.',
    ],
    ['the server stops: the next life takes the call up', new ServerStops('the server stops'), 'unfinished'],
  ])('%s', async (_name, reason, outcome) => {
    const { roles, transcripts } = await bench([look]);
    const cancel = new AbortController();
    const tool = readFile(async (_path, signal) => {
      cancel.abort(reason);
      signal.throwIfAborted();
      return '';
    });
    const error = await roles.call(builderCall({ tools: [tool] }), cancel.signal).catch((thrown) => thrown);
    expect(transcripts[0]).toMatchObject({ outcome, turns: [{}] });
    if (reason instanceof ServerStops) return expect(error).toBe(reason);
    expect(error).toBeInstanceOf(StoppedError);
    expect(error.cause).toBe(reason);
    expect(error.cost.usd).toBeGreaterThan(0);
    expect(error.cost).toEqual(transcripts[0]?.cost);
  });
});

test('the cache is written once and read on every later turn; the cost follows the price table', async () => {
  const { roles, model } = await bench([look, look, good]);
  const call = builderCall({ tools: [readFile(async () => 'y'.repeat(8_000))] });
  call.parts[2] = { name: 'plan', from: [], text: 'p'.repeat(8_000) };
  const { usage, cost, transcript } = await roles.call(call, forever);
  const [first, second, third] = transcript.turns.map((turn) => turn.usage);
  expect(first).toMatchObject({ inputTokens: 0, cacheReadTokens: 0 });
  expect(second?.cacheReadTokens).toBe(first?.cacheWriteTokens);
  expect(third?.cacheReadTokens).toBe((second?.cacheReadTokens ?? 0) + (second?.cacheWriteTokens ?? 0));
  expect(third?.cacheWriteTokens).toBeLessThan(2_200);
  const { price } = defaultModels.standard;
  expect(cost.usd).toBeCloseTo(
    (usage.outputTokens * price.output +
      usage.cacheWriteTokens * price.cacheWrite +
      usage.cacheReadTokens * price.cacheRead) /
      1e6,
    9,
  );
  for (const body of bodies(model)) {
    const marks = JSON.stringify(body).match(/cache_control/g) ?? [];
    expect(marks.length).toBeLessThanOrEqual(4);
  }
});
