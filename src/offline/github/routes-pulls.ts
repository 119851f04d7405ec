import { notFound, validationFailed } from './errors.ts';
import { changedFiles, diffText, readCommits, resolveCommit } from './git-read.ts';
import { editIssue, setIssueState } from './issue-actions.ts';
import { mergePullRequest } from './merge-actions.ts';
import type { MergeMethod } from './public-types.ts';
import { createPullRequest, type NewPullRequest, reopenPullRequest } from './pull-actions.ts';
import { pullDiffBase } from './pull-diff.ts';
import { created, list, ok, onRepository, pullOf, type RepoCall, type Routes } from './route.ts';
import { pullJson, pullSimpleJson } from './shapes-pulls.ts';
import { commitJson, fileJson } from './shapes-repository.ts';
import type { PullRequest } from './world.ts';
import { pullRequestsOf } from './world.ts';

function pullsAsked(call: RepoCall): PullRequest[] {
  const {
    state = 'open',
    head,
    base,
    sort = 'created',
    direction = sort === 'created' ? 'desc' : 'asc',
  } = call.query;
  const key = ({ updatedAt, createdAt }: PullRequest) =>
    (sort === 'updated' ? updatedAt : createdAt).getTime();
  const rising = pullRequestsOf(call.repo)
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => base === undefined || issue.pull.baseRef === base)
    // A head without its owner is no filter on GitHub.
    .filter(
      ({ pull }) =>
        !String(head ?? '').includes(':') ||
        head === `${(pull.fork?.owner ?? call.repo.owner).login}:${pull.headRef}`,
    )
    .sort((a, b) => key(a) - key(b) || a.number - b.number);
  return direction === 'asc' ? rising : rising.reverse();
}

interface PullPatch {
  title?: string;
  body?: string;
  state?: 'open' | 'closed';
  base?: string;
}

async function changeBase(call: RepoCall, issue: PullRequest, base: string): Promise<void> {
  const sha = await resolveCommit(call.host.git, call.repo.dir, `refs/heads/${base}`);
  if (!sha) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  issue.pull.baseRef = base;
  issue.pull.baseSha = sha;
}

async function merge(call: RepoCall) {
  const body = (call.body ?? {}) as {
    sha?: string;
    merge_method?: MergeMethod;
    commit_title?: string;
    commit_message?: string;
  };
  const sha = await mergePullRequest(call.host, call.repo, call.actor, pullOf(call), {
    method: body.merge_method ?? 'merge',
    sha: body.sha,
    title: body.commit_title,
    message: body.commit_message,
  });
  return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
}

export const pullRoutes: Routes = {
  'pulls/list': onRepository(['pull_requests:read'], (call) =>
    list(call, pullsAsked(call), (issue) => pullSimpleJson(call.host, call.repo, issue)),
  ),
  'pulls/create': onRepository(['pull_requests:write'], async (call) => {
    const { host, repo, actor } = call;
    const body = call.body as Partial<NewPullRequest> & Pick<NewPullRequest, 'head' | 'base'>;
    const { title = '', ...rest } = body;
    return created(
      await pullJson(host, repo, await createPullRequest(host, repo, actor, { ...rest, title })),
    );
  }),
  'pulls/get': onRepository(['pull_requests:read'], async (call) => {
    const { host, repo, accept } = call;
    const issue = pullOf(call);
    if (!/\bdiff\b/.test(accept)) return ok(await pullJson(host, repo, issue));
    const text = await diffText(
      host.git,
      repo.dir,
      await pullDiffBase(host, repo, issue),
      issue.pull.headSha,
    );
    return { status: 200, body: text, headers: { 'content-type': 'text/plain; charset=utf-8' } };
  }),
  'pulls/update': onRepository(['pull_requests:write'], async (call) => {
    const { host, repo, actor } = call;
    const issue = pullOf(call);
    const { title, body, state, base } = (call.body ?? {}) as PullPatch;
    if (base !== undefined) await changeBase(call, issue, base);
    await editIssue(host, repo, actor, issue, { title, body });
    if (state === 'closed') await setIssueState(host, repo, actor, issue, 'closed');
    if (state === 'open' && issue.state === 'closed') await reopenPullRequest(host, repo, actor, issue);
    return ok(await pullJson(host, repo, issue));
  }),
  'pulls/list-files': onRepository(['pull_requests:read'], async (call) => {
    const { host, repo } = call;
    const issue = pullOf(call);
    const { headSha } = issue.pull;
    const files = await changedFiles(host.git, repo.dir, await pullDiffBase(host, repo, issue), headSha);
    return list(call, files, (file) => fileJson(host, repo, headSha, file));
  }),
  'pulls/list-commits': onRepository(['pull_requests:read'], async (call) => {
    const { host, repo } = call;
    const issue = pullOf(call);
    const range = `${await pullDiffBase(host, repo, issue)}..${issue.pull.headSha}`;
    const commits = await readCommits(host.git, repo.dir, ['--reverse', range]);
    return list(call, commits, (commit) => commitJson(host, repo, commit));
  }),
  'pulls/merge': onRepository(['contents:write'], merge),
  'pulls/check-if-merged': onRepository(['pull_requests:read'], (call) => {
    if (!pullOf(call).pull.merged) throw notFound();
    return { status: 204 };
  }),
};
