import { setTimeout as sleep } from 'node:timers/promises';
import type { Door } from './door.ts';
import type { CheckRun, CheckRunRequest, CheckRuns } from './types.ts';

/** GitHub takes at most so many with one request. */
const annotationsPerRequest = 50;

export function checkRunsOf({ read, write, place, appSlug, lagMs }: Door): CheckRuns {
  /** @param known so many annotations are there for certain; GitHub may say less right after a write */
  const send = (id: number, request: CheckRunRequest, known: number) => {
    let tried: number | undefined;
    return write('check-run.update', { checks: 'write' }, async (octokit) => {
      const count = async () =>
        Math.max(
          known,
          (await octokit.rest.checks.get({ ...place, check_run_id: id })).data.output.annotations_count,
        );
      let from = await count();
      // The answer was lost. Sent twice, annotations would be there twice: what was sent is given time to show.
      for (const wait of lagMs) {
        if (from !== tried || from >= request.annotations.length) break;
        await sleep(wait);
        from = await count();
      }
      tried = from;
      const { data } = await octokit.rest.checks.update({
        ...place,
        check_run_id: id,
        ...fields(request, from),
      });
      return { run: asCheckRun(data), sent: from + annotationsPerRequest };
    });
  };
  /** The rest of the annotations, one request after another. */
  const complete = async (first: { run: CheckRun; sent: number }, request: CheckRunRequest) => {
    let { run, sent } = first;
    while (sent < request.annotations.length) ({ run, sent } = await send(run.id, request, sent));
    return run;
  };

  return {
    onCommit: async (sha) => {
      const ours = await appSlug();
      const runs = await read({ checks: 'read' }, (octokit) =>
        octokit.paginate(octokit.rest.checks.listForRef, {
          ...place,
          ref: sha,
          filter: 'all',
          per_page: 100,
        }),
      );
      return new Map(
        runs.filter((run) => run.app?.slug === ours).map((run) => [run.external_id ?? '', asCheckRun(run)]),
      );
    },
    create: async (request) => {
      const { data } = await write('check-run.create', { checks: 'write' }, (octokit) =>
        octokit.rest.checks.create({
          ...place,
          name: request.name,
          head_sha: request.sha,
          ...fields(request, 0),
        }),
      );
      return complete({ run: asCheckRun(data), sent: annotationsPerRequest }, request);
    },
    update: async (id, request) => complete(await send(id, request, 0), request),
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
