import { type Signals, score } from '../../../src/gate/score.ts';
import type { PhaseName } from '../../../src/run/facts.ts';
import type { ProgressEvent } from '../../../src/text/progress.ts';
import { perfect } from '../../gate/signals.ts';

const start = Date.UTC(2026, 10, 20, 9, 30);
const model = 'claude-sonnet-5-5';

export const signals: Signals = {
  ...perfect,
  contracts: { proven: 7, total: 7, inProcess: 0 },
  review: { ...perfect.review, minors: 1 },
  lint: null,
  build: null,
  mutation: { killed: 18, total: 21 },
};

/** A run with one repair, as the terminal hears of it. */
export function sampleRun(): ProgressEvent[] {
  let at = start;
  const phase = (
    name: PhaseName,
    attempt: number,
    ms: number,
    usd: number,
    result: 'pass' | 'fail' | 'error',
    words: string,
    ...inside: DistributiveOmit<ProgressEvent, 'at'>[]
  ): ProgressEvent[] => {
    const began: ProgressEvent = { at, kind: 'phase-started', phase: name, attempt };
    const during = inside.map((event) => ({ ...event, at: at + ms / 2 }) as ProgressEvent);
    at += ms;
    return [began, ...during, { at, kind: 'phase-ended', phase: name, attempt, ms, usd, result, words }];
  };
  return [
    {
      at,
      kind: 'run-started',
      run: 'r-7f3a',
      repository: 'acme/tiny-text',
      issue: { number: 1, title: 'Add slugify(text, options)\u001b[31m' },
      sandbox: { kind: 'docker', words: 'image built from this machine, no registry is in reach' },
    },
    ...phase('preflight', 1, 120, 0, 'pass', 'feasible (92 of 100), @mona may start it'),
    {
      at,
      kind: 'effect',
      effect: 'comment',
      url: 'http://127.0.0.1:4100/acme/tiny-text/issues/1#issuecomment-5',
    },
    ...phase('spec', 1, 1450, 0.031, 'pass', '7 contracts, 3 tasks, no open questions', {
      kind: 'role-called',
      phase: 'spec',
      role: 'spec-author',
      model,
      shown: ['issue', 'repository'],
      ms: 1400,
    }),
    ...phase(
      'build',
      1,
      2300,
      0.044,
      'pass',
      '5 files, +71 −2',
      {
        kind: 'role-called',
        phase: 'build',
        role: 'builder',
        model,
        shown: ['issue', 'interface', 'plan', 'repository'],
        ms: 2100,
      },
      ...[1, 2, 3, 4, 5, 6].map((n) => ({
        kind: 'command-ran' as const,
        phase: 'build' as const,
        command: `npm test -- --round ${n}`,
        exitCode: n === 1 ? 1 : 0,
        ms: 410,
      })),
    ),
    ...phase(
      'acceptance',
      1,
      3800,
      0,
      'fail',
      '2 of 24 sealed tests are red in C4: expected the-quick, received the',
    ),
    { at, kind: 'head-advanced', head: 'candidate', round: 2, because: '2 sealed tests are red' },
    ...phase('build', 2, 1900, 0.03, 'pass', '5 files, +78 −2'),
    ...phase('acceptance', 2, 4100, 0, 'pass', '7 of 7 contracts proven in 3 runs'),
    ...phase('score', 1, 10, 0, 'pass', '.9689', {
      kind: 'scored',
      signals,
      score: score(signals),
      route: 'merge',
    }),
    { at, kind: 'waiting', why: 'required check ci is still running' },
    ...phase('deliver', 1, 900, 0, 'pass', 'merged as 4f1d2a6'),
    { at, kind: 'ended', outcome: 'merged', words: 'pull request #2 is merged and issue #1 closed' },
  ];
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
