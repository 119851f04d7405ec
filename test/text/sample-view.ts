import { score } from '../../src/gate/score.ts';
import { phaseNames } from '../../src/run/facts.ts';
import { scoreTable } from '../../src/text/score-table.ts';
import type { PhaseView, RunView } from '../../src/text/view.ts';
import { perfect } from '../gate/signals.ts';

export const start = Date.UTC(2026, 10, 3, 14, 0, 12);

const spent: Partial<Record<(typeof phaseNames)[number], [ms: number, usd: number]>> = {
  preflight: [4_100, 0],
  spec: [38_200, 0.06],
  'spec-review': [21_000, 0.03],
  tests: [55_300, 0.08],
  build: [184_000, 0.31],
  acceptance: [12_400, 0],
  suite: [6_800, 0],
  review: [31_000, 0.12],
  score: [40, 0],
  deliver: [2_300, 0],
};

function phases(): PhaseView[] {
  let at = start;
  return phaseNames.map((name) => {
    const [ms, usd] = spent[name]!;
    const startedAt = at;
    at += ms;
    return {
      name,
      status: 'passed',
      attempts: 1,
      cost: { ms, usd },
      startedAt,
      endedAt: at,
      again: [],
      words: '',
    };
  });
}

const contract = (
  id: string,
  title: string,
  kind: 'new' | 'keep',
  count: number,
): RunView['contracts'][number] => ({
  id,
  title,
  kind,
  tests: Array.from({ length: count }, (_, at) => `${id}/${at + 1}`),
  onBase: count,
  greenRuns: 3,
  twinsSurvived: [],
  proven: true,
  reason: null,
});

const signals = {
  ...perfect,
  contracts: { proven: 6, total: 6, inProcess: 0 },
  review: { ...perfect.review, minors: 1 },
  types: null,
  build: null,
  mutation: { killed: 17, total: 20 },
};
export const goodScore = scoreTable(signals, score(signals));

const weak = {
  ...signals,
  contracts: { proven: 4, total: 6, inProcess: 0 },
  mutation: { killed: 8, total: 20 },
  suite: { regressions: 1, ok: true },
  securityFindings: 1,
};
export const weakScore = scoreTable(weak, score(weak));

/** A run that went well after one repair, as it stands when the pull request was merged. */
export function sampleView(change: Partial<RunView> = {}): RunView {
  const all = phases();
  const build = all.find(({ name }) => name === 'build')!;
  build.attempts = 2;
  build.again = [
    { what: 'candidate 2: sealed tests failed', words: '2 of 14 sealed tests failed; 1 of them visible.' },
  ];
  const acceptance = all.find(({ name }) => name === 'acceptance')!;
  acceptance.attempts = 2;
  return {
    run: '01jbq3v7',
    repository: { owner: 'acme', name: 'tiny-text', url: 'https://github.com/acme/tiny-text' },
    issue: {
      number: 1,
      title: 'Add slugify(text, options)',
      body: 'We build URLs from article titles …',
      author: 'jules',
      startedBy: 'mona',
      url: 'https://github.com/acme/tiny-text/issues/1',
      removed: [],
    },
    state: 'succeeded',
    outcome: 'merged',
    words: 'Merged.',
    wait: null,
    doing: null,
    startedAt: start,
    cost: { ms: 355_140, usd: 0.6 },
    budgetUsd: 10,
    quote: { usd: { low: 0.4, high: 1.2 }, minutes: { low: 4, high: 9 }, runs: 12 },
    feasibility: {
      score: 91,
      factors: [
        { name: 'complexity', score: 95, words: 'Complexity: nothing in the text is known to be hard.' },
        { name: 'scope', score: 95, words: 'Scope: a repository of 14 files, 2 of its files named.' },
        { name: 'stack', score: 100, words: 'Stack: Node.js, with tests of its own.' },
        { name: 'clarity', score: 80, words: 'Clarity: it says what must hold, the place, an example.' },
      ],
      reasons: ['Clarity: it says what must hold, the place, an example.'],
      raise: [],
    },
    similar: [],
    warnings: [],
    phases: all,
    candidates: [
      { round: 1, model: 'claude-sonnet-5-5', replacedFor: 'acceptance-red', route: null },
      { round: 2, model: 'claude-sonnet-5-5', replacedFor: null, route: 'merge' },
    ],
    postMortem: null,
    questions: [],
    contracts: [
      contract('C1', 'A slug has lower-case ASCII words with the separator between them', 'new', 4),
      contract('C2', 'Other scripts go through toAscii first', 'new', 2),
      contract('C3', 'maxLength keeps as many whole words as fit', 'new', 3),
      contract('C4', 'Nothing left to slugify is a RangeError', 'new', 2),
      contract('C5', 'A maxLength that is no positive integer is a RangeError', 'new', 2),
      contract('C6', 'truncate, titleCase and words return what they returned before', 'keep', 3),
    ],
    proof: {
      tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      image: 'sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0',
      runs: 3,
      mode: 'data',
      twins: { killed: 16, total: 16 },
      tampering: [],
    },
    suite: {
      checks: [
        { name: 'tests', command: '', ok: true, words: '38 passed, 14 of them new' },
        { name: 'lint', command: 'npm run lint', ok: true, words: 'green' },
      ],
      regressions: [],
      findings: [],
      newDependencies: [],
    },
    commands: ['npm ci', 'npm test'],
    score: goodScore,
    review: {
      approved: true,
      summary:
        'Small, follows the style of the other modules, reuses toAscii and words instead of a new expression.',
      findings: [
        {
          severity: 'minor',
          path: 'src/slugify.js',
          line: 31,
          category: 'documentation',
          problem: 'The comment says "characters" where UTF-16 code units are meant.',
          suggestion: 'Say that the slug is ASCII, so the two are the same.',
        },
      ],
    },
    patch: {
      base: 'a3c65c2974270fd093ee8a9bf8ae7d0b00000000',
      tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      files: [
        { path: 'src/slugify.js', change: 'added', additions: 48, deletions: 0 },
        { path: 'src/index.js', change: 'modified', additions: 1, deletions: 0 },
        { path: 'test/slugify.test.js', change: 'added', additions: 96, deletions: 0 },
        { path: 'README.md', change: 'modified', additions: 12, deletions: 0 },
        { path: 'CHANGELOG.md', change: 'modified', additions: 4, deletions: 0 },
      ],
      diff: '',
      summary:
        'Adds `slugify(text, options)` in `src/slugify.js`, on top of `toAscii` and `words`.\n\nThe three services each had their own expression for this, and each of them got *Straße* wrong; there is one place for it now.',
      model: 'claude-sonnet-5-5',
    },
    notDone: [],
    branch: 'auto-build/1-add-slugify-text-options',
    head: '9fceb02d0ae598e95dc970b74767f19372d61af8',
    pullRequest: { number: 2, url: 'https://github.com/acme/tiny-text/pull/2' },
    links: [{ label: 'Timeline', url: 'http://127.0.0.1:4000/runs/01jbq3v7' }],
    ...change,
  };
}

/** The same run while its second candidate is built. */
export function runningView(change: Partial<RunView> = {}): RunView {
  const view = sampleView();
  const at = view.phases.findIndex(({ name }) => name === 'build');
  return {
    ...view,
    state: 'running',
    outcome: null,
    words: '',
    doing: { phase: 'build', merge: false },
    cost: { ms: 192_000, usd: 0.31 },
    phases: view.phases.map((phase, index) =>
      index < at
        ? phase
        : index === at
          ? { ...phase, status: 'running', attempts: 1, cost: { ms: 61_000, usd: 0.14 } }
          : phase.name === 'acceptance'
            ? { ...phase, status: 'redo', attempts: 1 }
            : {
                ...phase,
                status: 'waiting',
                attempts: 0,
                cost: { ms: 0, usd: 0 },
                startedAt: null,
                endedAt: null,
              },
    ),
    candidates: view.candidates.slice(0, 1),
    proof: null,
    suite: null,
    score: null,
    review: null,
    head: null,
    pullRequest: null,
    ...change,
  };
}

/** A run whose evidence was too weak for anything to be pushed. */
export function rejectedView(): RunView {
  const view = sampleView();
  return {
    ...view,
    state: 'failed',
    outcome: 'rejected',
    words: 'The evidence is too weak: nothing was pushed.',
    score: weakScore,
    contracts: view.contracts.map((each, at) =>
      at < 4 ? each : { ...each, proven: false, greenRuns: 1, reason: `${each.id}/2 passed in 1 of 3 runs` },
    ),
    suite: {
      ...view.suite!,
      regressions: [
        { id: 'test/words.test.js > words > splits', now: 'failed', message: 'AssertionError: 2 is not 3' },
      ],
      checks: [
        { name: 'tests', command: '', ok: false, words: '23 passed, 1 regression' },
        { name: 'lint', command: 'npm run lint', ok: true, words: 'green' },
      ],
    },
    notDone: [
      'C5 A maxLength that is no positive integer is a RangeError (C5/2 passed in 1 of 3 runs)',
      'C6 truncate, titleCase and words return what they returned before (C6/2 passed in 1 of 3 runs)',
    ],
    head: null,
    pullRequest: null,
  };
}
