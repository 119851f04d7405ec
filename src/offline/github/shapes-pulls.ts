import { aheadBehind, changedFiles } from './git-read.ts';
import type { Host } from './host.ts';
import { mergeability } from './mergeability.ts';
import { pullDiffBase } from './pull-diff.ts';
import {
  authorAssociation,
  dateText,
  dateTextOrNull,
  type Json,
  nodeId,
  userJson,
  userOrNull,
} from './shapes-accounts.ts';
import { issueHtml, pullLinks } from './shapes-issues.ts';
import { forkJson, labelJson, repoApi, repositoryJson } from './shapes-repository.ts';
import type { Fork, PullRequest, Repository } from './world.ts';

/** JSON of pull requests, with what git says about them. */

/** A pull request as lists show it. */
export function pullSimpleJson(host: Host, repo: Repository, issue: PullRequest): Json {
  const { pull } = issue;
  const api = `${repoApi(host, repo)}/pulls/${issue.number}`;
  const issueApi = `${repoApi(host, repo)}/issues/${issue.number}`;
  const links = pullLinks(host, repo, issue);
  const side = (ref: string, sha: string, fork: Fork | null) => ({
    label: `${(fork?.owner ?? repo.owner).login}:${ref}`,
    ref,
    sha,
    user: userJson(host, fork?.owner ?? repo.owner),
    repo: fork ? forkJson(host, repo, fork) : repositoryJson(host, repo),
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
    head: side(pull.headRef, pull.headSha, pull.fork),
    base: side(pull.baseRef, pull.baseSha, null),
    draft: pull.draft,
    author_association: authorAssociation(repo, issue.actor.account),
    auto_merge: pull.autoMerge && {
      enabled_by: userJson(host, pull.autoMerge.enabledBy.account),
      merge_method: pull.autoMerge.method,
      commit_title: pull.autoMerge.title ?? '',
      commit_message: pull.autoMerge.message ?? '',
    },
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
    comments: issue.comments.length,
    review_comments: pull.reviewComments.length,
    maintainer_can_modify: false,
    commits: ahead,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}
