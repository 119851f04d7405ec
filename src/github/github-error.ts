import { z } from 'zod';

export type GitHubErrorKind =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'gone'
  | 'conflict'
  | 'unprocessable'
  | 'rate-limited'
  | 'server'
  | 'network';

/**
 * What came back instead of an answer. `server` and `network` leave open whether the call was carried out: look at
 * the world before doing it again.
 */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly kind: GitHubErrorKind;
  /** null: there was no answer. */
  readonly status: number | null;
  /** Milliseconds to wait before the next call; only with `rate-limited`, and `server` where GitHub says so. */
  readonly retryAfterMs: number | undefined;

  constructor(fields: {
    kind: GitHubErrorKind;
    status: number | null;
    words: string;
    retryAfterMs?: number | undefined;
    cause: unknown;
  }) {
    super(fields.words, { cause: fields.cause });
    this.kind = fields.kind;
    this.status = fields.status;
    this.retryAfterMs = fields.retryAfterMs;
  }

  /** Whether it was carried out is not known. */
  get isLost(): boolean {
    return this.kind === 'server' || this.kind === 'network';
  }

  /** For people: what was asked and what GitHub said. */
  get words(): string {
    return this.message;
  }
}

/** Octokit's RequestError; it gives 500 to a request that had no answer, `response` tells the two apart. */
const HttpError = z.object({
  name: z.literal('HttpError'),
  status: z.number(),
  message: z.string(),
  request: z.object({ method: z.string(), url: z.string() }),
  response: z
    .object({
      headers: z.record(z.string(), z.unknown()),
      data: z.object({ message: z.string() }).or(z.unknown()),
    })
    .optional(),
});

const kindOfStatus: Partial<Record<number, GitHubErrorKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'conflict',
  409: 'conflict',
  410: 'gone',
  422: 'unprocessable',
  429: 'rate-limited',
  451: 'gone',
};

/** GraphQL refuses with 200 and a list of errors. */
const GraphQlError = z.object({
  name: z.literal('GraphqlResponseError'),
  message: z.string(),
  headers: z.record(z.string(), z.unknown()),
  errors: z.array(z.object({ type: z.string().optional() })).min(1),
});

const kindOfGraphQl: Record<string, GitHubErrorKind> = {
  NOT_FOUND: 'not-found',
  FORBIDDEN: 'forbidden',
  UNPROCESSABLE: 'unprocessable',
  STALE_DATA: 'conflict',
  RATE_LIMITED: 'rate-limited',
  RATE_LIMIT: 'rate-limited',
};

/** The one place that knows what an answer means. Anything that is no failure of a request comes back as it is. */
export function classify(error: unknown, now: number): unknown {
  const graphQl = GraphQlError.safeParse(error);
  if (graphQl.success) {
    const { errors, message: words, headers } = graphQl.data;
    const kind = kindOfGraphQl[errors[0]?.type ?? ''] ?? 'server';
    const retryAfterMs = kind === 'rate-limited' ? retryAfter(headers, now) : undefined;
    return new GitHubError({ kind, status: 200, words, retryAfterMs, cause: error });
  }
  if (isTimeout(error)) {
    return new GitHubError({
      kind: 'network',
      status: null,
      words: 'GitHub did not answer in time.',
      cause: error,
    });
  }
  const parsed = HttpError.safeParse(error);
  if (!parsed.success) return error;
  const http = parsed.data;
  const asked = `${http.request.method} ${new URL(http.request.url).pathname}`;
  if (!http.response) {
    const words = `No answer to ${asked}: ${http.message}`;
    return new GitHubError({ kind: 'network', status: null, words, cause: error });
  }
  const retryAfterMs = retryAfter(http.response.headers, now);
  // GitHub answers 403 as well as 429 when a limit is reached; the headers tell it from a missing permission, and for a
  // secondary limit without any only the words do.
  const limited =
    http.status === 429 ||
    (http.status === 403 && (retryAfterMs !== undefined || /secondary rate/i.test(http.message)));
  const kind = limited ? 'rate-limited' : (kindOfStatus[http.status] ?? 'server');
  const words = `${asked} was answered ${http.status}: ${http.message}`;
  return new GitHubError({ kind, status: http.status, words, retryAfterMs, cause: error });
}

function retryAfter(headers: Record<string, unknown>, now: number): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : untilReset(headers, now);
}

/** Milliseconds until GitHub answers again, when this answer used the last request of the hour up. */
export function untilReset(headers: Record<string, unknown>, now: number): number | undefined {
  if (String(headers['x-ratelimit-remaining']) !== '0') return undefined;
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - now) : undefined;
}

/** undici's body timeout and ours arrive without Octokit's wrapping when the headers were there already. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

/** True when GitHub answered that the thing is not there (or not for us, which it does not tell apart). */
export function isMissing(error: unknown): boolean {
  return error instanceof GitHubError && (error.kind === 'not-found' || error.kind === 'gone');
}
