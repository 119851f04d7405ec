import { branchesOf } from './branches.ts';
import type { Door } from './door.ts';
import { GitHubError } from './github-error.ts';
import { checksOnCommit } from './others-checks.ts';
import { pullRequestsOf } from './pull-requests.ts';
import type { MergeRequest, MergeResult, PullRequest } from './types.ts';

/** Merges exactly the commit that was asked for. The token that may do it is issued only now. */
export function mergeOf(door: Door): (request: MergeRequest) => Promise<MergeResult> {
  return async (request) => {
    try {
      const { data } = await door.write('merge', { contents: 'write' }, (octokit) =>
        octokit.rest.pulls.merge({
          ...door.place,
          pull_number: request.number,
          sha: request.sha,
          merge_method: request.method,
          commit_title: request.title,
          commit_message: request.message,
        }),
      );
      return { merged: true, sha: data.sha };
    } catch (error) {
      if (!(error instanceof GitHubError) || error.kind !== 'conflict') throw error;
      return refusalOf(door, request, error.words);
    }
  };
}

/** GitHub refuses with 405 or 409 and a sentence; why it did is read off the pull request, not off the sentence. */
export async function refusalOf(
  door: Door,
  request: Pick<MergeRequest, 'number' | 'sha'>,
  words: string,
): Promise<MergeResult> {
  const pull = await pullRequestsOf(door).get(request.number);
  if (pull.head.sha !== request.sha) {
    return {
      merged: false,
      refused: 'head-moved',
      words: `The head is now ${pull.head.sha}. ${words}`,
    };
  }
  // An earlier call was carried out although its answer never arrived.
  if (pull.state === 'merged' && pull.mergeSha) return { merged: true, sha: pull.mergeSha };
  return { merged: false, refused: await reason(door, pull), words };
}

async function reason(door: Door, pull: PullRequest): Promise<'closed' | 'conflict' | 'checks' | 'rules'> {
  if (pull.state !== 'open') return 'closed';
  if (pull.mergeable === false) return 'conflict';
  const { requiredChecks } = await branchesOf(door).rulesFor(pull.base.branch);
  const seen = await checksOnCommit(door, pull.head.sha);
  const missing = requiredChecks.some(
    ({ name, appId }) =>
      !seen.some((check) => {
        return check.name === name && check.state === 'green' && (appId === null || check.appId === appId);
      }),
  );
  return missing ? 'checks' : 'rules';
}
