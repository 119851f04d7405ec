import { sendCheckRunEvent, sendStatusEvent, sendSuiteIfCompleted } from './events-checks.ts';
import type { Host } from './host.ts';
import { settlePulls } from './settle.ts';
import type { Actor, CheckRun, CommitStatus, Repository } from './world.ts';
import type { Annotation, ReportingApp } from './world-checks.ts';

/** Reporting on commits, by the app, by other apps and by CI systems. */

export interface CheckInput {
  name?: string;
  details_url?: string;
  external_id?: string;
  status?: CheckRun['status'];
  conclusion?: string;
  started_at?: string;
  completed_at?: string;
  output?: { title?: string; summary?: string; text?: string; annotations?: Annotation[] };
}

interface Reporter {
  readonly app: ReportingApp;
  readonly actor: Actor;
}

export async function createCheck(
  host: Host,
  repo: Repository,
  { app, actor }: Reporter,
  input: CheckInput & { name: string; headSha: string },
): Promise<CheckRun> {
  const check: CheckRun = {
    id: host.world.nextId(),
    app,
    name: input.name,
    headSha: input.headSha,
    externalId: null,
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: host.clock(),
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  apply(host, check, input);
  repo.checkRuns.set(check.id, check);
  sendCheckRunEvent(host, repo, check, 'created', actor);
  if (check.status === 'completed') await checkCompleted(host, repo, check, actor);
  return check;
}

export async function updateCheck(
  host: Host,
  repo: Repository,
  actor: Actor,
  check: CheckRun,
  input: CheckInput,
): Promise<void> {
  const before = check.status;
  apply(host, check, input);
  if (before !== 'completed' && check.status === 'completed') await checkCompleted(host, repo, check, actor);
}

async function checkCompleted(host: Host, repo: Repository, check: CheckRun, actor: Actor): Promise<void> {
  sendCheckRunEvent(host, repo, check, 'completed', actor);
  await sendSuiteIfCompleted(host, repo, check, actor);
  await settlePulls(host, repo);
}

/** A conclusion or a completion date completes a run; annotations add up. */
function apply(host: Host, check: CheckRun, input: CheckInput): void {
  const completed = input.conclusion !== undefined || input.completed_at !== undefined;
  check.name = input.name ?? check.name;
  check.externalId = input.external_id ?? check.externalId;
  check.detailsUrl = input.details_url ?? check.detailsUrl;
  check.status = completed ? 'completed' : (input.status ?? check.status);
  check.conclusion = check.status === 'completed' ? (input.conclusion ?? check.conclusion) : null;
  check.startedAt = input.started_at === undefined ? check.startedAt : new Date(input.started_at);
  if (check.status !== 'completed') check.completedAt = null;
  else if (input.completed_at !== undefined) check.completedAt = new Date(input.completed_at);
  else check.completedAt ??= host.clock();
  if (!input.output) return;
  const { title, summary, text, annotations } = input.output;
  check.output = {
    title: title ?? check.output.title,
    summary: summary ?? check.output.summary,
    text: text ?? check.output.text,
  };
  check.annotations.push(...(annotations ?? []));
}

export async function createStatus(
  host: Host,
  repo: Repository,
  actor: Actor,
  input: Pick<CommitStatus, 'sha' | 'context' | 'state' | 'description' | 'targetUrl'>,
): Promise<CommitStatus> {
  const status = { id: host.world.nextId(), ...input, creator: actor.account, createdAt: host.clock() };
  repo.statuses.push(status);
  await sendStatusEvent(host, repo, status);
  await settlePulls(host, repo);
  return status;
}
