import { aheadBehind, changedFiles, mergeBase, resolveCommit } from './git-read.ts';
import { mergeTree } from './git-write.ts';
import type { Host } from './host.ts';
import {
  appJson,
  authorAssociation,
  dateText,
  dateTextOrNull,
  type Json,
  nodeId,
  userJson,
  userOrNull,
} from './shapes-accounts.ts';
import { issueHtml, pullLinks } from './shapes-issues.ts';
import {
  checkSuiteId,
  labelJson,
  minimalPulls,
  repoApi,
  repoHtml,
  repositoryJson,
} from './shapes-repository.ts';
import type { CheckRun, PullRequest, Repository } from './world.ts';
import { commentsOf } from './world.ts';

/** JSON of pull requests and check runs, with what git says about them. */

/** A pull request as lists show it. */
export function pullSimpleJson(host: Host, repo: Repository, issue: PullRequest): Json {
  const { pull } = issue;
  const api = `${repoApi(host, repo)}/pulls/${issue.number}`;
  const issueApi = `${repoApi(host, repo)}/issues/${issue.number}`;
  const links = pullLinks(host, repo, issue);
  const side = (ref: string, sha: string) => ({
    label: `${repo.owner.login}:${ref}`,
    ref,
    sha,
    user: userJson(host, repo.owner),
    repo: repositoryJson(host, repo),
  });
  const link = (href: string) => ({ href });
  const statuses = `${repoApi(host, repo)}/statuses/${pull.headSha}`;
  return {
    ...links,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    issue_url: issueApi,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: `${repoApi(host, repo)}/pulls/comments{/number}`,
    comments_url: `${issueApi}/comments`,
    statuses_url: statuses,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    body: issue.body,
    user: userJson(host, issue.actor.account),
    labels: issue.labels.map((label) => ({
      ...labelJson(host, repo, label),
      description: label.description ?? '',
    })),
    milestone: null,
    created_at: dateText(issue.createdAt),
    updated_at: dateText(issue.updatedAt),
    closed_at: dateTextOrNull(issue.closedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.requestedReviewers.map((account) => userJson(host, account)),
    requested_teams: [],
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.baseSha),
    draft: pull.draft,
    author_association: authorAssociation(repo, issue.actor.account),
    auto_merge: null,
    active_lock_reason: null,
    _links: {
      self: link(api),
      html: link(issueHtml(host, repo, issue)),
      issue: link(issueApi),
      comments: link(`${issueApi}/comments`),
      review_comments: link(`${api}/comments`),
      review_comment: link(`${repoApi(host, repo)}/pulls/comments{/number}`),
      commits: link(`${api}/commits`),
      statuses: link(statuses),
    },
  };
}

interface Mergeability {
  readonly mergeable: boolean | null;
  readonly state: 'clean' | 'unstable' | 'draft' | 'dirty' | 'unknown';
}

/** Merged for real by git; `unstable` when a check on the head is pending or red. */
export async function mergeability(host: Host, repo: Repository, issue: PullRequest): Promise<Mergeability> {
  if (issue.state === 'closed') return { mergeable: null, state: 'unknown' };
  const { pull } = issue;
  const base = (await resolveCommit(host.git, repo.dir, `refs/heads/${pull.baseRef}`)) ?? pull.baseSha;
  const tree = await mergeTree(host.git, repo.dir, base, pull.headSha);
  if (tree === undefined) return { mergeable: false, state: 'dirty' };
  if (pull.draft) return { mergeable: true, state: 'draft' };
  const checks = latestChecks([...repo.checkRuns.values()].filter((run) => run.headSha === pull.headSha));
  const green = checks.every((run) => ['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''));
  return { mergeable: true, state: green ? 'clean' : 'unstable' };
}

/** Of check runs with the same name only the newest counts. */
export function latestChecks(checks: readonly CheckRun[]): CheckRun[] {
  return [...new Map(checks.map((check) => [check.name, check])).values()];
}

/** A pull request as GET shows it, with what git says about it. */
export async function pullJson(host: Host, repo: Repository, issue: PullRequest): Promise<Json> {
  const { pull } = issue;
  const base = await pullDiffBase(host, repo, issue);
  const files = await changedFiles(host.git, repo.dir, base, pull.headSha);
  const { mergeable, state } = await mergeability(host, repo, issue);
  const { ahead } = await aheadBehind(host.git, repo.dir, base, pull.headSha);
  return {
    ...pullSimpleJson(host, repo, issue),
    merged: pull.merged,
    merged_by: userOrNull(host, pull.mergedBy),
    mergeable,
    mergeable_state: state,
    rebaseable: mergeable,
    comments: commentsOf(repo, issue).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: ahead,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

/** Where the diff of a pull request starts: the merge base, which a merge would otherwise move to the head. */
export async function pullDiffBase(host: Host, repo: Repository, issue: PullRequest): Promise<string> {
  const { pull } = issue;
  return (await mergeBase(host.git, repo.dir, pull.baseSha, pull.headSha)) ?? pull.baseSha;
}

export function checkRunJson(host: Host, repo: Repository, check: CheckRun): Json {
  const url = `${repoApi(host, repo)}/check-runs/${check.id}`;
  const html = `${repoHtml(host, repo)}/runs/${check.id}`;
  return {
    id: check.id,
    node_id: nodeId('CR', check.id),
    name: check.name,
    head_sha: check.headSha,
    external_id: check.externalId ?? '',
    url,
    html_url: html,
    details_url: check.detailsUrl ?? html,
    status: check.status,
    conclusion: check.conclusion,
    started_at: dateText(check.startedAt),
    completed_at: dateTextOrNull(check.completedAt),
    output: {
      ...check.output,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: checkSuiteId(check) },
    app: appJson(host),
    pull_requests: minimalPulls(host, repo, check.headSha),
  };
}
