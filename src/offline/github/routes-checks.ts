import { notFound } from './errors.ts';
import { sendCheckRunEvent } from './events.ts';
import { created, list, ok, onRepository, paginate, type RepoCall, type Routes } from './route.ts';
import { commitNamed } from './routes-repos.ts';
import { checkRunJson, latestChecks } from './shapes-pulls.ts';
import { repoHtml } from './shapes-repository.ts';
import type { Annotation, CheckRun } from './world.ts';

interface CheckInput {
  name?: string;
  head_sha?: string;
  details_url?: string;
  external_id?: string;
  status?: CheckRun['status'];
  conclusion?: string;
  started_at?: string;
  completed_at?: string;
  output?: { title?: string; summary?: string; text?: string; annotations?: Annotation[] };
}

function checkOf(call: RepoCall): CheckRun {
  const check = call.repo.checkRuns.get(Number(call.params.check_run_id));
  if (!check) throw notFound();
  return check;
}

/** A conclusion or a completion date completes a run; annotations add up. */
function apply(call: RepoCall, check: CheckRun, input: CheckInput): void {
  const completed = input.conclusion !== undefined || input.completed_at !== undefined;
  check.name = input.name ?? check.name;
  check.externalId = input.external_id ?? check.externalId;
  check.detailsUrl = input.details_url ?? check.detailsUrl;
  check.status = completed ? 'completed' : (input.status ?? check.status);
  check.conclusion = check.status === 'completed' ? (input.conclusion ?? check.conclusion) : null;
  check.startedAt = input.started_at === undefined ? check.startedAt : new Date(input.started_at);
  if (check.status !== 'completed') check.completedAt = null;
  else if (input.completed_at !== undefined) check.completedAt = new Date(input.completed_at);
  else check.completedAt ??= call.host.clock();
  if (!input.output) return;
  const { title, summary, text, annotations } = input.output;
  check.output = {
    title: title ?? check.output.title,
    summary: summary ?? check.output.summary,
    text: text ?? check.output.text,
  };
  check.annotations.push(...(annotations ?? []));
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
    const check: CheckRun = {
      id: host.world.nextId(),
      name: input.name,
      headSha: await commitNamed(call, input.head_sha, 422),
      externalId: null,
      detailsUrl: null,
      status: 'queued',
      conclusion: null,
      startedAt: host.clock(),
      completedAt: null,
      output: { title: null, summary: null, text: null },
      annotations: [],
    };
    apply(call, check, input);
    repo.checkRuns.set(check.id, check);
    sendCheckRunEvent(host, repo, check, 'created', actor);
    if (check.status === 'completed') sendCheckRunEvent(host, repo, check, 'completed', actor);
    return created(checkRunJson(host, repo, check));
  }),
  'checks/update': onRepository(['checks:write'], (call) => {
    const { host, repo, actor } = call;
    const check = checkOf(call);
    const before = check.status;
    apply(call, check, (call.body ?? {}) as CheckInput);
    if (before !== 'completed' && check.status === 'completed') {
      sendCheckRunEvent(host, repo, check, 'completed', actor);
    }
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
      .filter(() => query.app_id === undefined || query.app_id === host.app.id);
    const { items, headers } = paginate(call, asked);
    const body = {
      total_count: asked.length,
      check_runs: items.map((check) => checkRunJson(host, repo, check)),
    };
    return { status: 200, body, headers };
  }),
};
