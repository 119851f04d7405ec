import type { CheckText } from './checks.ts';
import { code } from './markdown.ts';

/**
 * What the check says about a commit of a merge queue.
 * @param proven the commit that the change was proven on
 * @param base the one that the queue put it on
 */
export function groupCheck({
  number,
  proven,
  base,
  at,
}: {
  number: number;
  proven: string;
  base: string;
  at: number;
}): CheckText {
  const same = proven === base;
  const [was, is] = [code(proven.slice(0, 12)), code(base.slice(0, 12))];
  const words = same
    ? `#${number} stands on ${is}, the commit that it was proven on.`
    : `#${number} was proven on ${was}, and the queue put it on ${is}. The other checks of the queue speak for the two together.`;
  return {
    name: 'auto-build',
    status: 'completed',
    conclusion: same ? 'success' : 'neutral',
    startedAt: at,
    completedAt: at,
    output: { title: same ? 'As it was proven' : 'Proven on an earlier commit', summary: words },
    annotations: [],
  };
}
