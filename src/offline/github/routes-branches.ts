import { ApiError } from './errors.ts';
import { readCommit, readRefs, resolveCommit } from './git-read.ts';
import { asksForPullRequest } from './push-rules.ts';
import { list, ok, onRepository, type RepoCall, type Routes } from './route.ts';
import type { Json } from './shapes-accounts.ts';
import { commitJson, repoApi, repoHtml } from './shapes-repository.ts';
import { type Rules, rulesOf } from './world-rules.ts';

/** Branches and what is asked of them, as far as an app without administration rights can read it. */

async function branchJson(call: RepoCall, name: string, sha: string): Promise<Json> {
  const { host, repo } = call;
  const commit = await readCommit(host.git, repo.dir, sha);
  const self = `${repoApi(host, repo)}/branches/${encodeURIComponent(name)}`;
  const rules = rulesOf(repo, name);
  return {
    name,
    commit: commitJson(host, repo, commit),
    _links: { self, html: `${repoHtml(host, repo)}/tree/${name}` },
    protected: rules !== undefined,
    protection: protectionJson(rules?.kind === 'classic' ? rules : undefined),
    protection_url: `${self}/protection`,
  };
}

/** Of classic protection this shows the checks alone; rulesets are not in it. */
function protectionJson(rules: Rules | undefined): Json {
  const checks = rules?.requiredChecks ?? [];
  return {
    enabled: rules !== undefined,
    required_status_checks: {
      enforcement_level: checks.length > 0 ? 'non_admins' : 'off',
      contexts: checks.map(({ name }) => name),
      checks: checks.map(({ name, appId }) => ({ context: name, app_id: appId })),
    },
  };
}

/** The rules of a branch as its only ruleset has them. */
function rulesJson({ repo }: RepoCall, rules: Rules): Json[] {
  const source = {
    ruleset_source_type: 'Repository',
    ruleset_source: `${repo.owner.login}/${repo.name}`,
    ruleset_id: rules.id,
  };
  const all: (Json | false)[] = [
    { type: 'deletion' },
    { type: 'non_fast_forward' },
    rules.linearHistory && { type: 'required_linear_history' },
    rules.signatures && { type: 'required_signatures' },
    asksForPullRequest(rules) && {
      type: 'pull_request',
      parameters: {
        required_approving_review_count: rules.approvals,
        require_code_owner_review: rules.codeOwners,
        dismiss_stale_reviews_on_push: rules.dismissStale,
        require_last_push_approval: false,
        required_review_thread_resolution: false,
        ...(rules.mergeMethods ? { allowed_merge_methods: rules.mergeMethods } : {}),
      },
    },
    rules.requiredChecks.length > 0 && {
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: rules.strict,
        required_status_checks: rules.requiredChecks.map(({ name, appId }) => ({
          context: name,
          ...(appId === null ? {} : { integration_id: appId }),
        })),
      },
    },
    rules.mergeQueue && {
      type: 'merge_queue',
      parameters: {
        check_response_timeout_minutes: 60,
        grouping_strategy: 'ALLGREEN',
        max_entries_to_build: 5,
        max_entries_to_merge: 1,
        merge_method: (rules.mergeMethods?.[0] ?? 'merge').toUpperCase(),
        min_entries_to_merge: 1,
        min_entries_to_merge_wait_minutes: 0,
      },
    },
  ];
  return all.filter((rule) => rule !== false).map((rule) => ({ ...rule, ...source }));
}

export const branchRoutes: Routes = {
  'repos/get-branch': onRepository(['contents:read'], async (call) => {
    const name = call.params.branch ?? '';
    const sha = await resolveCommit(call.host.git, call.repo.dir, `refs/heads/${name}`);
    if (!sha) throw new ApiError(404, 'Branch not found');
    return ok(await branchJson(call, name, sha));
  }),
  'repos/list-branches': onRepository(['contents:read'], async (call) => {
    const refs = [...(await readRefs(call.host.git, call.repo.dir))];
    const branches = refs
      .filter(([ref]) => ref.startsWith('refs/heads/'))
      .map(([ref, sha]) => ({ name: ref.slice('refs/heads/'.length), sha }))
      .filter(({ name }) => {
        const wanted = call.query.protected;
        return wanted === undefined || wanted === (rulesOf(call.repo, name) !== undefined);
      });
    return list(call, branches, ({ name, sha }) => ({
      name,
      commit: { sha, url: `${repoApi(call.host, call.repo)}/commits/${sha}` },
      protected: rulesOf(call.repo, name) !== undefined,
    }));
  }),
  'repos/get-branch-rules': onRepository(['metadata:read'], (call) => {
    const rules = rulesOf(call.repo, call.params.branch ?? '');
    return list(call, rules?.kind === 'ruleset' ? rulesJson(call, rules) : [], (rule) => rule);
  }),
};
