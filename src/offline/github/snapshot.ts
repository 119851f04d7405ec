import { changedFiles, diffText, listTree, readCommits, readRefs } from './git-read.ts';
import type { Host } from './host.ts';
import { mergeability } from './mergeability.ts';
import { pullDiffBase } from './pull-diff.ts';
import { issueHtml } from './shapes-issues.ts';
import type {
  CheckRunSnapshot,
  CommentSnapshot,
  FileSnapshot,
  IssueSnapshot,
  PullSnapshot,
  ReactionsSnapshot,
  RepositorySnapshot,
  Snapshot,
  TimelineSnapshot,
  UserSnapshot,
} from './snapshot-types.ts';
import type {
  Account,
  CheckRun,
  Comment,
  Issue,
  IssueEvent,
  PullRequest,
  Reaction,
  Repository,
} from './world.ts';
import { pullRequestsOf } from './world.ts';

/** Reads the whole world as plain data; changes nothing. */
export async function snapshotOf(host: Host): Promise<Snapshot> {
  const repositories = [...host.world.repositories.values()];
  return {
    url: host.url,
    at: host.clock().toISOString(),
    repositories: await Promise.all(repositories.map((repo) => repositorySnapshot(host, repo))),
  };
}

async function repositorySnapshot(host: Host, repo: Repository): Promise<RepositorySnapshot> {
  const heads = [...(await readRefs(host.git, repo.dir))].filter(([ref]) => ref.startsWith('refs/heads/'));
  const branches = Object.fromEntries(heads.map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha]));
  const headSha = branches[repo.defaultBranch] ?? '';
  const files = headSha === '' ? [] : await listTree(host.git, repo.dir, headSha, true);
  return {
    owner: repo.owner.login,
    name: repo.name,
    defaultBranch: repo.defaultBranch,
    headSha,
    branches,
    files: files.map((entry) => entry.path),
    collaborators: Object.fromEntries(repo.roles),
    labels: [...repo.labels.values()].map(({ name, color }) => ({ name, color })),
    issues: [...repo.issues.values()].filter((one) => !one.pull).map((one) => issueSnapshot(host, repo, one)),
    pulls: await Promise.all(pullRequestsOf(repo).map((one) => pullSnapshot(host, repo, one))),
  };
}

function user({ login, type }: Account): UserSnapshot {
  return { login, type };
}

function reactions(all: readonly Reaction[]): ReactionsSnapshot {
  const byContent = Map.groupBy(all, (reaction) => reaction.content);
  return Object.fromEntries(
    [...byContent].map(([content, ones]) => [content, ones.map((one) => one.user.login)]),
  );
}

function comment(one: Comment): CommentSnapshot {
  return {
    id: one.id,
    user: user(one.actor.account),
    body: one.body,
    createdAt: one.createdAt.toISOString(),
    updatedAt: one.updatedAt.toISOString(),
    reactions: reactions(one.reactions),
  };
}

function timeline(event: IssueEvent): TimelineSnapshot {
  return {
    event: event.event,
    actor: user(event.actor.account),
    at: event.createdAt.toISOString(),
    detail: event.label?.name ?? event.rename?.to ?? event.commitId ?? event.reviewer?.login ?? null,
  };
}

function issueSnapshot(host: Host, repo: Repository, issue: Issue): IssueSnapshot {
  return {
    number: issue.number,
    url: issueHtml(host, repo, issue),
    title: issue.title,
    body: issue.body,
    user: user(issue.actor.account),
    state: issue.state,
    stateReason: issue.stateReason,
    labels: issue.labels.map(({ name, color }) => ({ name, color })),
    createdAt: issue.createdAt.toISOString(),
    updatedAt: issue.updatedAt.toISOString(),
    closedAt: issue.closedAt?.toISOString() ?? null,
    reactions: reactions(issue.reactions),
    comments: issue.comments.map(comment),
    timeline: issue.events.map(timeline),
  };
}

function check(run: CheckRun): CheckRunSnapshot {
  return {
    id: run.id,
    name: run.name,
    headSha: run.headSha,
    externalId: run.externalId,
    status: run.status,
    conclusion: run.conclusion,
    startedAt: run.startedAt.toISOString(),
    completedAt: run.completedAt?.toISOString() ?? null,
    detailsUrl: run.detailsUrl,
    ...run.output,
    annotations: run.annotations.map((one) => ({
      path: one.path,
      startLine: one.start_line,
      endLine: one.end_line,
      level: one.annotation_level,
      message: one.message,
      title: one.title ?? null,
    })),
  };
}

async function pullSnapshot(host: Host, repo: Repository, issue: PullRequest): Promise<PullSnapshot> {
  const { pull } = issue;
  const base = await pullDiffBase(host, repo, issue);
  const files = await changedFiles(host.git, repo.dir, base, pull.headSha);
  const commits = await readCommits(host.git, repo.dir, ['--reverse', `${base}..${pull.headSha}`]);
  return {
    ...issueSnapshot(host, repo, issue),
    draft: pull.draft,
    merged: pull.merged,
    mergedAt: pull.mergedAt?.toISOString() ?? null,
    mergedBy: pull.mergedBy?.login ?? null,
    mergeCommitSha: pull.mergeCommitSha,
    head: { ref: pull.headRef, sha: pull.headSha },
    base: { ref: pull.baseRef, sha: pull.baseSha },
    mergeableState: (await mergeability(host, repo, issue)).state,
    requestedReviewers: pull.requestedReviewers.map(({ login }) => login),
    commits: commits.map(({ sha, message, author }) => ({
      sha,
      message,
      author: author.name,
      at: author.date,
    })),
    files: files.map(
      ({ path, previousPath, status, additions, deletions, patch }): FileSnapshot => ({
        path,
        previousPath,
        status,
        additions,
        deletions,
        patch,
      }),
    ),
    diff: await diffText(host.git, repo.dir, base, pull.headSha),
    checks: [...repo.checkRuns.values()].filter((run) => run.headSha === pull.headSha).map(check),
  };
}
