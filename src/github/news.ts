import type { Octokit } from '@octokit/rest';
import type { Door, Permissions } from './access.ts';
import { isMissing } from './github-error.ts';

/** What a webhook would have said, told by asking. */
export interface News {
  /** The same for the same event, whenever and however often it is asked for. */
  id: string;
  /** Name of the webhook event. */
  name: string;
  payload: Record<string, unknown> & { action: string };
}

export interface NewsRequest {
  installationId: number;
  /** Nothing that happened before, milliseconds since the epoch. */
  since: number;
  /** The label that starts runs. */
  label: string;
  /** Runs that have not ended: what happens to their issues and pull requests matters. */
  live: readonly { issue: number; pullRequest: number | undefined }[];
}

const reading: Permissions = { issues: 'read', pull_requests: 'read', metadata: 'read' };

/**
 * For installations that webhooks cannot reach: new labels and comments, and what became of issues and pull requests
 * that runs wait for. Checks and branches are looked at by whoever waits for them. Throws GitHubError.
 */
export async function newsOf({ call, place }: Door, request: NewsRequest): Promise<News[]> {
  const { data: repository } = await call({ metadata: 'read' }, (octokit) => octokit.rest.repos.get(place));
  const common = { repository, installation: { id: request.installationId } };
  const found = await call(reading, async (octokit) => [
    ...(await labelings(octokit, place, request)),
    ...(await comments(octokit, place, request.since)),
    ...(await Promise.all(request.live.map((run) => ofRun(octokit, place, run, request)))).flat(),
  ]);
  return found.map(({ id, name, payload }) => ({ id, name, payload: { ...payload, ...common } }));
}

type Place = Door['place'];

/** GitHub's name for accounts that are no more. */
const somebody = { login: 'ghost', id: 10137, type: 'User' };

async function labelings(octokit: Octokit, place: Place, { since, label }: NewsRequest): Promise<News[]> {
  const issues = await octokit.paginate(octokit.rest.issues.listForRepo, {
    ...place,
    labels: label,
    state: 'open',
    since: new Date(since).toISOString(),
    per_page: 100,
  });
  const news: News[] = [];
  for (const issue of issues) {
    if (issue.pull_request) continue;
    const last = (await events(octokit, place, issue.number)).findLast(
      (event) => event.event === 'labeled' && 'label' in event && event.label.name === label,
    );
    const full = issue.labels.find((each) => typeof each !== 'string' && each.name === label);
    // Put on before: that was acted on, or came before anybody asked for it here.
    if (!last?.actor || !full || Date.parse(last.created_at) < since) continue;
    const payload = { action: 'labeled', issue, label: full, sender: last.actor };
    news.push({ id: `polled-labeled-${last.id}`, name: 'issues', payload });
  }
  return news;
}

async function comments(octokit: Octokit, place: Place, since: number): Promise<News[]> {
  const changed = await octokit.paginate(octokit.rest.issues.listCommentsForRepo, {
    ...place,
    sort: 'updated',
    direction: 'asc',
    since: new Date(since).toISOString(),
    per_page: 100,
  });
  const news: News[] = [];
  const issues = new Map<number, unknown>();
  for (const comment of changed) {
    const number = Number(/\/(?:issues|pull)\/(\d+)#/.exec(comment.html_url)?.[1]);
    // An edit is no new comment, and GitHub keeps those of deleted accounts under nobody.
    if (Number.isNaN(number) || !comment.user || Date.parse(comment.created_at) < since) continue;
    if (!issues.has(number)) {
      issues.set(number, (await octokit.rest.issues.get({ ...place, issue_number: number })).data);
    }
    const payload = { action: 'created', issue: issues.get(number), comment, sender: comment.user };
    news.push({ id: `polled-comment-${comment.id}`, name: 'issue_comment', payload });
  }
  return news;
}

async function ofRun(
  octokit: Octokit,
  place: Place,
  run: NewsRequest['live'][number],
  { since, label }: NewsRequest,
): Promise<News[]> {
  try {
    const ofIssue = await issueNews(octokit, place, run.issue, label);
    return run.pullRequest === undefined
      ? ofIssue
      : [...ofIssue, ...(await pullNews(octokit, place, run.pullRequest, since))];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function issueNews(octokit: Octokit, place: Place, number: number, label: string): Promise<News[]> {
  const { data: issue } = await octokit.rest.issues.get({ ...place, issue_number: number });
  const history = await events(octokit, place, number);
  const lastOf = (kind: string) => history.findLast(({ event, actor }) => event === kind && actor);
  if (issue.state === 'closed') {
    const closed = lastOf('closed');
    const payload = { action: 'closed', issue, sender: closed?.actor };
    return closed ? [{ id: `polled-closed-${closed.id}`, name: 'issues', payload }] : [];
  }
  const labels = issue.labels.map((each) => (typeof each === 'string' ? each : each.name));
  const taken = history.findLast(
    (event) => event.event === 'unlabeled' && 'label' in event && event.label.name === label && event.actor,
  );
  if (labels.includes(label) || !taken) return [];
  // The label is not on the issue any more, so its id is not told; nothing depends on it here.
  const payload = { action: 'unlabeled', issue, label: { id: 0, name: label }, sender: taken.actor };
  return [{ id: `polled-unlabeled-${taken.id}`, name: 'issues', payload }];
}

async function pullNews(octokit: Octokit, place: Place, number: number, since: number): Promise<News[]> {
  const { data: pull } = await octokit.rest.pulls.get({ ...place, pull_number: number });
  const common = { pull_request: pull };
  if (pull.state === 'closed') {
    const closed = (await events(octokit, place, number)).findLast(({ event }) => event === 'closed');
    const payload = { ...common, action: 'closed', sender: closed?.actor ?? somebody };
    return [{ id: `polled-pull-closed-${pull.id}-${pull.closed_at}`, name: 'pull_request', payload }];
  }
  const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, {
    ...place,
    pull_number: number,
    per_page: 100,
  });
  const fresh = reviews.filter(
    ({ submitted_at: at, user }) => user && at !== undefined && Date.parse(at) >= since,
  );
  return [
    {
      id: `polled-pull-${pull.id}-${pull.head.sha}`,
      name: 'pull_request',
      // Who pushed is not told; a head of our own making changes nothing, whoever it is said to be of.
      payload: { ...common, action: 'synchronize', sender: somebody },
    },
    ...fresh.map((review) => ({
      id: `polled-review-${review.id}`,
      name: 'pull_request_review',
      payload: { ...common, action: 'submitted', review, sender: review.user },
    })),
  ];
}

function events(octokit: Octokit, place: Place, number: number) {
  return octokit.paginate(octokit.rest.issues.listEvents, { ...place, issue_number: number, per_page: 100 });
}
