import { type CheckInput, createCheck, createStatus, updateCheck } from './check-actions.ts';
import { ApiError, notFound } from './errors.ts';
import { readCommit } from './git-read.ts';
import { created, list, ok, onRepository, paginate, type RepoCall, type Routes } from './route.ts';
import { commitNamed } from './routes-repos.ts';
import {
  checkRunJson,
  checkSuiteId,
  checkSuiteJson,
  statusJson,
  statusWithCreatorJson,
} from './shapes-checks.ts';
import { repoApi, repoHtml, repositoryJson } from './shapes-repository.ts';
import type { Annotation, CheckRun, CommitStatus } from './world.ts';
import { latestChecks, latestStatuses, statusState } from './world-checks.ts';

interface StatusInput {
  state: CommitStatus['state'];
  target_url?: string | null;
  description?: string | null;
  context?: string;
}

function statusesOf({ repo }: RepoCall, sha: string): CommitStatus[] {
  return repo.statuses.filter((status) => status.sha === sha);
}

function checkOf(call: RepoCall): CheckRun {
  const check = call.repo.checkRuns.get(Number(call.params.check_run_id));
  if (!check) throw notFound();
  return check;
}

function annotationJson(call: RepoCall, check: CheckRun, annotation: Annotation) {
  return {
    start_column: null,
    end_column: null,
    title: null,
    raw_details: null,
    ...annotation,
    blob_href: `${repoHtml(call.host, call.repo)}/blob/${check.headSha}/${annotation.path}`,
  };
}

export const checkRoutes: Routes = {
  'checks/create': onRepository(['checks:write'], async (call) => {
    const { host, repo, actor } = call;
    const input = call.body as CheckInput & { name: string; head_sha: string };
    const headSha = await commitNamed(call, input.head_sha, 422);
    const check = await createCheck(host, repo, { app: host.app, actor }, { ...input, headSha });
    return created(checkRunJson(host, repo, check));
  }),
  'checks/update': onRepository(['checks:write'], async (call) => {
    const { host, repo, actor } = call;
    const check = checkOf(call);
    if (check.app.id !== host.app.id) {
      throw new ApiError(
        403,
        `Invalid app_id \`${host.app.id}\` - check run can only be modified by the GitHub App that created it.`,
      );
    }
    await updateCheck(host, repo, actor, check, (call.body ?? {}) as CheckInput);
    return ok(checkRunJson(host, repo, check));
  }),
  'checks/get': onRepository(['checks:read'], (call) =>
    ok(checkRunJson(call.host, call.repo, checkOf(call))),
  ),
  'checks/list-annotations': onRepository(['checks:read'], (call) => {
    const check = checkOf(call);
    return list(call, check.annotations, (annotation) => annotationJson(call, check, annotation));
  }),
  'checks/list-for-ref': onRepository(['checks:read'], async (call) => {
    const { host, repo, query } = call;
    const sha = await commitNamed(call, call.params.ref ?? '', 422);
    const all = [...repo.checkRuns.values()].filter((check) => check.headSha === sha);
    const asked = (query.filter === 'all' ? all : latestChecks(all))
      .filter((check) => query.check_name === undefined || check.name === query.check_name)
      .filter((check) => query.status === undefined || check.status === query.status)
      .filter((check) => query.app_id === undefined || query.app_id === check.app.id);
    const { items, headers } = paginate(call, asked);
    const body = {
      total_count: asked.length,
      check_runs: items.map((check) => checkRunJson(host, repo, check)),
    };
    return { status: 200, body, headers };
  }),
  'checks/list-suites-for-ref': onRepository(['checks:read'], async (call) => {
    const { host, repo, query } = call;
    const sha = await commitNamed(call, call.params.ref ?? '', 422);
    const runs = [...repo.checkRuns.values()].filter((check) => check.headSha === sha);
    const suites = [...Map.groupBy(runs, checkSuiteId).values()].filter(
      ([first]) => query.app_id === undefined || first?.app.id === query.app_id,
    );
    const commit = await readCommit(host.git, repo.dir, sha);
    const { items, headers } = paginate(call, suites);
    const body = {
      total_count: suites.length,
      check_suites: items.map((suite) => ({
        ...checkSuiteJson(host, repo, suite, commit),
        repository: repositoryJson(host, repo),
      })),
    };
    return { status: 200, body, headers };
  }),
  'repos/create-commit-status': onRepository(['statuses:write'], async (call) => {
    const { host, repo, actor } = call;
    const { context = 'default', ...input } = call.body as StatusInput;
    const status = await createStatus(host, repo, actor, {
      sha: await commitNamed(call, call.params.sha ?? '', 422),
      context,
      state: input.state,
      description: input.description ?? null,
      targetUrl: input.target_url ?? null,
    });
    return created(statusWithCreatorJson(host, repo, status));
  }),
  'repos/list-commit-statuses-for-ref': onRepository(['statuses:read'], async (call) => {
    const sha = await commitNamed(call, call.params.ref ?? '');
    return list(call, statusesOf(call, sha).reverse(), (status) =>
      statusWithCreatorJson(call.host, call.repo, status),
    );
  }),
  'repos/get-combined-status-for-ref': onRepository(['statuses:read'], async (call) => {
    const { host, repo } = call;
    const sha = await commitNamed(call, call.params.ref ?? '');
    const url = `${repoApi(host, repo)}/commits/${sha}`;
    const newest = latestStatuses(statusesOf(call, sha));
    const states = newest.map(statusState);
    const { items, headers } = paginate(call, newest);
    const body = {
      // GitHub calls a commit without any status pending.
      state: states.includes('red')
        ? 'failure'
        : states.length === 0 || states.includes('pending')
          ? 'pending'
          : 'success',
      statuses: items.map((status) => statusJson(host, repo, status)),
      sha,
      total_count: newest.length,
      repository: repositoryJson(host, repo),
      commit_url: url,
      url: `${url}/status`,
    };
    return { status: 200, body, headers };
  }),
};
