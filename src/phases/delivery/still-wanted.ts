import { isMissing } from '../../github/github-error.ts';
import type { Issue } from '../../github/types.ts';
import type { Seen } from '../../run/facts.ts';
import type { PhaseContext } from '../phase.ts';

type Context = Pick<PhaseContext<'delivery'>, 'github' | 'run' | 'policy'>;

/**
 * What became of the issue, where that ends the run. Asked before anything is pushed or merged: the event that would
 * have told of it may be lost, or on its way.
 */
export async function issueGone({ github, run, policy }: Context): Promise<Seen | undefined> {
  let issue: Issue;
  try {
    issue = await github.issue(run.issue);
  } catch (error) {
    if (isMissing(error)) return { what: 'issue', state: 'deleted' };
    throw error;
  }
  if (!issue.url.toLowerCase().includes(`/${run.owner}/${run.repo}/`.toLowerCase())) {
    return { what: 'issue', state: 'transferred' };
  }
  if (issue.state === 'closed') return { what: 'issue', state: 'closed' };
  return run.byLabel && !issue.labels.includes(policy.label)
    ? { what: 'issue', state: 'unlabeled' }
    : undefined;
}

/** What became of the pull request, where that speaks against merging the commit that was scored. */
export async function pullMoved(
  { github }: Context,
  { number, head }: { number: number; head: string },
): Promise<Seen | undefined> {
  const pull = await github.pullRequests.get(number);
  const now = { what: 'pull-request' as const, number, head: pull.head.sha };
  if (pull.state !== 'open') return { ...now, state: pull.state };
  return pull.head.sha === head ? undefined : { ...now, state: 'foreign-commit' };
}
