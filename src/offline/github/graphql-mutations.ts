import { authorize, type Caller } from './auth.ts';
import { commitOnBranch } from './branch-actions.ts';
import { ApiError } from './errors.ts';
import { readCommit, resolveCommit } from './git-read.ts';
import type { Host } from './host.ts';
import { enqueue } from './merge-queue.ts';
import { mergeability } from './mergeability.ts';
import type { FileChanges, MergeMethod } from './person-types.ts';
import { setDraft } from './pull-actions.ts';
import { unmetRules } from './rule-verdict.ts';
import { enableAutoMerge } from './settle.ts';
import { nodeId } from './shapes-accounts.ts';
import { issueHtml } from './shapes-issues.ts';
import { repoHtml } from './shapes-repository.ts';
import type { Actor, PullRequest, Repository } from './world.ts';
import { pullRequestsOf } from './world.ts';
import { rulesOf } from './world-rules.ts';

/** A refusal as GraphQL says it: an entry of `errors`. */
export class GraphQlError extends Error {
  readonly type: string;

  constructor(type: 'NOT_FOUND' | 'FORBIDDEN' | 'UNPROCESSABLE' | 'STALE_DATA', message: string) {
    super(message);
    this.type = type;
  }
}

type Input = Readonly<Record<string, unknown>>;
type Mutation = (host: Host, caller: Caller, input: Input) => Promise<Record<string, unknown>>;

interface Target {
  readonly repo: Repository;
  readonly issue: PullRequest;
  readonly actor: Actor;
}

/** The pull request that a mutation names, for a caller with both permissions that these mutations need. */
function targetOf(host: Host, caller: Caller, id: unknown): Target {
  for (const repo of host.world.repositories.values()) {
    const issue = pullRequestsOf(repo).find(({ pull }) => nodeId('PR', pull.id) === id);
    if (!issue) continue;
    authorize(caller, host, repo, ['pull_requests:write']);
    return { repo, issue, actor: authorize(caller, host, repo, ['contents:write']) };
  }
  throw new GraphQlError('NOT_FOUND', `Could not resolve to a node with the global id of '${String(id)}'.`);
}

const draftTo =
  (draft: boolean): Mutation =>
  async (host, caller, input) => {
    const { repo, issue, actor } = targetOf(host, caller, input.pullRequestId);
    if (issue.state === 'closed') throw new GraphQlError('UNPROCESSABLE', 'Pull request is closed');
    await setDraft(host, repo, actor, issue, draft);
    return { pullRequest: await pullData(host, repo, issue) };
  };

function demandHead(issue: PullRequest, input: Input): void {
  if (typeof input.expectedHeadOid !== 'string' || input.expectedHeadOid === issue.pull.headSha) return;
  throw new GraphQlError('UNPROCESSABLE', 'Head sha is not what was expected');
}

async function enableAuto(host: Host, caller: Caller, input: Input) {
  const { repo, issue, actor } = targetOf(host, caller, input.pullRequestId);
  const refuse = (why: string) => new GraphQlError('UNPROCESSABLE', `Pull request ${why}`);
  if (!repo.allowAutoMerge) throw refuse('Auto merge is not allowed for this repository');
  if (!rulesOf(repo, issue.pull.baseRef)) {
    throw refuse('Protected branch rules not configured for this branch');
  }
  demandHead(issue, input);
  const { state } = await mergeability(host, repo, issue);
  if (!['blocked', 'behind'].includes(state)) throw refuse(`Pull request is in ${state} status`);
  await enableAutoMerge(host, repo, issue, {
    enabledBy: actor,
    method: String(input.mergeMethod ?? 'MERGE').toLowerCase() as MergeMethod,
    title: textOrNull(input.commitHeadline),
    message: textOrNull(input.commitBody),
  });
  return { actor: { login: actor.account.login }, pullRequest: await pullData(host, repo, issue) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

async function enqueuePull(host: Host, caller: Caller, input: Input) {
  const { repo, issue, actor } = targetOf(host, caller, input.pullRequestId);
  if (!rulesOf(repo, issue.pull.baseRef)?.mergeQueue) {
    throw new GraphQlError('UNPROCESSABLE', `The branch ${issue.pull.baseRef} has no merge queue`);
  }
  demandHead(issue, input);
  if (issue.state === 'closed' || issue.pull.draft) {
    throw new GraphQlError('UNPROCESSABLE', 'Pull request is not mergeable');
  }
  const unmet = await unmetRules(host, repo, issue);
  if (unmet.length > 0) throw new GraphQlError('UNPROCESSABLE', unmet.join(' '));
  if (issue.pull.queued) throw new GraphQlError('UNPROCESSABLE', 'Pull request is already in the queue');
  const group = await enqueue(host, repo, actor, issue);
  if (!group) throw new GraphQlError('UNPROCESSABLE', 'Pull request is not mergeable');
  return { mergeQueueEntry: queueEntryData(host, repo, issue, group.headSha) };
}

interface CommitInput {
  readonly branch: { repositoryNameWithOwner?: string; branchName?: string };
  readonly message: { headline: string; body?: string | null };
  readonly expectedHeadOid: string;
  readonly fileChanges?: {
    additions?: readonly { path: string; contents: string }[];
    deletions?: readonly { path: string }[];
  };
}

async function createCommit(host: Host, caller: Caller, input: Input) {
  const { branch, message, expectedHeadOid, fileChanges } = input as unknown as CommitInput;
  const [owner = '', name = ''] = (branch.repositoryNameWithOwner ?? '').split('/');
  const repo = host.world.repository(owner, name);
  const branchName = branch.branchName?.replace(/^refs\/heads\//, '') ?? '';
  if (!repo || !(await resolveCommit(host.git, repo.dir, `refs/heads/${branchName}`))) {
    throw new GraphQlError('NOT_FOUND', `Could not resolve to a Ref with the name '${branchName}'.`);
  }
  const actor = authorize(caller, host, repo, ['contents:write']);
  const files: FileChanges = Object.fromEntries([
    ...(fileChanges?.additions ?? []).map(({ path, contents }) => [path, Buffer.from(contents, 'base64')]),
    ...(fileChanges?.deletions ?? []).map(({ path }) => [path, null]),
  ]);
  const sha = await commitOnBranch(host, repo, actor, {
    branch: branchName,
    files,
    message: message.body ? `${message.headline}\n\n${message.body}` : message.headline,
    signed: true,
    check(tip) {
      if (tip === expectedHeadOid) return;
      const words = `Expected branch to point to "${expectedHeadOid}" but it did not. Pull and try again.`;
      throw new GraphQlError('STALE_DATA', words);
    },
  });
  const commit = await commitData(host, repo, sha);
  return { commit, ref: { name: branchName, target: commit } };
}

async function commitData(host: Host, repo: Repository, sha: string) {
  const { message } = await readCommit(host.git, repo.dir, sha);
  const url = `${repoHtml(host, repo)}/commit/${sha}`;
  return { oid: sha, url, message, messageHeadline: message.split('\n')[0] };
}

function queueEntryData(host: Host, repo: Repository, issue: PullRequest, oid: string) {
  const pullRequest = {
    id: nodeId('PR', issue.pull.id),
    number: issue.number,
    url: issueHtml(host, repo, issue),
  };
  const id = nodeId('MQE', issue.pull.id);
  return { id, position: 1, state: 'AWAITING_CHECKS', headCommit: { oid }, pullRequest };
}

/** A pull request as GraphQL shows it. */
export async function pullData(host: Host, repo: Repository, issue: PullRequest) {
  const { pull } = issue;
  const auto = pull.autoMerge;
  return {
    id: nodeId('PR', pull.id),
    number: issue.number,
    title: issue.title,
    url: issueHtml(host, repo, issue),
    state: pull.merged ? 'MERGED' : issue.state.toUpperCase(),
    isDraft: pull.draft,
    merged: pull.merged,
    headRefOid: pull.headSha,
    headRefName: pull.headRef,
    baseRefName: pull.baseRef,
    mergeStateStatus: (await mergeability(host, repo, issue)).state.toUpperCase(),
    autoMergeRequest: auto && {
      mergeMethod: auto.method.toUpperCase(),
      commitHeadline: auto.title,
      commitBody: auto.message,
      enabledBy: { login: auto.enabledBy.account.login },
    },
    isInMergeQueue: pull.queued !== null,
    mergeQueueEntry: pull.queued && queueEntryData(host, repo, issue, pull.queued.headSha),
    // The only items that can be asked for.
    timelineItems: { nodes: pull.removedFromQueue === null ? [] : [{ reason: pull.removedFromQueue }] },
  };
}

const mutations: Readonly<Record<string, Mutation>> = {
  markPullRequestReadyForReview: draftTo(false),
  convertPullRequestToDraft: draftTo(true),
  enablePullRequestAutoMerge: enableAuto,
  enqueuePullRequest: enqueuePull,
  createCommitOnBranch: createCommit,
};

/** Carries a mutation out. Throws GraphQlError. */
export async function mutate(
  host: Host,
  caller: Caller,
  name: string,
  input: Input,
): Promise<Record<string, unknown>> {
  const mutation = mutations[name];
  if (!mutation) throw new Error(`no mutation ${name}`);
  try {
    const { clientMutationId = null } = input;
    return { clientMutationId, ...(await mutation(host, caller, input)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const type = { 401: 'FORBIDDEN', 403: 'FORBIDDEN', 404: 'NOT_FOUND' } as const;
    throw new GraphQlError(type[error.status as 401 | 403 | 404] ?? 'UNPROCESSABLE', error.message.trim());
  }
}
