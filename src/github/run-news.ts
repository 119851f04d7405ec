import type { Octokit } from '@octokit/rest';
import type { Place } from './door.ts';
import { classify, isMissing } from './github-error.ts';
import type { LiveRun, News, NewsAnswer } from './news.ts';

/** GitHub's name for accounts that are no more. */
export const somebody = { login: 'ghost', id: 10137, type: 'User' };

type OfRun = Pick<NewsAnswer, 'news' | 'gone'>;
const quiet: OfRun = { news: [], gone: [] };

function goneAs(issue: number, state: 'deleted' | 'transferred'): OfRun {
  return { ...quiet, gone: [{ issue, state }] };
}

/** How the issue and the pull request of a run that has not ended stand now. */
export async function newsOfRun(octokit: Octokit, place: Place, run: LiveRun, label: string): Promise<OfRun> {
  const ofIssue = await missingAs(goneAs(run.issue, 'deleted'), () => issueNews(octokit, place, run, label));
  const { pull } = run;
  if (!pull || ofIssue.gone.length > 0) return ofIssue;
  const ofPull = await missingAs([], () => pullNews(octokit, place, pull));
  return { ...ofIssue, news: [...ofIssue.news, ...ofPull] };
}

async function missingAs<T>(instead: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isMissing(classify(error, Date.now()))) return instead;
    throw error;
  }
}

async function issueNews(
  octokit: Octokit,
  place: Place,
  { issue: number, askedAt }: LiveRun,
  label: string,
): Promise<OfRun> {
  const { data: issue } = await octokit.rest.issues.get({ ...place, issue_number: number });
  // GitHub leads on to where it was moved.
  if (!issue.repository_url.toLowerCase().endsWith(`/${place.owner}/${place.repo}`.toLowerCase())) {
    return goneAs(number, 'transferred');
  }
  if (issue.state === 'closed') {
    const payload = { action: 'closed', issue, sender: issue.closed_by ?? somebody };
    return { ...quiet, news: [{ name: 'issues', payload }] };
  }
  const labels = issue.labels.map((each) => (typeof each === 'string' ? each : each.name));
  if (labels.includes(label)) return quiet;
  const taken = (await eventsOf(octokit, place, number)).findLast(
    (event) => event.event === 'unlabeled' && 'label' in event && event.label.name === label,
  );
  // A run that a comment started may never have had it.
  if (!taken?.actor || Date.parse(taken.created_at) < askedAt) return quiet;
  // The label is not on the issue any more, so its id is not told; nothing depends on it here.
  const payload = { action: 'unlabeled', issue, label: { id: 0, name: label }, sender: taken.actor };
  return { ...quiet, news: [{ name: 'issues', payload }] };
}

async function pullNews(
  octokit: Octokit,
  place: Place,
  { number, head }: NonNullable<LiveRun['pull']>,
): Promise<News[]> {
  const { data: pull } = await octokit.rest.pulls.get({ ...place, pull_number: number });
  const common = { pull_request: pull };
  if (pull.state === 'closed') {
    const closed = (await eventsOf(octokit, place, number)).findLast(({ event }) => event === 'closed');
    const payload = { ...common, action: 'closed', sender: pull.merged_by ?? closed?.actor ?? somebody };
    return [{ name: 'pull_request', payload }];
  }
  const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, {
    ...place,
    pull_number: number,
    per_page: 100,
  });
  const moved: News = {
    name: 'pull_request',
    // Who pushed is not told; a head of our own making changes nothing, whoever it is said to be of.
    payload: { ...common, action: 'synchronize', sender: somebody },
  };
  return [
    ...(pull.head.sha === head ? [] : [moved]),
    ...reviews
      .filter((review) => review.user && review.commit_id === head)
      .map((review) => ({
        name: 'pull_request_review',
        payload: { ...common, action: 'submitted', review, sender: review.user },
      })),
  ];
}

/** Everything that GitHub recorded of an issue or pull request, oldest first. */
export function eventsOf(octokit: Octokit, place: Place, number: number) {
  return octokit.paginate(octokit.rest.issues.listEvents, { ...place, issue_number: number, per_page: 100 });
}
