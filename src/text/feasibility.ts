import type { Preflight } from '../run/artifacts.ts';
import { inline, list } from './markdown.ts';
import type { RunView } from './view.ts';

type Feasibility = NonNullable<Preflight['feasibility']>;

/** One line while it is feasible; when it is not, what it rests on and what would raise it. */
export function feasibilityWords(feasibility: Feasibility, infeasible: boolean): string {
  const factors = feasibility.factors.map(({ name, score }) => `${inline(name, 40)} ${score}`);
  const line = `Feasibility **${feasibility.score}** of 100 (${factors.join(', ')})`;
  if (!infeasible) return line;
  const reasons = feasibility.reasons.map((reason) => inline(reason, 300));
  const raise = feasibility.raise.map((advice) => inline(advice, 300));
  return [
    `${line}. It rests on:`,
    list(reasons),
    ...(raise.length > 0 ? ['What would raise it:', list(raise)] : []),
  ].join('\n\n');
}

/** The others, to compare: a number alone becomes a link. */
export function similarWords({ similar, repository }: RunView): string {
  return list(
    similar.map(({ number, kind, state, title, similarity }) => {
      const path = kind === 'issue' ? 'issues' : 'pull';
      const what = `${state} ${kind === 'issue' ? 'issue' : 'pull request'}`;
      const link = `[#${number}](${repository.url}/${path}/${number})`;
      return `${link} ${inline(title, 200)} (${what}, ${Math.round(similarity * 100)} % alike)`;
    }),
  );
}

/** What people should know although it stops nothing. */
export function warningWords(warnings: readonly string[]): string | null {
  return warnings.length === 0 ? null : warnings.map((words) => `> ⚠️ ${inline(words, 600)}`).join('\n>\n');
}
