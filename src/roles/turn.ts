import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { noUsage } from './models.ts';
import type { RoleUsage, Turn } from './role.ts';
import { ModelFaultError } from './role-error.ts';

/** How often and how fast a turn is repeated. Times in milliseconds. */
export interface RetryPolicy {
  /** Requests per turn, the first included. */
  attempts: number;
  /** Doubled from attempt to attempt, up to `maxMs`. */
  baseMs: number;
  /** Also the longest `retry-after` that is waited for. */
  maxMs: number;
}
export const defaultRetry: RetryPolicy = { attempts: 5, baseMs: 1_000, maxMs: 60_000 };

export interface TurnOptions {
  idleMs: number;
  retry: RetryPolicy;
  signal: AbortSignal;
  /** Called after every request, with what it used, whether it was answered or not. */
  onRequest: (turn: Turn) => void;
}

type Attempt =
  | { answered: true; message: Anthropic.Message }
  | { answered: false; words: string; again: boolean; retryAfterMs: number | undefined; error: unknown };

/**
 * One answer of the model. The SDK's own retries are off: they do not cover a stream that is cut, goes silent or
 * carries broken JSON, so all repeating is done here, once. Throws ModelFaultError when the attempts are used up or
 * the service refuses for good, and the reason of the signal when that is aborted.
 */
export async function takeTurn(
  client: Anthropic,
  params: () => Anthropic.MessageCreateParamsNonStreaming,
  options: TurnOptions,
): Promise<Anthropic.Message> {
  const { retry, signal } = options;
  for (let number = 1; ; number++) {
    signal.throwIfAborted();
    const attempt = await request(client, params(), options);
    if (attempt.answered) return attempt.message;
    signal.throwIfAborted();
    if (!attempt.again || number >= retry.attempts)
      throw new ModelFaultError(
        attempt.again
          ? `The model service did not answer in ${number} attempts. Last: ${attempt.words}.`
          : `The model service refused the request: ${attempt.words}.`,
        {
          next: attempt.again
            ? 'Wait a while and say `/retry`.'
            : 'Ask the operator to check the API key, the model names and the log, then say `/retry`.',
          cause: attempt.error,
        },
      );
    const backoff = Math.min(retry.baseMs * 2 ** (number - 1), retry.maxMs);
    await sleep(Math.min(attempt.retryAfterMs ?? backoff, retry.maxMs), undefined, { signal }).catch(
      () => {},
    );
  }
}

async function request(
  client: Anthropic,
  params: Anthropic.MessageCreateParamsNonStreaming,
  { idleMs, signal, onRequest }: TurnOptions,
): Promise<Attempt> {
  const startedAt = performance.now();
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), idleMs);
  const stream = client.messages.stream(params, {
    signal: AbortSignal.any([signal, silence.signal]),
    // Bytes, not events: the SDK hides pings, and a model that thinks sends nothing else for minutes.
    middleware: [async (outgoing, next) => watched(await next(outgoing), () => timer.refresh())],
  });
  const toolJson = new Map<number, string>();
  stream.on('streamEvent', (event) => {
    if (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta')
      toolJson.set(event.index, (toolJson.get(event.index) ?? '') + event.delta.partial_json);
  });
  const done = (message: Anthropic.Message | undefined, fault: string | undefined): void =>
    onRequest({
      ms: Math.round(performance.now() - startedAt),
      requestId: stream.request_id ?? undefined,
      stopReason: message?.stop_reason ?? undefined,
      usage: usageOf(message?.usage),
      fault,
    });
  try {
    const message = await stream.finalMessage();
    // The SDK mends broken tool input silently; what is missing then would be acted on.
    if (message.stop_reason !== 'max_tokens') for (const json of toolJson.values()) JSON.parse(json || '{}');
    done(message, undefined);
    return { answered: true, message };
  } catch (error) {
    const words = silence.signal.aborted ? `silent for ${idleMs / 1000} s` : wordsOf(error);
    done(stream.currentMessage, signal.aborted ? 'aborted' : words);
    return {
      answered: false,
      words,
      again: isPassing(error),
      retryAfterMs: retryAfterOf(error),
      error,
    };
  } finally {
    clearTimeout(timer);
  }
}

function watched(response: Response, touch: () => void): Response {
  touch();
  if (!response.body) return response;
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        touch();
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(body, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}

/** Whether the same request may succeed later. An error without a status came from the wire or inside the stream. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Anthropic.APIError)) return true;
  const { status } = error;
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

function wordsOf(error: unknown): string {
  if (error instanceof Anthropic.APIError) {
    const words = error.apiMessage ?? error.message;
    return error.status === undefined ? words : `${error.status}, ${words}`;
  }
  return error instanceof Error ? error.message : String(error);
}

function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof Anthropic.APIError)) return undefined;
  const value = error.headers?.get('retry-after');
  if (!value) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function usageOf(usage: Anthropic.Usage | undefined): RoleUsage {
  if (!usage) return noUsage;
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
  };
}
