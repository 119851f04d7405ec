import type { Door } from './door.ts';
import { GitHubError, isMissing } from './github-error.ts';
import type { BranchRules, MergeMethod, Repository } from './types.ts';

/** What can be read about a repository, its branches and files. */
export function branchesOf(
  door: Pick<Door, 'read' | 'place'>,
): Pick<Repository, 'about' | 'branchTip' | 'readFile' | 'rulesFor'> {
  const { read, place } = door;
  return {
    about: async () => {
      const { data } = await read({ metadata: 'read' }, (octokit) => octokit.rest.repos.get(place));
      return {
        defaultBranch: data.default_branch,
        cloneUrl: data.clone_url,
        private: data.private,
        archived: data.archived,
      };
    },

    branchTip: (branch) =>
      orUndefined(async () => {
        const { data } = await read({ contents: 'read' }, (octokit) =>
          octokit.rest.git.getRef({ ...place, ref: `heads/${branch}` }),
        );
        return data.object.sha;
      }),

    readFile: (path, ref) =>
      orUndefined(async () => {
        const { data } = await read({ contents: 'read' }, (octokit) =>
          octokit.rest.repos.getContent({ ...place, path, ref }),
        );
        if (Array.isArray(data) || data.type !== 'file') return undefined;
        if (data.encoding !== 'base64') {
          const words = `${path} is larger than the 1 MB that GitHub returns at once.`;
          throw new GitHubError({ kind: 'unprocessable', status: null, words, cause: undefined });
        }
        return Buffer.from(data.content, 'base64').toString('utf8');
      }),

    rulesFor: (branch) => rulesFor(door, branch),
  };
}

async function orUndefined<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Rulesets in full, classic branch protection as far as it can be read without administration rights: its required
 * checks. The reviews that classic protection asks for show only when the merge is refused.
 */
async function rulesFor({ read, place }: Pick<Door, 'read' | 'place'>, branch: string): Promise<BranchRules> {
  const rules = await read({ metadata: 'read' }, (octokit) =>
    octokit.paginate(octokit.rest.repos.getBranchRules, { ...place, branch, per_page: 100 }),
  );
  // Rules hold for branches that are not there yet.
  const tip = await orUndefined(async () => {
    const { data } = await read({ contents: 'read' }, (octokit) =>
      octokit.rest.repos.getBranch({ ...place, branch }),
    );
    return data;
  });
  const result: BranchRules = {
    requiredChecks: (tip?.protection?.required_status_checks?.contexts ?? []).map((name) => ({
      name,
      appId: null,
    })),
    approvals: 0,
    codeOwners: false,
    mergeQueue: false,
    signatures: false,
    linearHistory: false,
    mergeMethods: null,
  };
  for (const rule of rules) {
    switch (rule.type) {
      case 'required_status_checks':
        for (const check of rule.parameters?.required_status_checks ?? []) {
          result.requiredChecks.push({ name: check.context, appId: check.integration_id ?? null });
        }
        break;
      case 'pull_request': {
        const asked = rule.parameters;
        result.approvals = Math.max(result.approvals, asked?.required_approving_review_count ?? 0);
        result.codeOwners ||= asked?.require_code_owner_review ?? false;
        result.mergeMethods = both(result.mergeMethods, asked?.allowed_merge_methods);
        break;
      }
      case 'merge_queue':
        result.mergeQueue = true;
        break;
      case 'required_signatures':
        result.signatures = true;
        break;
      case 'required_linear_history':
        result.linearHistory = true;
        break;
    }
  }
  return result;
}

/** Several rulesets may apply: only what all of them allow is allowed. */
function both(known: MergeMethod[] | null, allowed: MergeMethod[] | undefined): MergeMethod[] | null {
  if (!allowed) return known;
  return known ? known.filter((method) => allowed.includes(method)) : allowed;
}
