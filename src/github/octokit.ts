import { Octokit } from '@octokit/rest';
import { ProbotOctokit } from 'probot';
import { gitHubPace } from './pace.ts';

const userAgent = 'auto-build';
type Options = NonNullable<ConstructorParameters<typeof ProbotOctokit>[0]>;

/**
 * One request, its whole answer included, within so many milliseconds. Octokit takes an answer that was cut off for a
 * text that is shorter; read here, it is an error like any other answer that did not come.
 */
function boundedFetch(requestMs: number): typeof fetch {
  return async (input, init) => {
    const timeout = AbortSignal.timeout(requestMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const answer = await fetch(input, { ...init, signal });
    if (answer.body === null) return answer;
    const whole = new Response(await answer.arrayBuffer(), answer);
    return Object.defineProperty(whole, 'url', { value: answer.url });
  };
}

/**
 * The Octokit class to construct Probot with: it signs as the app. Retries are off because plugin-retry repeats
 * writes on 5xx, and throttling because it holds every write back for seconds; writes.ts says who repeats what.
 */
export function appOctokit(requestMs = gitHubPace.requestMs): typeof ProbotOctokit {
  return ProbotOctokit.defaults((options: Options) => ({
    ...options,
    userAgent,
    retry: { enabled: false },
    throttle: { ...options.throttle, enabled: false },
    request: { ...options.request, fetch: boundedFetch(requestMs) },
  })) as typeof ProbotOctokit;
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A client with one installation token, without plugins that repeat or delay. What fails is thrown, not logged. */
export function tokenOctokit(options: { baseUrl: string; token: string; requestMs?: number }): Octokit {
  return new Octokit({
    auth: options.token,
    baseUrl: options.baseUrl,
    userAgent,
    log: quiet,
    request: { fetch: boundedFetch(options.requestMs ?? gitHubPace.requestMs) },
  });
}
