import { ApiError } from './errors.ts';
import { readCommits, resolveCommit } from './git-read.ts';
import { mergeCommit, updateRef } from './git-write.ts';
import { emailOf, type Host } from './host.ts';
import { recordEvent, setIssueState } from './issue-actions.ts';
import { isBehind } from './mergeability.ts';
import type { MergeMethod } from './public-types.ts';
import { pullDiffBase, pullFiles } from './pull-diff.ts';
import { closeNamedIssues, refsMoved } from './push-actions.ts';
import { isWorkflow, mayWriteWorkflows, workflowWords } from './push-rules.ts';
import { unmetByMethod, unmetRules } from './rule-verdict.ts';
import type { Actor, PullRequest, Repository } from './world.ts';
import { rulesOf } from './world-rules.ts';

/** Merging for real. */

export interface MergeRequest {
  readonly method: MergeMethod;
  readonly sha?: string;
  readonly title?: string;
  readonly message?: string;
}

/** Merges and answers the new commit. Throws ApiError 405 (not mergeable, or against the rules) or 409 (head moved). */
export async function mergePullRequest(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  request: MergeRequest,
): Promise<string> {
  return host.exclusively(repo, async () => {
    const { pull } = issue;
    if (issue.state === 'closed') throw new ApiError(405, 'Pull Request is not mergeable');
    if (pull.draft) throw new ApiError(405, 'Pull Request is still a draft');
    if (request.sha !== undefined && request.sha !== pull.headSha) {
      throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
    }
    await demandWorkflowPermission(host, repo, actor, issue);
    await demandRules(host, repo, issue, request.method);
    const base = await resolveCommit(host.git, repo.dir, `refs/heads/${pull.baseRef}`);
    const sha = base && (await buildMerge(host, repo, actor, issue, request, base));
    if (!base || !sha) throw new ApiError(405, 'Pull Request is not mergeable');
    await landMerge(host, repo, actor, issue, { base, sha });
    return sha;
  });
}

async function demandWorkflowPermission(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
): Promise<void> {
  if (mayWriteWorkflows(host, actor)) return;
  const workflow = (await pullFiles(host, repo, issue)).find(({ path }) => isWorkflow(path));
  if (workflow) throw new ApiError(403, workflowWords(workflow.path));
}

async function demandRules(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  method: MergeMethod,
): Promise<void> {
  const { baseRef } = issue.pull;
  const unmet = [
    ...(await unmetByMethod(host, repo, issue, method)),
    ...(await unmetRules(host, repo, issue)),
  ];
  const base = await resolveCommit(host.git, repo.dir, `refs/heads/${baseRef}`);
  if (base && (await isBehind(host, repo, issue, base))) {
    unmet.push('The head branch is out of date with the base branch.');
  }
  if (unmet.length === 0) return;
  const classic = rulesOf(repo, baseRef)?.kind === 'classic';
  throw new ApiError(
    405,
    classic ? unmet.join(' ') : `Repository rule violations found\n\n${unmet.join('\n\n')}\n\n`,
  );
}

/** The commit that a merge would make on a base, undefined when it conflicts; moves nothing. */
export async function buildMerge(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  request: MergeRequest,
  base: string,
): Promise<string | undefined> {
  const sha = await mergeCommit(host.git, repo.dir, {
    method: request.method,
    base,
    head: issue.pull.headSha,
    message: await mergeMessage(host, repo, issue, request),
    signing: { author: { name: actor.account.login, email: emailOf(actor.account) }, at: host.clock() },
  });
  if (sha !== undefined && request.method !== 'rebase') repo.signed.add(sha);
  return sha;
}

/** Moves the base branch to the merge and tells the world. Call it inside `exclusively`. Throws ApiError 405. */
export async function landMerge(
  host: Host,
  repo: Repository,
  actor: Actor,
  issue: PullRequest,
  { base, sha }: { base: string; sha: string },
): Promise<void> {
  const { pull } = issue;
  const ref = `refs/heads/${pull.baseRef}`;
  if (!(await updateRef(host.git, repo.dir, ref, base, sha))) {
    throw new ApiError(405, 'Base branch was modified. Review and try the merge again.');
  }
  pull.merged = true;
  pull.mergedAt = host.clock();
  pull.mergedBy = actor.account;
  pull.mergeCommitSha = sha;
  recordEvent(host, issue, { event: 'merged', actor, commitId: sha });
  await setIssueState(host, repo, actor, issue, 'closed');
  await refsMoved(host, repo, actor, [{ ref, before: base, after: sha }]);
  if (pull.baseRef === repo.defaultBranch) await closeNamedIssues(host, repo, actor, issue.body ?? '');
}

/** GitHub's defaults: the branch and title for a merge; the title, or the only commit's words, for a squash. */
async function mergeMessage(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  request: MergeRequest,
): Promise<string> {
  const { pull } = issue;
  if (request.method === 'merge') {
    const title =
      request.title ?? `Merge pull request #${issue.number} from ${repo.owner.login}/${pull.headRef}`;
    return `${title}\n\n${request.message ?? issue.title}\n`;
  }
  const base = await pullDiffBase(host, repo, issue);
  const commits = await readCommits(host.git, repo.dir, ['--reverse', `${base}..${pull.headSha}`]);
  const only = commits.length === 1 ? commits[0] : undefined;
  const [subject = '', ...rest] = (only?.message ?? issue.title).split('\n');
  const body = only ? rest.join('\n').trim() : commits.map((commit) => `* ${commit.message}`).join('\n\n');
  const title = request.title ?? `${subject} (#${issue.number})`;
  return `${title}\n\n${request.message ?? body}`.trimEnd().concat('\n');
}
