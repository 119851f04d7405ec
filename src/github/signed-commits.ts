import { z } from 'zod';
import type { Door } from './door.ts';
import { GitHubError, isMissing } from './github-error.ts';
import type { SignedCommits } from './types.ts';

const commitMutation = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;
const Created = z.object({
  createCommitOnBranch: z.object({ commit: z.object({ oid: z.string() }) }),
});

export function signedCommitsOf({ read, write, place }: Door): SignedCommits {
  const set = async (branch: string, sha: string, isNew: boolean): Promise<void> => {
    await write('branch.set', { contents: 'write' }, async (octokit) => {
      if (isNew) await octokit.rest.git.createRef({ ...place, ref: `refs/heads/${branch}`, sha });
      else await octokit.rest.git.updateRef({ ...place, ref: `heads/${branch}`, sha, force: true });
    });
  };
  return {
    set: ({ branch, sha, from }) => set(branch, sha, from === null),

    async create({ branch, from, parent, title, message, additions, deletions }) {
      if (from !== parent) await set(branch, parent, from === null);
      const input = {
        branch: { repositoryNameWithOwner: `${place.owner}/${place.repo}`, branchName: branch },
        message: { headline: title, body: message },
        expectedHeadOid: parent,
        fileChanges: {
          additions: additions.map(({ path, content }) => ({ path, contents: content.toString('base64') })),
          deletions: deletions.map((path) => ({ path })),
        },
      };
      const answer = await write('commit.create', { contents: 'write' }, (octokit) =>
        octokit.graphql(commitMutation, { input }),
      );
      return Created.parse(answer).createCommitOnBranch.commit.oid;
    },

    async read(sha) {
      const { data } = await read({ contents: 'read' }, (octokit) =>
        octokit.rest.git.getCommit({ ...place, commit_sha: sha }),
      );
      return { tree: data.tree.sha, parents: data.parents.map((parent) => parent.sha) };
    },

    async drop(branch) {
      try {
        await write('branch.delete', { contents: 'write' }, (octokit) =>
          octokit.rest.git.deleteRef({ ...place, ref: `heads/${branch}` }),
        );
      } catch (error) {
        // GitHub's answer where there is no such branch.
        const isGone = error instanceof GitHubError && error.kind === 'unprocessable';
        if (!isGone && !isMissing(error)) throw error;
      }
    },
  };
}
