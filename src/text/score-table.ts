import { route as routeOf } from '../gate/route.ts';
import type { Score, Signals } from '../gate/score.ts';
import type { Route } from '../run/facts.ts';
import { counted, exact, inline, list, points, sections, table } from './markdown.ts';

/** How a score came about, for people: the rows of the table in the pull request, the checks and the terminal. */
export interface ScoreTable {
  signals: {
    name: string;
    /** Basis points of the whole score that this signal can bring, 0–10000. */
    weight: number;
    /** Basis points of its weight that it brought, 0–10000; null when the repository does not have the signal. */
    value: number | null;
    words: string;
  }[];
  caps: { /** Basis points. */ at: number; why: string }[];
  /** Basis points, 0–10000, before any cap. */
  sum: number;
  /** The same, after the lowest cap. */
  score: number;
  route: Route;
}

/** How a score came about, signal by signal. Pure arithmetic on what the gate computed; nothing is scored here. */
export function scoreTable(signals: Signals, score: Score): ScoreTable {
  const { contracts, review, suite, mutation } = signals;
  const checks = [
    { name: 'lint', value: signals.lint },
    { name: 'types', value: signals.types },
    { name: 'build', value: signals.build },
  ].filter((check) => check.value !== null);
  const red = checks.filter((check) => !check.value).map((check) => check.name);
  // Of verification's 3,000: what the repository does not have shares its weight out among the rest.
  const has = { suite: suite ? 50 : 0, checks: checks.length > 0 ? 20 : 0, mutation: mutation ? 30 : 0 };
  const all = has.suite + has.checks + has.mutation;
  const weight = (part: number) => (all === 0 ? 0 : Math.round((3_000 * part) / all));
  return {
    signals: [
      {
        name: 'Acceptance',
        weight: 4_000,
        value: score.acceptance,
        words: `${contracts.proven} of ${counted(contracts.total, 'contract')} proven`,
      },
      { name: 'Review', weight: 3_000, value: score.review, words: reviewWords(review) },
      {
        name: 'Test suite',
        weight: weight(has.suite),
        value: suite && (suite.ok && suite.regressions === 0 ? 10_000 : 0),
        words: !suite
          ? 'the repository has none'
          : suite.regressions > 0
            ? counted(suite.regressions, 'regression')
            : suite.ok
              ? 'no regression'
              : 'no readable result',
      },
      {
        name: 'Lint, types, build',
        weight: weight(has.checks),
        value: checks.length > 0 ? Math.floor(((checks.length - red.length) * 10_000) / checks.length) : null,
        words:
          checks.length === 0
            ? 'the repository has none'
            : red.length > 0
              ? `newly red: ${red.join(', ')}`
              : `${checks.map((check) => check.name).join(', ')} not worse than on the base`,
      },
      {
        name: 'Mutants killed',
        weight: weight(has.mutation),
        value: mutation && Math.floor((mutation.killed * 10_000) / mutation.total),
        words: mutation ? `${mutation.killed} of ${mutation.total}` : 'no changed line can be mutated',
      },
    ],
    caps: score.caps.map((cap) => ({ at: cap.at, why: cap.because })),
    sum: score.uncapped,
    score: score.points,
    route: routeOf(score.points),
  };
}

function reviewWords(review: Signals['review']): string {
  const counts = [
    { count: review.blockers, word: 'blocker' },
    { count: review.majors, word: 'major' },
    { count: review.minors, word: 'minor' },
  ].filter(({ count }) => count > 0);
  const findings =
    counts.length > 0 ? counts.map(({ count, word }) => `${count} ${word}`).join(', ') : 'no findings';
  return `${review.approved ? 'approved' : 'not approved'}, ${findings}`;
}

export const routeWords: Record<Route, string> = {
  merge: 'merge when the rules of the branch allow it',
  review: 'a review by people',
  'needs-work': 'a draft for people to finish',
  reject: 'nothing is pushed',
};

/** The score as Markdown: the sum first, then where it came from and what held it down. */
export function renderScoreTable(shown: ScoreTable): string {
  const rows = shown.signals.map((signal) => [
    signal.name,
    signal.value === null ? '–' : exact(signal.weight),
    signal.value === null ? '–' : exact((signal.weight * signal.value) / 10_000),
    inline(signal.words),
  ]);
  const lowest = shown.caps.reduce((low, cap) => Math.min(low, cap.at), 10_000);
  const caps = shown.caps.map((cap) => {
    const binding = cap.at === lowest && shown.score === lowest ? ' (this one decides)' : '';
    return `at most ${points(cap.at)}: ${inline(cap.why)}${binding}`;
  });
  return sections(
    `**Score ${points(shown.score)}** → ${routeWords[shown.route]}`,
    table(
      ['Signal', 'Weight:', 'Brought:', 'Why'],
      [...rows, ['**Sum**', '', `**${exact(shown.sum)}**`, '']],
    ),
    caps.length > 0 ? `Caps that apply:\n${list(caps)}` : 'No cap applies.',
  );
}
