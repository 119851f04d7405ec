import Anthropic, { APIConnectionError, APIError } from '@anthropic-ai/sdk';

/** How a model service answered one word. */
export type ProbeResult = { ok: true; ms: number } | { ok: false; status: number | null; words: string };

/** Asks for a single token: the cheapest call that shows that the address, the key and the model are right. */
export async function probeModel(given: {
  apiKey: string;
  baseUrl?: string | undefined;
  model: string;
  signal?: AbortSignal;
}): Promise<ProbeResult> {
  const client = new Anthropic({
    apiKey: given.apiKey,
    baseURL: given.baseUrl ?? null,
    maxRetries: 0,
    timeout: 20_000,
    logLevel: 'off',
  });
  const startedAt = Date.now();
  try {
    await client.messages.create(
      { model: given.model, max_tokens: 1, messages: [{ role: 'user', content: 'Say yes.' }] },
      { signal: given.signal },
    );
    return { ok: true, ms: Date.now() - startedAt };
  } catch (error) {
    if (error instanceof APIConnectionError) return { ok: false, status: null, words: error.message };
    if (error instanceof APIError) return { ok: false, status: error.status ?? null, words: error.message };
    throw error;
  }
}
