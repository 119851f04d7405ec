import { type ChangedFile, changedFiles, mergeBase } from './git-read.ts';
import type { Host } from './host.ts';
import type { PullRequest, Repository } from './world.ts';

/** Where the diff of a pull request starts: the merge base, which a merge would otherwise move to the head. */
export async function pullDiffBase(host: Host, repo: Repository, issue: PullRequest): Promise<string> {
  const { pull } = issue;
  return (await mergeBase(host.git, repo.dir, pull.baseSha, pull.headSha)) ?? pull.baseSha;
}

/** The files that a pull request changes, at a head that it has or had. */
export async function pullFiles(
  host: Host,
  repo: Repository,
  issue: PullRequest,
  head = issue.pull.headSha,
): Promise<ChangedFile[]> {
  const base = (await mergeBase(host.git, repo.dir, issue.pull.baseSha, head)) ?? issue.pull.baseSha;
  return changedFiles(host.git, repo.dir, base, head);
}
