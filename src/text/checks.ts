import type { ReviewFinding } from '../run/artifacts.ts';
import type { PhaseName } from '../run/facts.ts';
import { document, dollars, duration, points } from './markdown.ts';
import { headline, nextStep } from './next-step.ts';
import { phaseTitle, statusWord } from './phase-words.ts';
import { contractLedger, reviewFindings, suiteTable } from './pull-request.ts';
import { renderScoreTable, routeWords } from './score-table.ts';
import { phaseTable } from './sticky.ts';
import { neutralise } from './untrusted.ts';
import type { FindingView, PhaseView, RunView } from './view.ts';

/** A check run without the commit that it hangs on. Times are milliseconds since the epoch. */
export type CheckText = {
  name: string;
  startedAt?: number;
  output: { title: string; summary: string; text?: string };
  annotations: CheckAnnotation[];
} & (
  | { status: 'queued' | 'in_progress' }
  | { status: 'completed'; conclusion: CheckConclusion; completedAt: number }
);
export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'action_required';

export interface CheckAnnotation {
  path: string;
  startLine: number;
  endLine: number;
  level: 'notice' | 'warning' | 'failure';
  title: string;
  message: string;
}

/** The one check that sums a run up: the one to require in branch rules. */
export function summaryCheck(view: RunView): CheckText {
  const output = {
    title: summaryTitle(view),
    summary: document(
      headline(view),
      `**Next:** ${nextStep(view)}`,
      view.score && renderScoreTable(view.score),
    ),
    text: document(contractLedger(view), phaseTable(view.phases)),
  };
  const check = { name: 'auto-build', startedAt: view.startedAt, output, annotations: [] };
  const conclusion = summaryConclusion(view);
  if (!conclusion) return { ...check, status: 'in_progress' };
  const ends = view.phases.map(({ endedAt }) => endedAt ?? 0);
  return { ...check, status: 'completed', conclusion, completedAt: Math.max(view.startedAt, ...ends) };
}

function summaryTitle(view: RunView): string {
  return view.score ? `Score ${points(view.score.score)}: ${routeWords[view.score.route]}` : 'No score yet';
}

/**
 * Settled before the merge, so that branch rules may require it: green when the score or a person allows the merge.
 * null while the evidence for the heads is not complete.
 */
function summaryConclusion(view: RunView): CheckConclusion | null {
  if (view.outcome === 'merged') return 'success';
  if (view.state === 'canceled') return 'cancelled';
  if (view.state === 'failed') return 'failure';
  if (view.wait === 'foreign-commit') return 'action_required';
  const delivered = view.phases.at(-1)?.status === 'passed';
  if (!delivered || !view.score) return null;
  if (view.wait === 'human-review') return 'neutral';
  return 'success';
}

/** One check run per phase. `queued` before it begins. */
export function phaseCheck(view: RunView, phase: PhaseView): CheckText {
  const check = {
    name: `auto-build / ${phase.name}`,
    ...(phase.startedAt !== null && { startedAt: phase.startedAt }),
    output: {
      title: phaseCheckTitle(phase),
      summary: document(phaseSummary(view, phase.name), phaseTable([phase])),
    },
    annotations: annotations(view, phase.name),
  };
  if (phase.status === 'running') return { ...check, status: 'in_progress' };
  if (phase.status === 'not-reached') {
    return { ...check, status: 'completed', conclusion: 'skipped', completedAt: view.startedAt };
  }
  if (phase.status === 'waiting' || phase.status === 'redo') return { ...check, status: 'queued' };
  return {
    ...check,
    status: 'completed',
    conclusion: phase.status === 'passed' ? 'success' : 'failure',
    completedAt: phase.endedAt ?? view.startedAt,
  };
}

function phaseCheckTitle(phase: PhaseView): string {
  const attempts = phase.attempts > 1 ? `, attempt ${phase.attempts}` : '';
  const cost = phase.attempts > 0 ? ` (${duration(phase.cost.ms)}, ${dollars(phase.cost.usd)})` : '';
  return `${phaseTitle[phase.name]}: ${statusWord[phase.status]}${attempts}${cost}`;
}

function phaseSummary(view: RunView, phase: PhaseName): string | null {
  switch (phase) {
    case 'tests':
    case 'acceptance':
      return contractLedger(view);
    case 'suite':
      return view.suite && suiteTable(view.suite);
    case 'review':
      return view.review && reviewFindings(view.review);
    case 'score':
      return view.score && renderScoreTable(view.score);
    default:
      return null;
  }
}

/** What names a file and a line of the candidate. Plain text for GitHub, but made harmless all the same. */
function annotations(view: RunView, phase: PhaseName): CheckAnnotation[] {
  switch (phase) {
    case 'review':
      return view.review?.findings.flatMap(reviewAnnotation) ?? [];
    case 'suite':
      return view.suite?.findings.flatMap(scanAnnotation) ?? [];
    default:
      return [];
  }
}

const levels = { blocker: 'failure', major: 'warning', minor: 'notice' } as const;

function reviewAnnotation(finding: ReviewFinding): CheckAnnotation[] {
  const { path, line, severity, category, problem, suggestion } = finding;
  if (path === undefined || line === undefined) return [];
  const message = neutralise(suggestion === '' ? problem : `${problem}\n\n${suggestion}`, 4_000);
  const title = `${severity}: ${category}`;
  return [{ path, startLine: line, endLine: line, level: levels[severity], title, message }];
}

function scanAnnotation({ path, line, level, rule, words }: FindingView): CheckAnnotation[] {
  if (line === null) return [];
  const title = neutralise(rule, 200);
  return [{ path, startLine: line, endLine: line, level, title, message: neutralise(words, 4_000) }];
}
