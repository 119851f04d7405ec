import { ApiError, notAccessible } from './errors.ts';
import { resolveCommit } from './git-read.ts';
import { commitFiles, updateRef } from './git-write.ts';
import { emailOf, type Host } from './host.ts';
import type { FileChanges } from './person-types.ts';
import { type RefUpdate, refsMoved } from './push-actions.ts';
import { pushRefusal } from './push-rules.ts';
import type { Actor, Repository } from './world.ts';

/** Moving branches otherwise than by git: through the API and on the web. */

/**
 * Moves one ref and tells the world. Throws ApiError 422 for a rule of the branch, 403 for a workflow that the app may
 * not write, Error when the ref is not where it was seen. Call it inside `exclusively`.
 */
export async function moveRef(host: Host, repo: Repository, actor: Actor, update: RefUpdate): Promise<void> {
  const { ref, before, after } = update;
  const refusal = await pushRefusal(host, repo, actor, update);
  if (refusal?.kind === 'workflows') throw notAccessible();
  if (refusal)
    throw new ApiError(422, `Repository rule violations found\n\n${refusal.unmet.join('\n\n')}\n\n`);
  if (!(await updateRef(host.git, repo.dir, ref, before, after))) throw new Error(`${ref} moved meanwhile`);
  await refsMoved(host, repo, actor, [update]);
}

export interface BranchCommit {
  readonly branch: string;
  readonly files: FileChanges;
  readonly message: string;
  /** A branch or commit to put the commit on, instead of the branch's tip. */
  readonly onto?: string;
  /** Whether GitHub signs it. */
  readonly signed?: boolean;
  /** Called with the tip before anything is written; throws to refuse. */
  readonly check?: (tip: string | null) => void | Promise<void>;
}

/** One commit on a branch, which is made from the default one if need be. Throws like moveRef. */
export async function commitOnBranch(
  host: Host,
  repo: Repository,
  actor: Actor,
  input: BranchCommit,
): Promise<string> {
  return host.exclusively(repo, async () => {
    const ref = `refs/heads/${input.branch}`;
    const before = (await resolveCommit(host.git, repo.dir, ref)) ?? null;
    await input.check?.(before);
    const under = input.onto ?? (before === null ? `refs/heads/${repo.defaultBranch}` : before);
    const parent = await resolveCommit(host.git, repo.dir, under);
    if (!parent) throw new Error(`${repo.name} has no commit ${under} to build on`);
    const author = { name: actor.account.login, email: emailOf(actor.account) };
    const signing = { author, at: host.clock() };
    const { files, message } = input;
    const after = await commitFiles(host.git, repo.dir, { parent, files, message, signing });
    if (input.signed) repo.signed.add(after);
    await moveRef(host, repo, actor, { ref, before, after });
    return after;
  });
}
