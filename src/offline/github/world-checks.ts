import type { Account } from './world-accounts.ts';

/** What apps and CI systems say about a commit. */

/** The app that reports a check run: ours, or another one that only exists as a reporter. */
export interface ReportingApp {
  readonly id: number;
  readonly slug: string;
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: string;
  readonly message: string;
  readonly title?: string;
  readonly raw_details?: string;
}

export interface CheckRun {
  readonly id: number;
  readonly app: ReportingApp;
  name: string;
  readonly headSha: string;
  externalId: string | null;
  detailsUrl: string | null;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  startedAt: Date;
  completedAt: Date | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: Annotation[];
}

export type StatusState = 'error' | 'failure' | 'pending' | 'success';

/** A commit status; of one context on one commit the newest counts, all are kept. */
export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: StatusState;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: Date;
}

/** Of check runs with the same name and app only the newest counts. */
export function latestChecks(checks: readonly CheckRun[]): CheckRun[] {
  return [...new Map(checks.map((check) => [`${check.app.id} ${check.name}`, check])).values()];
}

/** Of statuses with the same context only the newest counts. */
export function latestStatuses(statuses: readonly CommitStatus[]): CommitStatus[] {
  return [...new Map(statuses.map((status) => [status.context, status])).values()];
}

export type CheckState = 'pending' | 'green' | 'red';

/** GitHub takes neutral and skipped for green. */
export function checkState(check: CheckRun): CheckState {
  if (check.status !== 'completed') return 'pending';
  return ['success', 'neutral', 'skipped'].includes(check.conclusion ?? '') ? 'green' : 'red';
}

export function statusState(status: CommitStatus): CheckState {
  return status.state === 'pending' ? 'pending' : status.state === 'success' ? 'green' : 'red';
}
