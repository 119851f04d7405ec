import { commitOnBranch } from './branch-actions.ts';
import { contentsEntry } from './contents.ts';
import { ApiError, notFound } from './errors.ts';
import { readCommit, resolveCommit, treeEntry } from './git-read.ts';
import type { ApiAnswer, RepoCall } from './route.ts';
import { gitCommitJson } from './shapes-repository.ts';

interface FileInput {
  readonly message: string;
  /** Base64; not there when a file is deleted. */
  readonly content?: string;
  /** Blob that is replaced. */
  readonly sha?: string;
  readonly branch?: string;
}

/** Writes or deletes one file with a commit of its own. Throws ApiError 404, 409 or 422 in GitHub's words. */
export async function writeFile(call: RepoCall): Promise<ApiAnswer> {
  const { host, repo, actor } = call;
  const input = call.body as FileInput;
  const file = (call.params.path ?? '').replace(/^\/+|\/+$/g, '');
  const branch = input.branch ?? repo.defaultBranch;
  const tip = await resolveCommit(host.git, repo.dir, `refs/heads/${branch}`);
  if (!tip) throw new ApiError(404, `Branch ${branch} not found`);
  let before: string | undefined;
  const commit = await commitOnBranch(host, repo, actor, {
    branch,
    files: { [file]: input.content === undefined ? null : Buffer.from(input.content, 'base64') },
    message: input.message,
    signed: true,
    async check(now) {
      before = (await treeEntry(host.git, repo.dir, now ?? tip, file))?.sha;
      if (before === undefined && input.content === undefined) throw notFound();
      if (before !== undefined && input.sha === undefined) {
        throw new ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
      }
      if (input.sha !== undefined && input.sha !== before) {
        throw new ApiError(409, `${file} does not match ${input.sha}`);
      }
    },
  });
  return {
    status: before === undefined ? 201 : 200,
    body: {
      content: (await contentsEntry(call, commit, file)) ?? null,
      commit: gitCommitJson(host, repo, await readCommit(host.git, repo.dir, commit)),
    },
  };
}
