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

  return {
    find: async ({ sha, name, externalId }) => {
      const ours = await appSlug();
      const runs = await call({ checks: 'read' }, (octokit) =>
        octokit.paginate(octokit.rest.checks.listForRef, {
          ...place,
          ref: sha,
          check_name: name,
          filter: 'all',
          per_page: 100,
        }),
      );
      const found = runs.find((run) => run.app?.slug === ours && run.external_id === externalId);
      return found && asCheckRun(found);
    },
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
