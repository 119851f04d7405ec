import type Anthropic from '@anthropic-ai/sdk';
import type { Transcript, Turn } from './role.ts';

/** What a role acts on of the model's message. */
export type Answer = Pick<Anthropic.Message, 'content' | 'stop_reason' | 'stop_details'>;

/** A call that an earlier life began and that died with it: what the model answered then is not paid for again. */
export interface PlayedBack {
  /** The answer that stands at this place of the conversation, and the requests that it took; undefined behind the end. */
  answerAt(index: number): { answer: Answer; turns: Turn[] } | undefined;
  /** What was told the model at this place, so that the answers that follow fit it to the letter. */
  toldAt(index: number): Anthropic.ContentBlockParam[] | undefined;
}

/**
 * Finds the call among those of earlier lives: same attempt of the same phase, same first words, and not ended by an
 * error, which may be another the next time.
 */
export function findUnfinished(
  transcripts: readonly Transcript[],
  call: Pick<Transcript, 'role' | 'attempt' | 'system' | 'messages'>,
): Transcript | undefined {
  return transcripts.findLast(
    (each) =>
      each.role === call.role &&
      each.attempt === call.attempt &&
      each.system === call.system &&
      JSON.stringify(each.messages[0]) === JSON.stringify(call.messages[0]) &&
      (each.outcome === 'unfinished' || each.outcome === 'answered'),
  );
}

/** Reads a call back, message by message. */
export function playBack({ messages, turns }: Pick<Transcript, 'messages' | 'turns'>): PlayedBack {
  let taken = 0;
  return {
    answerAt(index) {
      const message = messages[index];
      if (message?.role !== 'assistant' || typeof message.content === 'string') return undefined;
      const last = turns.findIndex(({ fault }, at) => at >= taken && fault === undefined);
      const own = turns.slice(taken, last + 1);
      taken += own.length;
      return {
        answer: {
          content: message.content as Anthropic.ContentBlock[],
          stop_reason: (own.at(-1)?.stopReason ?? null) as Anthropic.StopReason | null,
          stop_details: null,
        },
        turns: own,
      };
    },
    toldAt(index) {
      const message = messages[index];
      return message?.role === 'user' && typeof message.content !== 'string' ? message.content : undefined;
    },
  };
}
