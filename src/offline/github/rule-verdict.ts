import { ownersOf } from './codeowners.ts';
import { readCommits } from './git-read.ts';
import type { Host } from './host.ts';
import { atLeast } from './permissions.ts';
import type { MergeMethod } from './person-types.ts';
import { pullDiffBase } from './pull-diff.ts';
import type { PullRequest, Repository } from './world.ts';
import { roleOf } from './world.ts';
import { type CheckState, checkState, latestChecks, latestStatuses, statusState } from './world-checks.ts';
import { latestOpinions } from './world-reviews.ts';
import { type Rules, rulesOf } from './world-rules.ts';

/** What the rules of the base branch still ask for, in GitHub's words; empty when a merge may go on. */
export async function unmetRules(host: Host, repo: Repository, issue: PullRequest): Promise<string[]> {
  const rules = rulesOf(repo, issue.pull.baseRef);
  if (!rules) return [];
  return [...unmetChecks(repo, rules, issue.pull.headSha), ...(await unmetReviews(host, repo, rules, issue))];
}

/** What stands against one way to merge, beside the rules that hold for all of them. */
export async function unmetByMethod(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  method: MergeMethod,
): Promise<string[]> {
  const rules = rulesOf(repo, issue.pull.baseRef);
  if (!rules) return [];
  const unmet: string[] = [];
  if (rules.mergeQueue) unmet.push('Changes must be made through the merge queue');
  if (rules.linearHistory && method === 'merge') unmet.push('This branch must not contain merge commits.');
  if (rules.mergeMethods && !rules.mergeMethods.includes(method)) {
    const name = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' }[method];
    unmet.push(`${name} are not allowed on this repository.`);
  }
  if (rules.signatures && !(await isSigned(host, repo, issue, method))) {
    unmet.push('Commits must have verified signatures.');
  }
  return unmet;
}

/** GitHub signs what it makes itself, but cannot sign the commits of others that a merge or a rebase brings in. */
async function isSigned(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  method: MergeMethod,
): Promise<boolean> {
  if (method !== 'merge') return method === 'squash';
  const range = `${await pullDiffBase(host, repo, issue)}..${issue.pull.headSha}`;
  return (await readCommits(host.git, repo.dir, [range])).every(({ sha }) => repo.signed.has(sha));
}

/** Required checks that are not green on a commit. */
export function unmetChecks(repo: Repository, rules: Rules, sha: string): string[] {
  const words: Record<CheckState | 'missing', string> = {
    missing: 'expected',
    pending: 'in progress',
    red: 'failing',
    green: '',
  };
  const states = rules.requiredChecks.map((check) => ({
    name: check.name,
    state: requiredState(repo, sha, check),
  }));
  const unmet = states.filter(({ state }) => state !== 'green');
  const [first] = unmet;
  if (!first) return [];
  if (unmet.length === 1) return [`Required status check "${first.name}" is ${words[first.state]}.`];
  const kinds = Map.groupBy(unmet, ({ state }) => words[state]);
  const counted =
    kinds.size === 1
      ? `are ${words[first.state]}`
      : `have not succeeded: ${[...kinds].map(([word, of]) => `${of.length} ${word}`).join(' and ')}`;
  return [`${unmet.length} of ${states.length} required status checks ${counted}.`];
}

/** What a required check is on a commit: the worst of all that report under that name, from an id on. */
export function requiredState(
  repo: Repository,
  sha: string,
  { name, appId }: Rules['requiredChecks'][number],
  firstReport = 0,
): CheckState | 'missing' {
  const counts = (report: { id: number }) => report.id >= firstReport;
  const runs = latestChecks([...repo.checkRuns.values()].filter((run) => run.headSha === sha && counts(run)))
    .filter((run) => run.name === name && (appId === null || run.app.id === appId))
    .map(checkState);
  const statuses = latestStatuses(repo.statuses.filter((status) => status.sha === sha && counts(status)))
    .filter((status) => status.context === name && appId === null)
    .map(statusState);
  const all = [...runs, ...statuses];
  if (all.length === 0) return 'missing';
  return all.includes('red') ? 'red' : all.includes('pending') ? 'pending' : 'green';
}

async function unmetReviews(
  host: Host,
  repo: Repository,
  rules: Rules,
  issue: PullRequest,
): Promise<string[]> {
  if (rules.approvals === 0 && !rules.codeOwners) return [];
  const opinions = [...latestOpinions(issue.pull.reviews)].filter(([account]) =>
    atLeast(roleOf(repo, account), 'write'),
  );
  const approvers = opinions.filter(([, review]) => review.state === 'APPROVED').map(([account]) => account);
  const unmet: string[] = [];
  if (opinions.some(([, review]) => review.state === 'CHANGES_REQUESTED')) {
    unmet.push('Changes have been requested.');
  }
  if (approvers.length < rules.approvals) {
    const reviews = rules.approvals === 1 ? 'approving review is' : 'approving reviews are';
    unmet.push(`At least ${rules.approvals} ${reviews} required by reviewers with write access.`);
  }
  if (rules.codeOwners) {
    for (const owners of await ownersOf(host, repo, issue)) {
      const approved = approvers.some(({ login }) => owners.includes(login.toLowerCase()));
      if (!approved && !owners.includes(issue.actor.account.login.toLowerCase())) {
        unmet.push(`Waiting on code owner review from ${owners.join(' and/or ')}.`);
      }
    }
  }
  return [...new Set(unmet)];
}
