import type { RunRow } from '../store/store.ts';
import { issueOfBranch } from '../text/branch.ts';
import type { PullSnapshot, Repo } from './event.ts';
import { type EventPorts, type Of, permission, refOf } from './event-ports.ts';

/** A native review of the commit that was delivered: an approval, or a rejection with its inline comments. */
export async function onReview(event: Of<'review-submitted'>, ports: EventPorts): Promise<void> {
  const { id, state, author, head, body } = event.review;
  if (state !== 'approved' && state !== 'changes_requested') return;
  const run = await runOfPull(event, ports);
  if (!run) return;
  const verb = state === 'approved' ? 'approve' : 'reject';
  const may = await permission(verb, author, '', ports.repository(refOf(event)));
  if (!may.allowed) return;
  // Inline comments come with the review that they were batched in: one rejection, not many.
  const inline =
    state === 'changes_requested'
      ? await ports.repository(refOf(event)).pullRequests.reviewComments(event.pull.number, id)
      : [];
  await ports.engine.see(run.id, {
    what: 'review',
    source: `review:${id}`,
    head,
    who: author.login,
    state: state === 'approved' ? 'approved' : 'changes-requested',
    text: [body, ...inline].filter(Boolean).join('\n'),
  });
}

/**
 * The live run whose pull request it is: our branches are called `auto-build/<issue>-…`. Its number is recorded with the
 * delivery, some seconds after it was opened; until then the branch tells, and that it is ours and no fork's.
 */
export async function runOfPull(
  { repo, pull }: { repo: Repo; pull: Pick<PullSnapshot, 'number' | 'author' | 'head'> },
  ports: EventPorts,
): Promise<RunRow | undefined> {
  const issue = issueOfBranch(pull.head.ref);
  const run = issue === undefined ? undefined : await ports.store.liveRun(repo.id, issue);
  if (!run || run.pullRequest !== undefined) return run?.pullRequest === pull.number ? run : undefined;
  const isOurs = pull.head.repoId === repo.id && pull.author.login === (await ports.self());
  return isOurs && run.branch === pull.head.ref ? run : undefined;
}
