import { sendEvent, sendPullEvent } from './events.ts';
import { type Commit, readCommit, readCommits, resolveCommit } from './git-read.ts';
import { pullHeadMoved } from './head-moved.ts';
import { emailOf, type Host } from './host.ts';
import { recordEvent, setIssueState } from './issue-actions.ts';
import type { Json } from './shapes-accounts.ts';
import { repoHtml } from './shapes-repository.ts';
import type { Actor, Repository } from './world.ts';
import { pullRequestsOf } from './world.ts';

/** What follows when a ref moves, by whatever way: webhooks, pull request heads, closed issues. */

export interface RefUpdate {
  readonly ref: string;
  /** null when the ref is new. */
  readonly before: string | null;
  /** null when the ref is gone. */
  readonly after: string | null;
}

const zero = '0'.repeat(40);

/** The differences between two readings of the refs. */
export function diffRefs(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): RefUpdate[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((ref) => ({ ref, before: before.get(ref) ?? null, after: after.get(ref) ?? null }))
    .filter((update) => update.before !== update.after);
}

/** Tells the world about refs that moved already. */
export async function refsMoved(
  host: Host,
  repo: Repository,
  actor: Actor,
  updates: readonly RefUpdate[],
): Promise<void> {
  if (updates.length > 0) repo.pushedAt = host.clock();
  for (const update of updates) {
    await sendPush(host, repo, actor, update);
    if (!update.ref.startsWith('refs/heads/')) continue;
    const branch = update.ref.slice('refs/heads/'.length);
    await followHeads(host, repo, actor, branch, update.after);
    if (branch === repo.defaultBranch) await closeByCommits(host, repo, actor, update);
  }
}

async function followHeads(
  host: Host,
  repo: Repository,
  actor: Actor,
  branch: string,
  after: string | null,
): Promise<void> {
  for (const issue of pullRequestsOf(repo)) {
    const { pull } = issue;
    if (pull.fork) continue;
    if (pull.headRef !== branch || issue.state === 'closed') {
      if (after === null && pull.headRef === branch)
        recordEvent(host, issue, { event: 'head_ref_deleted', actor });
      continue;
    }
    if (after === null) {
      await setIssueState(host, repo, actor, issue, 'closed');
      recordEvent(host, issue, { event: 'head_ref_deleted', actor });
      continue;
    }
    const before = pull.headSha;
    pull.headSha = after;
    pull.baseSha = (await resolveCommit(host.git, repo.dir, `refs/heads/${pull.baseRef}`)) ?? pull.baseSha;
    issue.updatedAt = host.clock();
    await keepPullHead(host, repo, issue.number, after);
    await sendPullEvent(host, repo, issue, { action: 'synchronize', actor, extra: { before, after } });
    await pullHeadMoved(host, repo, actor, issue, before);
  }
}

/** `refs/pull/<n>/head`: keeps the commits of a pull request when its branch goes. */
export async function keepPullHead(host: Host, repo: Repository, number: number, sha: string): Promise<void> {
  await host.git.text(repo.dir, ['update-ref', `refs/pull/${number}/head`, sha]);
}

const closingWords = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/gi;

/** Closes the issues that a text names with GitHub's closing words. */
export async function closeNamedIssues(
  host: Host,
  repo: Repository,
  actor: Actor,
  text: string,
): Promise<void> {
  const here = `${repo.owner.login}/${repo.name}`.toLowerCase();
  for (const [, where, number] of text.matchAll(closingWords)) {
    if (where !== undefined && where.toLowerCase() !== here) continue;
    const issue = repo.issues.get(Number(number));
    if (issue && !issue.pull) await setIssueState(host, repo, actor, issue, 'closed', 'completed');
  }
}

async function closeByCommits(host: Host, repo: Repository, actor: Actor, update: RefUpdate): Promise<void> {
  for (const commit of await pushedCommits(host, repo, update)) {
    await closeNamedIssues(host, repo, actor, commit.message);
  }
}

/** Commits that a push brought, oldest first; GitHub lists at most 2048. */
async function pushedCommits(
  host: Host,
  repo: Repository,
  { ref, before, after }: RefUpdate,
): Promise<Commit[]> {
  if (after === null || ref.startsWith('refs/tags/')) return [];
  const since = before ?? (await resolveCommit(host.git, repo.dir, `refs/heads/${repo.defaultBranch}`));
  const range = since && since !== after ? [after, `^${since}`] : before === null ? [] : ['-1', after];
  return range.length === 0
    ? []
    : readCommits(host.git, repo.dir, ['--max-count=2048', '--reverse', ...range]);
}

export async function sendPush(host: Host, repo: Repository, actor: Actor, update: RefUpdate): Promise<void> {
  const { ref, before, after } = update;
  const commits = await pushedCommits(host, repo, update);
  const listed = await Promise.all(commits.map((commit) => pushCommitJson(host, repo, commit)));
  const forced =
    before !== null &&
    after !== null &&
    (await host.git.pure(repo.dir, ['merge-base', '--is-ancestor', before, after])).exitCode !== 0;
  const head = after === null ? null : await readCommit(host.git, repo.dir, after);
  sendEvent(host, repo, {
    event: 'push',
    action: null,
    actor,
    extra: {
      ref,
      before: before ?? zero,
      after: after ?? zero,
      created: before === null,
      deleted: after === null,
      forced,
      base_ref: null,
      compare: `${repoHtml(host, repo)}/compare/${(before ?? zero).slice(0, 12)}...${(after ?? zero).slice(0, 12)}`,
      commits: listed,
      head_commit: head && (await pushCommitJson(host, repo, head)),
      pusher: { name: actor.account.login, email: emailOf(actor.account) },
    },
  });
}

async function pushCommitJson(host: Host, repo: Repository, commit: Commit): Promise<Json> {
  const args = ['diff-tree', '--root', '--no-commit-id', '-r', '-z', '--name-status', commit.sha];
  const words = (await host.git.pureText(repo.dir, args)).split('\0');
  const paths = (letters: string) =>
    words.filter((_, at) => at % 2 === 1 && letters.includes(words[at - 1]!.charAt(0)));
  const person = ({ name, email, date }: Commit['author']) => ({ name, email, date });
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repoHtml(host, repo)}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: paths('A'),
    modified: paths('MT'),
    removed: paths('D'),
  };
}
