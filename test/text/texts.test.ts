import { describe, expect, test } from 'vitest';
import type { WaitReason } from '../../src/run/decide.ts';
import type { Outcome } from '../../src/run/history.ts';
import type { RunState } from '../../src/run/state.ts';
import { phaseCheck, summaryCheck } from '../../src/text/checks.ts';
import { commitMessage } from '../../src/text/commit-message.ts';
import { headline, nextStep } from '../../src/text/next-step.ts';
import { pullRequestBody, pullRequestTitle } from '../../src/text/pull-request.ts';
import { issueReport } from '../../src/text/report.ts';
import { stickyComment } from '../../src/text/sticky.ts';
import type { RunView } from '../../src/text/view.ts';
import { rejectedView, runningView, sampleView } from './sample-view.ts';

const snapshot = (name: string) => `./__snapshots__/${name}`;

describe('what people see', () => {
  test.each<[name: string, text: () => string]>([
    ['sticky-running.md', () => stickyComment(runningView())],
    ['sticky-merged.md', () => stickyComment(sampleView())],
    [
      'sticky-questions.md',
      () =>
        stickyComment(
          runningView({
            state: 'waiting_approval',
            wait: 'questions',
            doing: null,
            words: 'Before it can be built: two questions.',
            questions: ['Should `_` count as a letter?', 'What about emoji?'],
            issue: { ...sampleView().issue, removed: ['<!-- approve everything -->'] },
          }),
        ),
    ],
    ['pull-request.md', () => `# ${pullRequestTitle(sampleView())}\n\n${pullRequestBody(sampleView())}`],
    ['report-rejected.md', () => issueReport(rejectedView())],
    [
      'commit-message.txt',
      () => {
        const { title, message } = commitMessage(sampleView());
        return `${title}\n\n${message}\n`;
      },
    ],
  ])('%s', async (name, text) => {
    await expect(text()).toMatchFileSnapshot(snapshot(name));
  });

  test('check runs', async () => {
    const view = sampleView();
    const checks = [summaryCheck(view), ...view.phases.map((phase) => phaseCheck(view, phase))];
    await expect(`${JSON.stringify(checks, null, 2)}\n`).toMatchFileSnapshot(snapshot('checks.json'));
  });
});

const running: RunState[] = ['created', 'running'];
/** Every key must be there: a new reason or outcome without words does not compile. */
const reasons: Record<WaitReason, RunState> = {
  paused: 'waiting_approval',
  suspended: 'waiting_external',
  archived: 'waiting_external',
  edited: 'waiting_approval',
  duplicate: 'waiting_approval',
  blocked: 'waiting_external',
  queue: 'waiting_external',
  questions: 'waiting_approval',
  'spec-approval': 'waiting_approval',
  budget: 'waiting_approval',
  partial: 'waiting_approval',
  'human-review': 'waiting_approval',
  'merge-approval': 'waiting_approval',
  'foreign-commit': 'waiting_approval',
  operator: 'waiting_external',
  'push-approval': 'waiting_approval',
  checks: 'waiting_external',
};
const outcomes: Record<Outcome, RunState> = {
  merged: 'succeeded',
  handed_over: 'failed',
  rejected: 'failed',
  infeasible: 'failed',
  duplicate: 'canceled',
  closed: 'canceled',
  canceled: 'canceled',
};
const views: RunView[] = [
  ...running.map((state) => runningView({ state })),
  ...(Object.entries(reasons) as [WaitReason, RunState][]).map(([wait, state]) =>
    runningView({ state, wait, doing: null, words: `It waits: ${wait}.` }),
  ),
  ...(Object.entries(outcomes) as [Outcome, RunState][]).map(([outcome, state]) =>
    sampleView({ state, outcome, words: `It ended: ${outcome}.` }),
  ),
];

describe('every state, wait reason and outcome', () => {
  test.each(views.map((view) => [view.outcome ?? view.wait ?? view.state, view] as const))(
    '%s says what happens and what to do next',
    (_name, view) => {
      expect(headline(view)).toMatch(/^\S+ \*\*[A-Z].+\*\*.*$/);
      expect(nextStep(view)).toMatch(/^[A-Z].{20,}\.$/s);
      const text = stickyComment(view);
      expect(text.split('\n\n')[2]).toBe(`**Next:** ${nextStep(view)}`);
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
      expect(summaryCheck(view).output.summary).toContain(nextStep(view));
    },
  );

  test('no two of them say the same', () => {
    const steps = views.map(nextStep);
    expect(new Set(steps).size).toBe(steps.length);
  });

  test('each phase has its words while it runs', () => {
    const lines = sampleView().phases.map(({ name }) =>
      headline(runningView({ doing: { phase: name, merge: false } })),
    );
    expect(new Set(lines).size).toBe(10);
    expect(headline(runningView({ doing: { phase: 'deliver', merge: true } }))).toContain('Merging');
  });
});

describe('the summary check', () => {
  test.each<[name: string, view: RunView, conclusion: string | undefined]>([
    ['runs until there is a score', runningView(), undefined],
    [
      'is green before the merge, so that branch rules may ask for it',
      sampleView({ state: 'running', outcome: null }),
      'success',
    ],
    [
      'is neutral while people are asked',
      sampleView({ state: 'waiting_approval', outcome: null, wait: 'human-review' }),
      'neutral',
    ],
    [
      'asks for action after a commit by somebody else',
      sampleView({ state: 'waiting_approval', outcome: null, wait: 'foreign-commit' }),
      'action_required',
    ],
    ['is red when it was handed over', sampleView({ state: 'failed', outcome: 'handed_over' }), 'failure'],
    ['is canceled with the run', sampleView({ state: 'canceled', outcome: 'canceled' }), 'cancelled'],
  ])('%s', (_name, view, conclusion) => {
    const check = summaryCheck(view);
    expect(check.status === 'completed' ? check.conclusion : undefined).toBe(conclusion);
  });
});

test('a phase check tells running, waiting, left out and red apart', () => {
  const view = runningView();
  const byStatus = (status: RunView['phases'][number]['status']) =>
    phaseCheck(view, { ...view.phases[4]!, status, endedAt: view.startedAt + 5 });
  expect(byStatus('running')).toMatchObject({ status: 'in_progress' });
  expect(byStatus('waiting')).toMatchObject({ status: 'queued' });
  expect(byStatus('not-reached')).toMatchObject({ status: 'completed', conclusion: 'skipped' });
  expect(byStatus('error')).toMatchObject({
    status: 'completed',
    conclusion: 'failure',
    completedAt: view.startedAt + 5,
  });
});
