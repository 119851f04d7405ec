import { aheadBehind, resolveCommit } from './git-read.ts';
import { mergeTree } from './git-write.ts';
import type { Host } from './host.ts';
import { unmetRules } from './rule-verdict.ts';
import type { PullRequest, Repository } from './world.ts';
import { checkState, latestChecks, latestStatuses, statusState } from './world-checks.ts';
import { rulesOf } from './world-rules.ts';

interface Mergeability {
  readonly mergeable: boolean | null;
  readonly state: 'clean' | 'unstable' | 'draft' | 'dirty' | 'blocked' | 'behind' | 'unknown';
}

/** Merged for real by git; then what the rules say; `unstable` when a check that nobody requires is not green. */
export async function mergeability(host: Host, repo: Repository, issue: PullRequest): Promise<Mergeability> {
  if (issue.state === 'closed') return { mergeable: null, state: 'unknown' };
  const { pull } = issue;
  const base = (await resolveCommit(host.git, repo.dir, `refs/heads/${pull.baseRef}`)) ?? pull.baseSha;
  const tree = await mergeTree(host.git, repo.dir, base, pull.headSha);
  if (tree === undefined) return { mergeable: false, state: 'dirty' };
  if (pull.draft) return { mergeable: true, state: 'draft' };
  if ((await unmetRules(host, repo, issue)).length > 0) return { mergeable: true, state: 'blocked' };
  if (await isBehind(host, repo, issue, base)) return { mergeable: true, state: 'behind' };
  return { mergeable: true, state: isGreen(repo, pull.headSha) ? 'clean' : 'unstable' };
}

/** Only where the rules ask for an up-to-date head. */
export async function isBehind(
  host: Host,
  repo: Repository,
  { pull }: PullRequest,
  base: string,
): Promise<boolean> {
  if (!rulesOf(repo, pull.baseRef)?.strict) return false;
  return (await aheadBehind(host.git, repo.dir, base, pull.headSha)).behind > 0;
}

function isGreen(repo: Repository, sha: string): boolean {
  const checks = latestChecks([...repo.checkRuns.values()].filter((run) => run.headSha === sha));
  const statuses = latestStatuses(repo.statuses.filter((status) => status.sha === sha));
  return (
    checks.every((check) => checkState(check) === 'green') &&
    statuses.every((status) => statusState(status) === 'green')
  );
}
