import { moveRef } from './branch-actions.ts';
import { ApiError, notFound } from './errors.ts';
import { readRefs, resolveCommit } from './git-read.ts';
import { created, list, ok, onRepository, type RepoCall, type Routes } from './route.ts';
import { refJson } from './shapes-repository.ts';

async function refOf(call: RepoCall): Promise<{ ref: string; sha: string }> {
  const ref = `refs/${call.params.ref}`;
  const sha = (await readRefs(call.host.git, call.repo.dir)).get(ref);
  if (!sha) throw notFound();
  return { ref, sha };
}

async function requireCommit(call: RepoCall, sha: string): Promise<void> {
  const found = await resolveCommit(call.host.git, call.repo.dir, sha);
  if (!found) throw new ApiError(422, 'Object does not exist');
}

export const refRoutes: Routes = {
  'git/get-ref': onRepository(['contents:read'], async (call) => {
    const { ref, sha } = await refOf(call);
    return ok(refJson(call.host, call.repo, ref, sha));
  }),
  'git/list-matching-refs': onRepository(['contents:read'], async (call) => {
    const refs = [...(await readRefs(call.host.git, call.repo.dir))];
    const matching = refs.filter(([ref]) => ref.startsWith(`refs/${call.params.ref}`));
    return list(call, matching, ([ref, sha]) => refJson(call.host, call.repo, ref, sha));
  }),
  'git/create-ref': onRepository(['contents:write'], async (call) => {
    const { host, repo, actor } = call;
    const { ref, sha } = call.body as { ref: string; sha: string };
    return host.exclusively(repo, async () => {
      if (!/^refs\/(heads|tags)\/./.test(ref))
        throw new ApiError(422, 'Reference name must start with refs/');
      await requireCommit(call, sha);
      const refs = await readRefs(host.git, repo.dir);
      if (refs.has(ref)) throw new ApiError(422, 'Reference already exists');
      await moveRef(host, repo, actor, { ref, before: null, after: sha });
      return created(refJson(host, repo, ref, sha));
    });
  }),
  'git/update-ref': onRepository(['contents:write'], async (call) => {
    const { host, repo, actor } = call;
    const { sha, force } = call.body as { sha: string; force?: boolean };
    return host.exclusively(repo, async () => {
      await requireCommit(call, sha);
      const { ref, sha: before } = await refOf(call);
      const forward =
        (await host.git.try(repo.dir, ['merge-base', '--is-ancestor', before, sha])).exitCode === 0;
      if (!forward && !force) throw new ApiError(422, 'Update is not a fast forward');
      if (sha !== before) await moveRef(host, repo, actor, { ref, before, after: sha });
      return ok(refJson(host, repo, ref, sha));
    });
  }),
  'git/delete-ref': onRepository(['contents:write'], async (call) => {
    const { host, repo, actor } = call;
    return host.exclusively(repo, async () => {
      const { ref, sha } = await refOf(call).catch(() => {
        throw new ApiError(422, 'Reference does not exist');
      });
      await moveRef(host, repo, actor, { ref, before: sha, after: null });
      return { status: 204 };
    });
  }),
};
