import { Octokit } from '@octokit/rest';
import { ProbotOctokit } from 'probot';

const userAgent = 'auto-build';
type Options = NonNullable<ConstructorParameters<typeof ProbotOctokit>[0]>;

/** Milliseconds for one request, body included. GitHub itself gives up after 10 s. */
const requestTimeoutMs = 15_000;

const fetchWithTimeout: typeof fetch = (input, init) => {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout });
};

/**
 * The Octokit class to construct Probot with: it signs as the app. Retries are off because plugin-retry repeats
 * writes on 5xx, and throttling because it holds every write back for seconds; the effects ledger repeats, knowingly.
 */
export function appOctokit(): typeof ProbotOctokit {
  return ProbotOctokit.defaults((options: Options) => ({
    ...options,
    userAgent,
    retry: { enabled: false },
    throttle: { ...options.throttle, enabled: false },
    request: { ...options.request, fetch: fetchWithTimeout },
  })) as typeof ProbotOctokit;
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A client with one installation token, without plugins that repeat or delay. What fails is thrown, not logged. */
export function tokenOctokit(options: { baseUrl: string; token: string }): Octokit {
  return new Octokit({
    auth: options.token,
    baseUrl: options.baseUrl,
    userAgent,
    log: quiet,
    request: { fetch: fetchWithTimeout },
  });
}
