import type { Cause, PhaseName } from '../run/facts.ts';
import type { PhaseView } from './view.ts';

/** Phases and causes in words for people. Fixed vocabulary: safe everywhere, in a drawing too. */
export const phaseTitle: Record<PhaseName, string> = {
  preflight: 'Preflight',
  spec: 'Spec',
  'spec-review': 'Spec review',
  tests: 'Sealed tests',
  build: 'Build',
  acceptance: 'Acceptance',
  suite: 'Test suite and scans',
  review: 'Review',
  score: 'Score',
  deliver: 'Deliver',
};

export const phaseDoing: Record<PhaseName, string> = {
  preflight: 'Checking whether this can be built',
  spec: 'Writing down what will be built',
  'spec-review': 'Looking for holes in the spec',
  tests: 'Writing tests from the contracts, before there is any code',
  build: 'Building a candidate',
  acceptance: 'Running the sealed tests on the candidate',
  suite: "Running the repository's own tests and the scans",
  review: 'Reviewing the change',
  score: 'Scoring the evidence',
  deliver: 'Delivering',
};

export const statusIcon: Record<PhaseView['status'], string> = {
  waiting: '▫️',
  running: '🔄',
  passed: '✅',
  failed: '❌',
  error: '⚠️',
  redo: '↩️',
  'not-reached': '➖',
};

export const statusWord: Record<PhaseView['status'], string> = {
  waiting: 'to do',
  running: 'running',
  passed: 'passed',
  failed: 'did not pass',
  error: 'ended without a result',
  redo: 'to be done again',
  'not-reached': 'not reached',
};

export const causeWords: Record<Cause, string> = {
  'preflight-refused': 'preflight refused it',
  'edited-late': 'the issue was changed shortly before',
  'duplicate-suspected': 'it may be a duplicate',
  blocked: 'another issue blocks it',
  queued: 'it waits for its turn',
  'looked-again': 'something changed, so it was looked at again',
  'low-feasibility': 'not a task for automation',
  'spec-findings': 'the spec review found holes',
  'open-questions': 'the spec had open questions',
  'questions-answered': 'questions were answered',
  'spec-rejected': 'a person rejected the spec',
  'acceptance-red': 'sealed tests failed',
  regression: 'a test of the repository broke',
  'scan-finding': 'a scan found something',
  'review-finding': 'the review asked for changes',
  'score-middling': 'the score was middling',
  'no-candidate': 'no usable candidate came back',
  'tests-voided': 'a sealed test was voided',
  'rejected-by-person': 'a person rejected the change',
  'base-moved': 'the base branch moved',
};
