import { createHash, randomUUID } from 'node:crypto';
import { authenticate, authorize, type Caller, payerOf } from './auth.ts';
import { ApiError, archivedWords, documentationUrl, MovedError, notFound } from './errors.ts';
import type { Host } from './host.ts';
import { movedTo, pathByName, redirect } from './moved.ts';
import type { Operation } from './openapi.ts';
import type { Match } from './openapi-paths.ts';
import type { ApiAnswer, Call, Route, Routes } from './route.ts';
import { appRoutes } from './routes-apps.ts';
import { branchRoutes } from './routes-branches.ts';
import { checkRoutes } from './routes-checks.ts';
import { commentRoutes } from './routes-comments.ts';
import { deliveryRoutes } from './routes-deliveries.ts';
import { issueRoutes } from './routes-issues.ts';
import { manifestRoutes } from './routes-manifest.ts';
import { pullRoutes } from './routes-pulls.ts';
import { refRoutes } from './routes-refs.ts';
import { repositoryRoutes } from './routes-repos.ts';
import { reviewRoutes } from './routes-reviews.ts';

const routes: Routes = {
  ...appRoutes,
  ...manifestRoutes,
  ...repositoryRoutes,
  ...refRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...deliveryRoutes,
  ...branchRoutes,
  ...checkRoutes,
};

interface ApiRequest {
  readonly method: string;
  /** Relative to `/api/v3`, still percent-encoded. */
  readonly path: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly accept: string;
  /** The version that the caller has already. */
  readonly ifNoneMatch: string | undefined;
  readonly text: string;
}

/** What has become known of a request on its way. */
interface Progress {
  readonly request: ApiRequest;
  readonly match: Match<Operation> | undefined;
  body: unknown;
  actor: string | null;
  /** Whose rate limit it counts against. */
  payer: string;
}

/** Answers one API request: recorded, and compared with the description in both directions. Does not throw. */
export async function answerApi(host: Host, request: ApiRequest): Promise<ApiAnswer> {
  const { method, url } = request;
  const moved = redirect(host, { method, path: request.path, search: url.search });
  if (moved) return moved;
  const progress: Progress = {
    request,
    match: host.openApi.match(method, pathByName(host, request.path)),
    body: undefined,
    actor: null,
    payer: 'anonymous',
  };
  if (method === 'GET' || method === 'HEAD') {
    const answer = host.faults.asBefore(url.href) ?? (await carryOut(host, progress));
    host.faults.remember(url.href, answer);
    return unlessKnown(host, progress, dressed(host, progress, answer));
  }
  const strike = host.faults.next(progress.match?.operation.operationId);
  const refused = strike?.refuse(host.authClock());
  const answer = refused ?? (await carryOut(host, progress));
  host.ledger.write({
    method,
    path: request.path,
    operation: progress.match?.operation.operationId ?? null,
    actor: progress.actor,
    body: progress.body ?? null,
    status: answer.status,
    ...(strike && { fault: strike.kind }),
  });
  return dressed(host, progress, refused ?? strike?.lose(answer) ?? answer);
}

async function carryOut(host: Host, progress: Progress): Promise<ApiAnswer> {
  const answer = await work(host, progress).catch((error: unknown) => refusal(host, progress, error));
  checkAnswer(host, progress, answer);
  return answer;
}

function dressed(host: Host, { payer }: Progress, answer: ApiAnswer): ApiAnswer {
  return { ...answer, headers: { ...commonHeaders(host, payer), ...answer.headers } };
}

/** What the caller has already is not sent again and, as on GitHub, costs nothing of the limit. */
function unlessKnown(host: Host, { request, payer }: Progress, answer: ApiAnswer): ApiAnswer {
  if (answer.status !== 200) return answer;
  const content = JSON.stringify([answer.body, answer.headers?.link]);
  const etag = `W/"${createHash('sha256').update(content).digest('hex')}"`;
  if (etag !== request.ifNoneMatch) return { ...answer, headers: { ...answer.headers, etag } };
  host.rateLimits.giveBack(payer, host.authClock());
  return { status: 304, headers: { ...commonHeaders(host, payer), etag } };
}

async function work(host: Host, progress: Progress): Promise<ApiAnswer> {
  const { request, match } = progress;
  const caller = authenticate(host, request.authorization);
  progress.actor = actorOf(host, caller);
  progress.payer = payerOf(caller);
  if (
    match?.operation.operationId !== 'rate-limit/get' &&
    !host.rateLimits.take(progress.payer, host.authClock())
  ) {
    throw new ApiError(403, `API rate limit exceeded for ${progress.payer.replace(' ', ' ID ')}.`);
  }
  progress.body = parseBody(request.text);
  const route = match && routes[match.operation.operationId];
  if (!match || !route) {
    host.ledger.violation('not implemented', subject(progress), `not implemented: ${subject(progress)}`);
    throw notFound();
  }
  const parts = { params: match.params, query: queryOf(request.url), body: progress.body };
  const { problems, query } = host.openApi.checkRequest(match, parts);
  for (const problem of problems) host.ledger.violation('request', subject(progress), problem);
  if (problems.length > 0) throw new ApiError(422, `Invalid request.\n\n${problems.join('\n')}`);
  const { accept, url } = request;
  return run(route, request.method, {
    host,
    caller,
    params: match.params,
    query,
    body: progress.body,
    accept,
    url,
  });
}

function run(route: Route, method: string, call: Call): ApiAnswer | Promise<ApiAnswer> {
  const { caller, host, params } = call;
  switch (route.who) {
    case 'anyone':
      return route.handle(call);
    case 'app':
      if (caller.kind !== 'app') throw new ApiError(401, 'A JSON web token could not be decoded');
      return route.handle(call);
    case 'installation':
      if (caller.kind !== 'installation') throw new ApiError(403, 'Resource not accessible by integration');
      return route.handle(call);
    case 'repository': {
      if (caller.kind === 'app') throw new ApiError(403, 'Resource not accessible by integration');
      const repo = host.world.repository(params.owner ?? '', params.repo ?? '');
      if (!repo) throw notFound();
      const actor = authorize(caller, host, repo, route.needs);
      if (repo.archived && method !== 'GET') throw new ApiError(403, archivedWords);
      const demand = (...needs: Parameters<typeof authorize>[3][number][]) => {
        authorize(caller, host, repo, needs);
      };
      return route.handle({ ...call, repo, actor, demand });
    }
  }
}

function refusal(host: Host, progress: Progress, error: unknown): ApiAnswer {
  if (error instanceof MovedError) return movedTo(progress.request.method, error.url);
  if (error instanceof ApiError) return { status: error.status, body: error.toJSON() };
  // A defect of the local GitHub: said where a scenario looks, so that it cannot pass for an outage.
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  host.ledger.violation('answer', subject(progress), `the local GitHub failed: ${cause}`);
  return {
    status: 500,
    body: { message: 'Server Error', documentation_url: documentationUrl, status: '500' },
  };
}

function checkAnswer(host: Host, progress: Progress, answer: ApiAnswer): void {
  const { match } = progress;
  if (!match || typeof answer.body === 'string' || answer.status >= 500) return;
  // Redirects can come from everywhere, and the description has them here and there only.
  if (answer.status === 301 || answer.status === 307) return;
  const plain: unknown = answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body));
  const problem = host.openApi.checkAnswer(match, answer.status, plain);
  if (problem) host.ledger.violation('answer', `${subject(progress)} ${answer.status}`, problem);
}

function subject({ request, match }: Progress): string {
  return `${request.method} ${match?.template ?? request.path}`;
}

function actorOf(host: Host, caller: Caller): string | null {
  switch (caller.kind) {
    case 'anonymous':
      return null;
    case 'app':
      return host.app.slug;
    case 'installation':
      return host.app.bot.login;
  }
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}

function queryOf(url: URL): Record<string, string> {
  return Object.fromEntries(url.searchParams);
}

function commonHeaders(host: Host, payer: string): Record<string, string> {
  const now = host.authClock();
  const { limit, remaining, used, reset } = host.rateLimits.look(payer, now);
  return {
    date: now.toUTCString(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': randomUUID(),
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'core',
  };
}
