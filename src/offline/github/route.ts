import type { Caller, Need } from './auth.ts';
import { ApiError, MovedError, notFound } from './errors.ts';
import type { Host } from './host.ts';
import { repoApi } from './shapes-repository.ts';
import type { Actor, Issue, PullRequest, Repository } from './world.ts';
import { isPullRequest } from './world.ts';

/** One API request, after the description has been checked. */
export interface Call {
  readonly host: Host;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Fits the schema of the operation, which is why routes may name its type. */
  readonly body: unknown;
  readonly accept: string;
  /** The request's URL, for links to other pages. */
  readonly url: URL;
}

export interface RepoCall extends Call {
  readonly repo: Repository;
  readonly actor: Actor;
  /** Asks for another permission than the route's own. Throws ApiError 403. */
  demand(...needs: Need[]): void;
}

export interface ApiAnswer {
  readonly status: number;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** It does not arrive: no word of it, half of it, or nothing for as long as anybody listens. */
  readonly broken?: 'reset' | 'cut' | 'silence';
}

type Handler<C> = (call: C) => ApiAnswer | Promise<ApiAnswer>;

export type Route =
  | { readonly who: 'anyone' | 'app' | 'installation'; readonly handle: Handler<Call> }
  | { readonly who: 'repository'; readonly needs: readonly Need[]; readonly handle: Handler<RepoCall> };

/** Routes by operation id of the description. */
export type Routes = Readonly<Record<string, Route>>;

/** A route of a repository; any one of the needs is enough. */
export function onRepository(needs: readonly Need[], handle: Handler<RepoCall>): Route {
  return { who: 'repository', needs, handle };
}

export function ok(body: unknown): ApiAnswer {
  return { status: 200, body };
}

export function created(body: unknown): ApiAnswer {
  return { status: 201, body };
}

/** Labels, comments and reactions of a pull request can be reached with either permission. */
export const issueOrPullRead: readonly Need[] = ['issues:read', 'pull_requests:read'];
export const issueOrPullWrite: readonly Need[] = ['issues:write', 'pull_requests:write'];

/** The issue or pull request that the path names, for a caller who may touch that kind. */
export function issueOf(call: RepoCall, level: 'read' | 'write'): Issue {
  const number = Number(call.params.issue_number);
  const issue = call.repo.issues.get(number);
  if (!issue) throw goneOrNotFound(call, number);
  if (!issue.pull) call.demand(`issues:${level}`);
  return issue;
}

function goneOrNotFound({ host, repo, url }: RepoCall, number: number): ApiError {
  const gone = repo.gone.get(number);
  if (gone === undefined) return notFound();
  if (gone === null) return new ApiError(410, 'This issue was deleted');
  const below = /\/issues\/\d+(\/.*)$/.exec(url.pathname)?.[1] ?? '';
  return new MovedError(`${repoApi(host, gone.repo)}/issues/${gone.number}${below}${url.search}`);
}

export function pullOf(call: RepoCall): PullRequest {
  const issue = call.repo.issues.get(Number(call.params.pull_number));
  if (!issue || !isPullRequest(issue)) throw notFound();
  return issue;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Cuts a list as GitHub does: `per_page` 30 by default and 100 at most, `Link` with all other pages. */
export function paginate<T>(call: Call, all: readonly T[]): Page<T> {
  const perPage = Math.min(100, Math.max(1, Number(call.query.per_page ?? 30)));
  const page = Math.max(1, Number(call.query.page ?? 1));
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const link = (to: number, rel: string) => {
    const url = new URL(call.url);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ];
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

/** A page of a list as an answer. */
export async function list<T>(call: Call, all: readonly T[], json: (item: T) => unknown): Promise<ApiAnswer> {
  const { items, headers } = paginate(call, all);
  return { status: 200, body: await Promise.all(items.map(json)), headers };
}
