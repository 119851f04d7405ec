import { ApiError, notFound } from './errors.ts';
import { addLabels, createIssue, editIssue, removeLabel, setIssueState } from './issue-actions.ts';
import { reopenPullRequest } from './pull-actions.ts';
import { createLabel, findLabel } from './repository-labels.ts';
import {
  created,
  issueOf,
  issueOrPullRead,
  issueOrPullWrite,
  list,
  ok,
  onRepository,
  type RepoCall,
  type Routes,
} from './route.ts';
import { issueEventJson, issueJson } from './shapes-issues.ts';
import { labelJson } from './shapes-repository.ts';
import { type Issue, isPullRequest } from './world.ts';

type LabelInput = string | { name: string };

function labelNames(input: readonly LabelInput[] | undefined): string[] {
  return (input ?? []).map((label) => (typeof label === 'string' ? label : label.name));
}

function issueLabels({ host, repo }: RepoCall, issue: Issue) {
  return issue.labels.map((label) => labelJson(host, repo, label));
}

function issuesAsked(call: RepoCall): Issue[] {
  const { state = 'open', labels, since, creator, sort = 'created', direction = 'desc' } = call.query;
  const wanted = labels === undefined ? [] : String(labels).toLowerCase().split(',');
  // GitHub's times are whole seconds; what happened within one is told apart by its number.
  const key = (issue: Issue) =>
    Math.floor((sort === 'updated' ? issue.updatedAt : issue.createdAt).getTime() / 1000);
  const rising = [...call.repo.issues.values()]
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) =>
      wanted.every((name) => issue.labels.some((label) => label.name.toLowerCase() === name)),
    )
    .filter((issue) => creator === undefined || issue.actor.account.login === creator)
    .filter((issue) => since === undefined || issue.updatedAt >= new Date(String(since)))
    .sort((a, b) => key(a) - key(b) || a.number - b.number);
  return direction === 'asc' ? rising : rising.reverse();
}

interface IssuePatch {
  title?: string | number | null;
  body?: string | null;
  state?: 'open' | 'closed';
  state_reason?: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  labels?: LabelInput[];
}

async function setLabels(call: RepoCall, issue: Issue, names: readonly string[]): Promise<void> {
  const keep = new Set(names.map((name) => name.toLowerCase()));
  for (const { name } of issue.labels) {
    if (!keep.has(name.toLowerCase())) await removeLabel(call.host, call.repo, call.actor, issue, name);
  }
  await addLabels(call.host, call.repo, call.actor, issue, names);
}

export const issueRoutes: Routes = {
  'issues/list-for-repo': onRepository(issueOrPullRead, (call) =>
    list(call, issuesAsked(call), (issue) => issueJson(call.host, call.repo, issue)),
  ),
  'issues/create': onRepository(['issues:write'], async (call) => {
    const { host, repo, actor } = call;
    const input = call.body as { title: string | number; body?: string; labels?: LabelInput[] };
    const { body } = input;
    const labels = labelNames(input.labels);
    const issue = await createIssue(host, repo, actor, { title: String(input.title), body, labels });
    return created(issueJson(host, repo, issue));
  }),
  'issues/get': onRepository(issueOrPullRead, (call) =>
    ok(issueJson(call.host, call.repo, issueOf(call, 'read'))),
  ),
  'issues/update': onRepository(issueOrPullWrite, async (call) => {
    const { host, repo, actor } = call;
    const issue = issueOf(call, 'write');
    const patch = (call.body ?? {}) as IssuePatch;
    const title = patch.title === undefined || patch.title === null ? undefined : String(patch.title);
    await editIssue(host, repo, actor, issue, { title, body: patch.body });
    if (patch.labels) await setLabels(call, issue, labelNames(patch.labels));
    if (patch.state === 'open' && issue.state === 'closed' && isPullRequest(issue)) {
      await reopenPullRequest(host, repo, actor, issue);
    } else if (patch.state) {
      const asked = patch.state_reason;
      const reason = asked === 'not_planned' || asked === 'duplicate' ? asked : 'completed';
      await setIssueState(host, repo, actor, issue, patch.state, reason);
    }
    return ok(issueJson(host, repo, issue));
  }),
  'issues/list-dependencies-blocked-by': onRepository(['issues:read'], (call) =>
    list(
      call,
      [...issueOf(call, 'read').blockedBy].flatMap((number) => call.repo.issues.get(number) ?? []),
      (issue) => issueJson(call.host, call.repo, issue),
    ),
  ),
  'issues/list-events': onRepository(issueOrPullRead, (call) =>
    list(call, issueOf(call, 'read').events, (event) => issueEventJson(call.host, call.repo, event)),
  ),
  'issues/list-labels-on-issue': onRepository(issueOrPullRead, (call) =>
    list(call, issueOf(call, 'read').labels, (label) => labelJson(call.host, call.repo, label)),
  ),
  'issues/add-labels': onRepository(issueOrPullWrite, async (call) => {
    const issue = issueOf(call, 'write');
    const names = labelNames((call.body as { labels?: LabelInput[] } | undefined)?.labels);
    await addLabels(call.host, call.repo, call.actor, issue, names);
    return ok(issueLabels(call, issue));
  }),
  'issues/set-labels': onRepository(issueOrPullWrite, async (call) => {
    const issue = issueOf(call, 'write');
    await setLabels(call, issue, labelNames((call.body as { labels?: LabelInput[] } | undefined)?.labels));
    return ok(issueLabels(call, issue));
  }),
  'issues/remove-label': onRepository(issueOrPullWrite, async (call) => {
    const issue = issueOf(call, 'write');
    const removed = await removeLabel(call.host, call.repo, call.actor, issue, call.params.name ?? '');
    if (!removed) throw new ApiError(404, 'Label does not exist');
    return ok(issueLabels(call, issue));
  }),
  'issues/list-labels-for-repo': onRepository(issueOrPullRead, (call) =>
    list(call, [...call.repo.labels.values()], (label) => labelJson(call.host, call.repo, label)),
  ),
  'issues/get-label': onRepository(issueOrPullRead, (call) => {
    const label = findLabel(call.repo, call.params.name ?? '');
    if (!label) throw notFound();
    return ok(labelJson(call.host, call.repo, label));
  }),
  'issues/create-label': onRepository(issueOrPullWrite, (call) => {
    const input = call.body as { name: string; color?: string; description?: string };
    return created(labelJson(call.host, call.repo, createLabel(call.host, call.repo, input)));
  }),
};
