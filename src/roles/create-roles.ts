import Anthropic from '@anthropic-ai/sdk';
import { type Assembled, assemble } from './assemble.ts';
import { addUsage, noUsage, usdOf } from './models.ts';
import { type Answer, findUnfinished, type PlayedBack, playBack } from './played-back.ts';
import { loadPrompts, type Prompts } from './prompts.ts';
import { answerFormat, readAnswer } from './read-answer.ts';
import type { Model, ModelTable, RoleAnswer, RoleCall, Roles, Transcript, Turn } from './role.ts';
import { AnswerError, BudgetError, MoneyError, RoleError, ServerStops, StoppedError } from './role-error.ts';
import { toolResults } from './tool-results.ts';
import { defaultRetry, type RetryPolicy, takeTurn } from './turn.ts';

export interface RolesOptions {
  apiKey: string;
  /** Default: the public service. */
  baseUrl?: string;
  promptsDir: string;
  models: ModelTable;
  log: { warn(fields: object, words: string): void };
  /** Gets the transcript of every call, however it ended; awaited before the call returns or throws. */
  onTranscript?: (transcript: Transcript) => Promise<void> | void;
  /** Gets it after each answer too; awaited before anything is done with the answer, so that none is paid for twice. */
  onAnswer?: (transcript: Transcript) => Promise<void> | void;
  /** What earlier lives left of a run, oldest first; a call that died with one is taken up where it ended. */
  earlier?: (run: string) => Promise<readonly Transcript[]>;
  retry?: RetryPolicy;
}

/** Fewer output tokens than this are not worth a request. */
const leastTokens = 256;

/** Opens the door to the models. Throws a UserError when a prompt is missing or wrong: before anything listens. */
export function createRoles(options: RolesOptions): Roles {
  const prompts = loadPrompts(options.promptsDir);
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? null,
    maxRetries: 0,
    // The SDK would print broken events, with what they carry, to the console.
    logLevel: 'off',
  });
  return {
    models: options.models,
    call: (call, signal) => converse({ ...options, client, prompts }, call, signal),
  };
}

type Door = RolesOptions & { client: Anthropic; prompts: Prompts };

async function converse<T>(door: Door, call: RoleCall<T>, signal: AbortSignal): Promise<RoleAnswer<T>> {
  const model = door.models[call.tier];
  const assembled = assemble(door.prompts, call);
  call.guard?.(assembled.text);
  const begunAt = Date.now();
  const transcript: Transcript = {
    run: call.run,
    attempt: call.attempt,
    role: call.role,
    prompt: call.prompt,
    model: model.id,
    startedAt: begunAt,
    cost: { ms: 0, usd: 0 },
    usage: noUsage,
    exposed: assembled.exposed,
    system: assembled.system,
    messages: [{ role: 'user', content: [{ type: 'text', text: assembled.user }] }],
    turns: [],
    outcome: 'unfinished',
  };
  const before = findUnfinished((await door.earlier?.(call.run)) ?? [], transcript);
  // One call, however many lives it took.
  if (before) transcript.startedAt = before.startedAt;
  const clock = AbortSignal.timeout(call.limits.activeMs);
  try {
    const { value, asked } = await loop(
      door,
      call,
      transcript,
      assembled,
      before && playBack(before),
      AbortSignal.any([signal, clock]),
    );
    settle(transcript, model, begunAt);
    transcript.outcome = 'answered';
    return {
      value,
      cost: transcript.cost,
      model: model.id,
      usage: transcript.usage,
      transcript,
      exposed: transcript.exposed,
      assembled: [assembled.text, ...asked].join('\n\n'),
    };
  } catch (caught) {
    const error = endOf(call, caught, signal, clock);
    settle(transcript, model, begunAt);
    const words = error instanceof Error ? error.message : String(error);
    // The next life takes it up, and pays for it then.
    transcript.outcome = signal.reason instanceof ServerStops ? 'unfinished' : words;
    if (error instanceof RoleError) error.cost = transcript.cost;
    throw error;
  } finally {
    await door.onTranscript?.(transcript);
  }
}

/** Why a call ended: for time, because it was stopped, or for what was caught. */
function endOf<T>(call: RoleCall<T>, caught: unknown, signal: AbortSignal, clock: AbortSignal): unknown {
  if (caught instanceof RoleError || signal.reason instanceof ServerStops) return caught;
  if (signal.aborted) return new StoppedError('The call was stopped.', { cause: signal.reason });
  return clock.aborted ? outOfTime(call) : caught;
}

/** The conversation until an answer fits. `asked`: the repair question, if one was needed. */
async function loop<T>(
  door: Door,
  call: RoleCall<T>,
  transcript: Transcript,
  assembled: Assembled,
  before: PlayedBack | undefined,
  signal: AbortSignal,
): Promise<{ value: T; asked: string[] }> {
  const { messages } = transcript;
  const { limits } = call;
  const model = door.models[call.tier];
  const asked: string[] = [];
  const add = (made: Turn) => {
    transcript.turns.push(made);
    transcript.usage = addUsage(transcript.usage, made.usage);
  };
  for (let turn = 1; turn <= limits.turns; turn++) {
    const request = () => nextRequest(call, model, transcript, assembled);
    const known = before?.answerAt(messages.length);
    for (const made of known?.turns ?? []) add(made);
    const message =
      known?.answer ??
      (await takeTurn(door.client, request, {
        idleMs: limits.idleMs,
        retry: door.retry ?? defaultRetry,
        signal,
        onRequest: (made) => {
          add(made);
          if (made.fault !== undefined)
            door.log.warn(
              { run: call.run, role: call.role, turn, requestId: made.requestId, fault: made.fault },
              'model fault',
            );
        },
      }));
    const answered = async (content: Anthropic.ContentBlockParam[]) => {
      messages.push({ role: 'assistant', content });
      if (!known) await door.onAnswer?.(transcript);
    };
    const uses = message.content.filter((block) => block.type === 'tool_use');
    let problems: string[];
    switch (message.stop_reason) {
      case 'refusal':
        throw new AnswerError(
          `The model declined to work as ${call.role}${message.stop_details?.explanation ? `: ${message.stop_details.explanation}` : '.'}`,
          { next: 'Reword the issue, or do this one by hand.' },
        );
      case 'model_context_window_exceeded':
        throw new AnswerError(`As ${call.role} the model read more than fits into one conversation.`, {
          next: 'Split the issue into smaller ones.',
        });
      case 'pause_turn':
        await answered(message.content);
        continue;
      case 'max_tokens': {
        await answered(textOnly(message));
        const tokens = transcript.turns.at(-1)?.usage.outputTokens;
        problems = [`it was cut off after ${tokens} tokens: do less in one turn`];
        break;
      }
      default: {
        if (uses.length > 0) {
          await answered(message.content);
          // Played back they run again, for what they do; what they say may differ by a time or the name of a folder.
          const results = await toolResults(uses, call.tools, signal);
          messages.push({ role: 'user', content: before?.toldAt(messages.length) ?? results });
          continue;
        }
        const answer = readAnswer(message, call);
        await answered(message.content.length > 0 ? message.content : textOnly(message));
        if (answer.fits) return { value: answer.value, asked };
        problems = answer.problems;
      }
    }
    if (asked.length > 0)
      throw new AnswerError(
        `What the model returned as ${call.role} cannot be used, also after it was told why:\n${problems.map((p) => `- ${p}`).join('\n')}`,
        { next: 'Say `/retry`; if it happens again, make the issue more specific.' },
      );
    const question = `Your answer cannot be used:\n${problems.map((p) => `- ${p}`).join('\n')}\nSend the whole answer again with this put right.`;
    asked.push(question);
    messages.push({ role: 'user', content: [{ type: 'text', text: question }] });
  }
  throw new BudgetError(
    `As ${call.role} the model took its ${limits.turns} turns without coming to an answer.`,
    {
      next: 'Make the issue smaller or more specific, then say `/retry`.',
    },
  );
}

function nextRequest<T>(
  call: RoleCall<T>,
  model: Model,
  transcript: Transcript,
  { system, tools }: Assembled,
): Anthropic.MessageCreateParamsNonStreaming {
  const left = call.limits.usd - usdOf(transcript.usage, model);
  const affordable = Math.floor((left / model.price.output) * 1_000_000);
  if (affordable < leastTokens)
    throw new MoneyError(`As ${call.role} the model used up its $${call.limits.usd.toFixed(2)}.`, {
      next: 'Say `/budget +N` to allow more, or make the issue smaller.',
    });
  return {
    model: model.id,
    max_tokens: Math.min(model.maxTokens, affordable),
    metadata: { user_id: `auto-build:${call.run}:${call.role}` },
    system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
    messages: withBreakpoints(transcript.messages),
    output_config: { format: answerFormat(call.schema) },
    ...(tools.length > 0 ? { tools } : {}),
  };
}

/**
 * The last two user messages end in a cache breakpoint: the last writes, the one before reads what the previous turn
 * wrote, however many blocks lie between them. With the one on the system part (which covers the tools) that is three
 * of the four that are allowed.
 */
function withBreakpoints(messages: readonly Anthropic.MessageParam[]): Anthropic.MessageParam[] {
  const users = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : [])).slice(-2);
  return messages.map((message, index): Anthropic.MessageParam => {
    if (!users.includes(index) || message.role !== 'user' || typeof message.content === 'string')
      return message;
    const content = message.content.map((block, at, all) =>
      at === all.length - 1 && (block.type === 'text' || block.type === 'tool_result')
        ? { ...block, cache_control: { type: 'ephemeral' as const } }
        : block,
    );
    return { role: 'user', content };
  });
}

/** What of a broken-off message may be sent back: no half tool call, no unsigned thinking, and never nothing at all. */
function textOnly(message: Answer): Anthropic.ContentBlockParam[] {
  const texts = message.content
    .filter((block) => block.type === 'text')
    .filter(({ text }) => text.trim() !== '');
  return texts.length > 0 ? texts : [{ type: 'text', text: '(nothing)' }];
}

function settle(transcript: Transcript, model: Model, begunAt: number): void {
  transcript.cost = { ms: Date.now() - begunAt, usd: usdOf(transcript.usage, model) };
}

function outOfTime(call: Pick<RoleCall<unknown>, 'role' | 'limits'>): BudgetError {
  const minutes = Math.max(1, Math.round(call.limits.activeMs / 60_000));
  return new BudgetError(`As ${call.role} the model did not finish within ${minutes} min.`, {
    next: 'Make the issue smaller, then say `/retry`.',
  });
}
