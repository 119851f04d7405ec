import { aheadBehind, changedFiles, readCommits, resolveCommit } from './git-read.ts';
import type { Host } from './host.ts';
import type { RefUpdate } from './push-actions.ts';
import { unmetChecks } from './rule-verdict.ts';
import type { Actor, Repository } from './world.ts';
import { roleOf } from './world.ts';
import { type Rules, rulesOf } from './world-rules.ts';

/** Why a push is refused, in GitHub's words. */
export interface PushRefusal {
  readonly kind: 'workflows' | 'rules';
  /** What stands in brackets behind `[remote rejected]`. */
  readonly reason: string;
  /** What `remote:` says, a line each. */
  readonly remote: readonly string[];
  /** The rules that are not met. */
  readonly unmet: readonly string[];
}

/** Undefined when the ref may be moved. The new commit has to be in the repository already. */
export async function pushRefusal(
  host: Host,
  repo: Repository,
  actor: Actor,
  update: RefUpdate,
): Promise<PushRefusal | undefined> {
  if (!update.ref.startsWith('refs/heads/')) return undefined;
  const workflow = await foreignWorkflow(host, repo, actor, update);
  if (workflow !== undefined) {
    const reason = workflowWords(workflow);
    return { kind: 'workflows', reason, remote: [], unmet: [reason] };
  }
  const branch = update.ref.slice('refs/heads/'.length);
  const rules = rulesOf(repo, branch);
  // Administrators are on the bypass list.
  if (!rules || (!actor.viaApp && roleOf(repo, actor.account) === 'admin')) return undefined;
  const unmet = await unmetByPush(host, repo, rules, update);
  if (unmet.length === 0) return undefined;
  return rules.kind === 'classic'
    ? {
        kind: 'rules',
        reason: 'protected branch hook declined',
        remote: [
          `error: GH006: Protected branch update failed for ${update.ref}.`,
          ...unmet.map((words) => `error: ${words}`),
        ],
        unmet,
      }
    : {
        kind: 'rules',
        reason: 'push declined due to repository rule violations',
        remote: [
          `error: GH013: Repository rule violations found for ${update.ref}.`,
          '',
          ...unmet.flatMap((words) => [`- ${words}`, '']),
        ],
        unmet,
      };
}

export function workflowWords(path: string): string {
  return `refusing to allow a GitHub App to create or update workflow \`${path}\` without \`workflows\` permission`;
}

export function isWorkflow(path: string): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

export function mayWriteWorkflows(host: Host, actor: Actor): boolean {
  return !actor.viaApp || host.app.permissions.workflows === 'write';
}

/** A workflow that is neither what the branch had nor what the default branch has. */
async function foreignWorkflow(
  host: Host,
  repo: Repository,
  actor: Actor,
  { before, after }: RefUpdate,
): Promise<string | undefined> {
  if (after === null || mayWriteWorkflows(host, actor)) return undefined;
  const standard = await resolveCommit(host.git, repo.dir, `refs/heads/${repo.defaultBranch}`);
  const known = [before, standard ?? null].filter((sha) => sha !== null);
  const changed = await Promise.all(
    known.map(async (sha) => {
      const files = await changedFiles(host.git, repo.dir, sha, after);
      return new Set(files.flatMap(({ path, previousPath }) => [path, previousPath ?? path]));
    }),
  );
  const [first, ...rest] = changed;
  return [...(first ?? [])].filter(isWorkflow).find((path) => rest.every((paths) => paths.has(path)));
}

async function unmetByPush(
  host: Host,
  repo: Repository,
  rules: Rules,
  { before, after }: RefUpdate,
): Promise<string[]> {
  if (after === null) return [];
  const unmet: string[] = [];
  if (rules.mergeQueue) unmet.push('Changes must be made through the merge queue');
  if (asksForPullRequest(rules)) unmet.push('Changes must be made through a pull request.');
  unmet.push(...unmetChecks(repo, rules, after));
  const standard = await resolveCommit(host.git, repo.dir, `refs/heads/${repo.defaultBranch}`);
  const since = before ?? standard;
  const commits = since ? await readCommits(host.git, repo.dir, [after, `^${since}`]) : [];
  if (rules.linearHistory && commits.some(({ parents }) => parents.length > 1)) {
    unmet.push('This branch must not contain merge commits.');
  }
  if (rules.signatures && commits.some(({ sha }) => !repo.signed.has(sha))) {
    unmet.push('Commits must have verified signatures.');
  }
  if (before !== null && (await aheadBehind(host.git, repo.dir, before, after)).behind > 0) {
    unmet.push('Cannot force-push to this branch');
  }
  return unmet;
}

/** Whether the rules of a branch have a part about pull requests. */
export function asksForPullRequest(rules: Rules): boolean {
  return rules.approvals > 0 || rules.codeOwners || rules.dismissStale || rules.mergeMethods !== null;
}
