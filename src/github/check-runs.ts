import type { Door } from './access.ts';
import type { CheckRun, CheckRunRequest, CheckRuns } from './types.ts';

/** GitHub takes at most so many with one request. */
const annotationsPerRequest = 50;

export function checkRunsOf({ call, place, appSlug }: Door): CheckRuns {
  const send = async (id: number, request: CheckRunRequest, from: number): Promise<CheckRun> => {
    const { data } = await call({ checks: 'write' }, (octokit) =>
      octokit.rest.checks.update({ ...place, check_run_id: id, ...fields(request, from) }),
    );
    return more(asCheckRun(data), request, from + annotationsPerRequest);
  };
  /** The rest of the annotations, one request after another. */
  const more = (sent: CheckRun, request: CheckRunRequest, from: number): Promise<CheckRun> | CheckRun =>
    from < request.annotations.length ? send(sent.id, request, from) : sent;

  const list = async (sha: string, name?: string) => {
    const ours = await appSlug();
    const filter = { ref: sha, filter: 'all' as const, ...(name !== undefined && { check_name: name }) };
    const runs = await call({ checks: 'read' }, (octokit) =>
      octokit.paginate(octokit.rest.checks.listForRef, { ...place, ...filter, per_page: 100 }),
    );
    return runs.filter((run) => run.app?.slug === ours);
  };

  return {
    find: async ({ sha, name, externalId }) => {
      const found = (await list(sha, name)).find((run) => run.external_id === externalId);
      return found && asCheckRun(found);
    },
    onCommit: async (sha) =>
      new Map((await list(sha)).map((run) => [run.external_id ?? '', asCheckRun(run)])),
    create: async (request) => {
      const { data } = await call({ checks: 'write' }, (octokit) =>
        octokit.rest.checks.create({
          ...place,
          name: request.name,
          head_sha: request.sha,
          ...fields(request, 0),
        }),
      );
      return more(asCheckRun(data), request, annotationsPerRequest);
    },
    update: async (id, request) => {
      const { data } = await call({ checks: 'read' }, (octokit) =>
        octokit.rest.checks.get({ ...place, check_run_id: id }),
      );
      return send(id, request, data.output.annotations_count);
    },
  };
}

function fields(request: CheckRunRequest, from: number) {
  const { title, summary, text } = request.output;
  return {
    external_id: request.externalId,
    status: request.status,
    ...(request.conclusion && { conclusion: request.conclusion }),
    ...(request.startedAt !== undefined && { started_at: asDate(request.startedAt) }),
    ...(request.completedAt !== undefined && { completed_at: asDate(request.completedAt) }),
    ...(request.detailsUrl !== undefined && { details_url: request.detailsUrl }),
    output: {
      title,
      summary,
      ...(text !== undefined && { text }),
      annotations: request.annotations.slice(from, from + annotationsPerRequest).map((annotation) => ({
        path: annotation.path,
        start_line: annotation.startLine,
        end_line: annotation.endLine,
        annotation_level: annotation.level,
        title: annotation.title,
        message: annotation.message,
      })),
    },
  };
}

/** GitHub's times have whole seconds. */
function asDate(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function asCheckRun(raw: {
  id: number;
  html_url: string | null;
  status: string;
  conclusion: string | null;
}): CheckRun {
  return { id: raw.id, url: raw.html_url ?? '', status: raw.status, conclusion: raw.conclusion };
}
