import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import { Script, type ScriptCall } from '../../../src/offline/model/script.ts';
import { type ScriptedModel, startScriptedModel } from '../../../src/offline/model/scripted-model.ts';

async function start(calls: z.input<typeof ScriptCall>[]): Promise<ScriptedModel> {
  const model = await startScriptedModel({ scripts: new Map([['builder', Script.parse({ calls })]]) });
  onTestFinished(() => model.close());
  return model;
}

const client = (model: ScriptedModel) =>
  new Anthropic({ apiKey: 'k', baseURL: model.url, maxRetries: 0, logLevel: 'off' });
const says = (text: string) => ({ content: [{ type: 'text' as const, text }] });
const ask = (first: string, more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}) => ({
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  metadata: { user_id: 'auto-build:r1:builder' },
  messages: [{ role: 'user' as const, content: first }],
  ...more,
});
const textOf = (message: Anthropic.Message) =>
  message.content.map((b) => (b.type === 'text' ? b.text : b.type)).join();

describe('which call and which turn', () => {
  test('the same first request again gets the same call, a new one the next, another run the one after', async () => {
    const model = await start(['one', 'two', 'three'].map((text) => ({ turns: [says(text)] })));
    const { messages } = client(model);
    expect(textOf(await messages.create(ask('a')))).toBe('one');
    expect(textOf(await messages.create(ask('b')))).toBe('two');
    expect(textOf(await messages.create(ask('a')))).toBe('one');
    const otherRun = ask('a', { metadata: { user_id: 'auto-build:r2:builder' } });
    expect(textOf(await messages.create(otherRun))).toBe('three');
    expect(model.journal().map(({ call, turn, run }) => [call, turn, run])).toEqual([
      [0, 0, 'r1'],
      [1, 0, 'r1'],
      [0, 0, 'r1'],
      [2, 0, 'r2'],
    ]);
  });

  test('a breakpoint that moves does not make it another conversation', async () => {
    const model = await start([{ turns: [says('one'), says('two')] }]);
    const { messages } = client(model);
    const first = { type: 'text' as const, text: 'a' };
    await messages.create(
      ask('', {
        messages: [{ role: 'user', content: [{ ...first, cache_control: { type: 'ephemeral' } }] }],
      }),
    );
    const second = await messages.create(
      ask('', {
        messages: [
          { role: 'user', content: [first] },
          { role: 'assistant', content: 'one' },
          { role: 'user', content: 'go on' },
        ],
      }),
    );
    expect(textOf(second)).toBe('two');
  });

  test('`when` chooses by the first user message', async () => {
    const model = await start([{ when: 'repair', turns: [says('repaired')] }, { turns: [says('built')] }]);
    const { messages } = client(model);
    expect(textOf(await messages.create(ask('build it')))).toBe('built');
    expect(textOf(await messages.create(ask('now repair it')))).toBe('repaired');
  });

  test.each([
    ['no call left', ask('b'), 'model/builder.yaml: no call is left for conversation 2 (1 in the script)'],
    [
      'no turn left',
      ask('a', {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'one' },
          { role: 'user', content: 'go on' },
        ],
      }),
      'model/builder.yaml: calls[0] has no turn 1 for a conversation that goes on',
    ],
    [
      'no script',
      ask('a', { metadata: { user_id: 'auto-build:r1:reviewer' } }),
      'model/reviewer.yaml is missing, but the app asks reviewer',
    ],
  ])('%s: 400 with clear words, and a problem', async (_name, request, words) => {
    const model = await start([{ turns: [says('one')] }]);
    const { messages } = client(model);
    await messages.create(ask('a'));
    await expect(messages.create(request)).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      apiMessage: `The script has no answer: ${words}`,
    });
    expect(model.problems()).toEqual([words]);
  });

  test('a tool that the role does not have is a problem of the script', async () => {
    const model = await start([{ turns: [{ content: [{ type: 'tool_use', name: 'run', input: {} }] }] }]);
    await expect(client(model).messages.create(ask('a'))).rejects.toThrow(
      'calls[0].turns[0] uses the tool run, which builder does not have (it has: none)',
    );
  });
});

describe('the protocol', () => {
  const tools = [{ name: 'run', input_schema: { type: 'object' as const } }];
  const script = [
    {
      turns: [
        {
          content: [
            { type: 'text' as const, text: 'é😀'.repeat(300) },
            { type: 'tool_use' as const, name: 'run', input: { a: ['ü'] } },
          ],
        },
      ],
    },
  ];

  test('streamed and not, the message is the same', async () => {
    const model = await start(script);
    const { messages } = client(model);
    const plain = await messages.create(ask('a', { tools }));
    const streamed = await messages.stream(ask('a', { tools })).finalMessage();
    expect(JSON.parse(JSON.stringify(streamed.content))).toEqual(plain.content);
    expect(streamed.usage).toEqual(plain.usage);
    expect(plain.stop_reason).toBe('tool_use');
    expect(plain.usage.output_tokens).toBeGreaterThan(100);
  });

  test.each([
    ['a key', { 'anthropic-version': '2023-06-01' }, 401, 'authentication_error'],
    ['a version', { 'x-api-key': 'k' }, 400, 'invalid_request_error'],
  ])('asks for %s', async (_name, headers, status, type) => {
    const model = await start(script);
    const response = await fetch(`${model.url}/v1/messages`, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: '{}',
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ type: 'error', error: { type } });
    expect(model.journal()[0]).toMatchObject({ raw: '{}', status, headers });
  });

  const user = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({
    role: 'user',
    content,
  });
  const use: Anthropic.MessageParam = {
    role: 'assistant',
    content: [{ type: 'tool_use', id: 't1', name: 'run', input: {} }],
  };
  const mark = { type: 'text' as const, text: 'a', cache_control: { type: 'ephemeral' as const } };
  test.each<[string, Partial<Anthropic.MessageCreateParamsNonStreaming>, string]>([
    ['an empty message', { messages: [user('')] }, 'text must not be empty'],
    ['a tool call without its result', { messages: [user('a'), use, user('b')] }, 'without a tool_result'],
    [
      'a result without its call',
      { messages: [user([{ type: 'tool_result', tool_use_id: 't9', content: '' }])] },
      'unexpected tool_use_id t9',
    ],
    ['five breakpoints', { messages: [user([mark, mark, mark, mark, mark])] }, 'maximum of 4'],
    ['forced tool use', { tools, tool_choice: { type: 'any' } }, 'does not support forced tool use'],
    ['two tools of one name', { tools: [...tools, ...tools] }, 'unique'],
    ['a model that speaks first', { messages: [use] }, 'first message'],
    ['a caller without a name', { metadata: { user_id: 'x' } }, 'auto-build:<run>:<role>'],
    ['no tokens', { max_tokens: 0 }, 'max_tokens'],
  ])('refuses %s', async (_name, more, words) => {
    const model = await start(script);
    await expect(client(model).messages.create(ask('a', more))).rejects.toMatchObject({
      status: 400,
      apiMessage: expect.stringContaining(words),
    });
  });

  test.each(['cut', 'malformed'] as const)('%s, not streamed', async (fault) => {
    const model = await start([{ turns: [{ ...says('one'), fault }] }]);
    const { messages } = client(model);
    await expect(messages.create(ask('a'))).rejects.toThrow();
    expect(textOf(await messages.create(ask('a')))).toBe('one');
    expect(model.journal().map((entry) => entry.fault)).toEqual([fault, undefined]);
  });

  test('says how long it made the app wait', async () => {
    const model = await start([{ turns: [{ ...says('one'), delayMs: 30 }] }]);
    await client(model).messages.create(ask('a'));
    expect(model.delays()).toBeGreaterThanOrEqual(29);
    expect(model.delays()).toBeLessThan(1000);
  });
});
