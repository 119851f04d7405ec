import type { Octokit } from '@octokit/rest';
import type { Permissions } from './access.ts';
import { isCommand } from './command-comments.ts';
import type { Door, Place } from './door.ts';
import { eventsOf, newsOfRun, somebody } from './run-news.ts';

/** What a webhook would have said, told by asking. */
export interface News {
  /** Name of the webhook event. */
  name: string;
  payload: Record<string, unknown> & { action: string };
}

export interface NewsRequest {
  installationId: number;
  defaultBranch: string;
  /** Labels and comments from before are not told, milliseconds since the epoch. */
  since: number;
  /** The label that starts runs. */
  label: string;
  /** Runs that have not ended: how their issues and pull requests stand now is told, whenever that came about. */
  live: readonly LiveRun[];
  /** `versions` of the last answer that was dealt with: lists that are still the same bring nothing. */
  versions: Versions;
}

export interface LiveRun {
  issue: number;
  /** When it was asked for, by GitHub's clock: what happened before is not about this run. */
  askedAt: number;
  /** What was delivered, with the commit that the run believes to be its head. */
  pull: { number: number; head: string } | undefined;
}

export interface NewsAnswer {
  news: News[];
  /** Issues of live runs that are no more where they were. */
  gone: { issue: number; state: 'deleted' | 'transferred' }[];
  /** Issues whose text is not what it was when the label was put on: nobody asked for what it says now. */
  changed: { issue: number; at: number; by: { login: string; type: string }; author: string }[];
  versions: Versions;
}

/** ETags by list: GitHub answers 304 to them, which costs nothing of the hourly limit. */
export type Versions = Readonly<Record<string, string>>;

const reading = { issues: 'read', pull_requests: 'read', metadata: 'read' } as const satisfies Permissions;

/**
 * What was missed, or is not sent here at all: new labels and commands, and what became of the issues and pull requests
 * of runs. Checks and branches are looked at by whoever waits for them. A quiet repository costs two conditional
 * requests, a live run one or, with a pull request, three. Throws GitHubError.
 */
export async function newsOf({ read, place }: Door, request: NewsRequest, id: number): Promise<NewsAnswer> {
  const repository = {
    id,
    name: place.repo,
    owner: { login: place.owner },
    default_branch: request.defaultBranch,
  };
  const common = { repository, installation: { id: request.installationId } };
  return read(reading, async (octokit) => {
    const labeled = await labelings(octokit, place, request);
    const commanded = await commands(octokit, place, request);
    const runs = await Promise.all(request.live.map((run) => newsOfRun(octokit, place, run, request.label)));
    const news = [...labeled.news, ...commanded.news, ...runs.flatMap((run) => run.news)];
    return {
      news: news.map(({ name, payload }) => ({ name, payload: { ...payload, ...common } })),
      gone: runs.flatMap((run) => run.gone),
      changed: labeled.changed,
      versions: { ...request.versions, ...labeled.versions, ...commanded.versions },
    };
  });
}

interface Page<T> {
  data: T[];
  headers: { etag?: string | undefined };
}

/** A list, newest first, up to what is older than asked for; undefined while it is the same as last time. */
async function newest<T>(
  page: (page: number, headers: Record<string, string>) => Promise<Page<T>>,
  { version, isNew }: { version: string | undefined; isNew(item: T): boolean },
): Promise<{ items: T[]; version: string | undefined } | undefined> {
  const first = await page(1, version === undefined ? {} : { 'if-none-match': version }).catch(
    (error: unknown) => {
      if ((error as { status?: unknown }).status === 304) return undefined;
      throw error;
    },
  );
  if (!first) return undefined;
  const items = first.data.filter(isNew);
  for (let at = 1, { data } = first; data.length === perPage && data.every(isNew); ) {
    at += 1;
    data = (await page(at, {})).data;
    items.push(...data.filter(isNew));
  }
  return { items, version: first.headers.etag };
}

const perPage = 50;

function versioned(list: string, version: string | undefined): Versions {
  return version === undefined ? {} : { [list]: version };
}

async function labelings(octokit: Octokit, place: Place, { since, label, versions }: NewsRequest) {
  const list = `labeled ${label}`;
  const found = await newest(
    (page, headers) =>
      octokit.rest.issues.listForRepo({
        ...place,
        labels: label,
        state: 'open',
        sort: 'updated',
        per_page: perPage,
        page,
        headers,
      }),
    { version: versions[list], isNew: ({ updated_at: at }) => Date.parse(at) >= since },
  );
  const news: News[] = [];
  const changed: NewsAnswer['changed'] = [];
  for (const issue of found?.items ?? []) {
    if (issue.pull_request) continue;
    const history = await eventsOf(octokit, place, issue.number);
    const last = history.findLast(
      (event) => event.event === 'labeled' && 'label' in event && event.label.name === label,
    );
    const full = issue.labels.find((each) => typeof each !== 'string' && each.name === label);
    // Put on before: that was acted on, or came before anybody asked for it here.
    if (!last?.actor || !full || Date.parse(last.created_at) < since) continue;
    const renamed = history.slice(history.indexOf(last)).some(({ event }) => event === 'renamed');
    if (renamed || (await isEditedAfter(octokit, place, issue.number, last.created_at))) {
      const by = { login: last.actor.login, type: last.actor.type };
      const author = issue.user?.login ?? somebody.login;
      changed.push({ issue: issue.number, at: Date.parse(last.created_at), by, author });
      continue;
    }
    // As in the webhook: the issue as it was with the label.
    const then = { ...issue, updated_at: last.created_at };
    news.push({
      name: 'issues',
      payload: { action: 'labeled', issue: then, label: full, sender: last.actor },
    });
  }
  return { news, changed, versions: versioned(list, found?.version) };
}

/** Only GraphQL tells when a text was edited; titles have events. */
async function isEditedAfter(octokit: Octokit, { owner, repo }: Place, number: number, at: string) {
  const { repository } = await octokit.graphql<{
    repository: { issue: { lastEditedAt: string | null } | null } | null;
  }>(
    'query ($owner: String!, $repo: String!, $number: Int!) { repository(owner: $owner, name: $repo) { issue(number: $number) { lastEditedAt } } }',
    { owner, repo, number },
  );
  const edited = repository?.issue?.lastEditedAt;
  // GitHub counts in seconds: within one, which of the two came first is not known.
  return typeof edited === 'string' && Date.parse(edited) >= Date.parse(at);
}

/** GitHub counts in seconds. */
function secondAfter(at: string): string {
  return new Date(Date.parse(at) + 1_000).toISOString();
}

/** New commands. Their issue is told as it is now: whether that is what they were written for is not known here. */
async function commands(octokit: Octokit, place: Place, { since, versions }: NewsRequest) {
  const list = 'comments';
  const found = await newest(
    (page, headers) =>
      octokit.rest.issues.listCommentsForRepo({
        ...place,
        sort: 'created',
        direction: 'desc',
        per_page: perPage,
        page,
        headers,
      }),
    { version: versions[list], isNew: ({ created_at: at }) => Date.parse(at) >= since },
  );
  const news: News[] = [];
  const issues = new Map<number, object>();
  for (const comment of (found?.items ?? []).toReversed()) {
    const number = Number(/\/(?:issues|pull)\/(\d+)#/.exec(comment.html_url)?.[1]);
    if (Number.isNaN(number) || !isCommand(comment)) continue;
    if (!issues.has(number)) {
      issues.set(number, (await octokit.rest.issues.get({ ...place, issue_number: number })).data);
    }
    // Not as it was with the comment: whoever builds it asks whether it was changed since.
    const now = { ...issues.get(number), updated_at: secondAfter(comment.created_at) };
    const payload = { action: 'created', issue: now, comment, sender: comment.user };
    news.push({ name: 'issue_comment', payload });
  }
  return { news, versions: versioned(list, found?.version) };
}
