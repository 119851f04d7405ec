import type { Score, Signals } from '../../gate/score.ts';
import type { Route } from '../../run/facts.ts';
import type { Style } from './style.ts';
import { pad } from './text-width.ts';

/** The score with what it is made of, weights and values as in src/gate/score.ts, and the caps that applied. */
export function scoreTable(
  { signals, score, route }: { signals: Signals; score: Score; route: Route },
  style: Style,
): string[] {
  const { contracts, review, suite, mutation } = signals;
  const checks = (['lint', 'types', 'build'] as const).flatMap((name) =>
    signals[name] === null ? [] : [`${name} ${signals[name] ? 'green' : 'red'}`],
  );
  const verification = [
    suite === null
      ? 'no tests of its own'
      : suite.ok && suite.regressions === 0
        ? 'suite as on the base'
        : 'suite red',
    ...checks,
    mutation === null ? 'nothing to mutate' : `${mutation.killed} of ${mutation.total} mutants killed`,
  ].join(', ');
  const findings = (['blockers', 'majors', 'minors'] as const).flatMap((name) => counted(review[name], name));
  const rows = [
    ['acceptance', `${contracts.proven} of ${contracts.total} contracts proven`, '.40', score.acceptance, 40],
    [
      'review',
      [review.approved ? 'approved' : 'not approved', ...findings].join(', '),
      '.30',
      score.review,
      30,
    ],
    ['verification', verification, '.30', score.verification, 30],
  ] as const;
  const wordsWidth = Math.max(...rows.map(([, words]) => words.length));
  const lines = rows.map(
    ([name, words, weight, value, percent]) =>
      `${pad(name, 13)}${pad(words, wordsWidth)}  ${style.dim(`${weight} ×`)} ${fraction(value)} ${style.dim('=')} ${fraction((value * percent) / 100)}`,
  );
  const caps = score.caps.map(({ at, because }) => style.yellow(`at most ${fraction(at)}: ${because}`));
  const colour = route === 'merge' ? style.green : route === 'reject' ? style.red : style.yellow;
  const total =
    pad('score', 13) + pad(caps.length === 0 ? 'no cap applies' : 'after the lowest cap', wordsWidth);
  return [
    ...lines,
    ...caps,
    `${style.bold(total)}               ${style.bold(fraction(score.points))} ${colour(style.bold(`→ ${route}`))}`,
  ];
}

function counted(count: number, plural: string): string[] {
  if (count === 0) return [];
  return [`${count} ${count === 1 ? plural.slice(0, -1) : plural}`];
}

/** Basis points as they are written everywhere: .9689, 1.0000. */
function fraction(points: number): string {
  return (Math.floor(points) / 10_000).toFixed(4).replace(/^0/, ' ');
}
