import type Anthropic from '@anthropic-ai/sdk';
import { type InputUsage, tokensOf } from './prompt-cache.ts';
import type { ScriptTurn } from './script.ts';

export interface AnswerMessage {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: (
    | { type: 'text'; text: string }
    | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
  )[];
  stop_reason: Anthropic.StopReason;
  stop_sequence: null;
  stop_details: Anthropic.RefusalStopDetails | null;
  usage: InputUsage & { output_tokens: number };
}

/** The message that a scripted turn stands for. `id` makes the ids of the message and of its tool calls. */
export function messageOf(turn: ScriptTurn, id: string, model: string, input: InputUsage): AnswerMessage {
  const content = turn.content.map((block, index): AnswerMessage['content'][number] => {
    if (block.type === 'text') return block;
    if (block.type === 'tool_use') return { ...block, id: `toolu_${id}_${index}` };
    return { type: 'text', text: JSON.stringify(block.answer) };
  });
  const usesTool = content.some(({ type }) => type === 'tool_use');
  const stopReason = turn.stopReason ?? (usesTool ? 'tool_use' : 'end_turn');
  const output = content.map((block) => (block.type === 'text' ? block.text : JSON.stringify(block.input)));
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    stop_details: stopReason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    usage: { ...input, output_tokens: tokensOf(output.join('')) },
  };
}

/** The same message as the events of a stream. */
export function answerEvents(message: AnswerMessage): { type: string; [field: string]: unknown }[] {
  const { content, stop_reason, stop_sequence, stop_details, usage } = message;
  const start = {
    ...message,
    content: [],
    stop_reason: null,
    stop_details: null,
    usage: { ...usage, output_tokens: 1 },
  };
  return [
    { type: 'message_start', message: start },
    { type: 'ping' },
    ...content.flatMap((block, index) => [
      {
        type: 'content_block_start',
        index,
        content_block: block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} },
      },
      ...pieces(block.type === 'text' ? block.text : JSON.stringify(block.input)).map((piece) => ({
        type: 'content_block_delta',
        index,
        delta:
          block.type === 'text'
            ? { type: 'text_delta', text: piece }
            : { type: 'input_json_delta', partial_json: piece },
      })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason, stop_sequence, stop_details }, usage },
    { type: 'message_stop' },
  ];
}

/** By code points, so that no surrogate pair is torn. */
function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,256}/gu) ?? [];
}
