import { formatMarker } from '../../text/markers.ts';
import { notAskedComment } from '../../text/reviewers.ts';
import { oneComment } from '../one-comment.ts';
import type { PhaseContext } from '../phase.ts';

/**
 * Asks those whom the repository's file names for a review of the pull request, once per run. Whom GitHub refuses is
 * mentioned in a comment instead; where nobody is named nobody is chosen.
 */
export async function askReviewers(
  { effects, github, run, policy }: Pick<PhaseContext<never>, 'effects' | 'github' | 'run' | 'policy'>,
  number: number,
): Promise<void> {
  const refused: string[] = [];
  for (const name of policy.reviewers) {
    // One by one: a request with one name that GitHub refuses asks nobody.
    const answer = await effects.ensure({
      key: `reviewers:${number}:${name}`,
      kind: 'reviewers',
      intent: { pullRequest: number, name },
      act: async () => ((await github.pullRequests.requestReviewer(number, name)) ? 'asked' : 'refused'),
    });
    if (answer === 'refused') refused.push(name);
  }
  if (refused.length === 0) return;
  const marker = formatMarker({ kind: 'reviewers', issue: run.issue, pull: number });
  await effects.ensure({
    key: `reviewers-comment:${number}`,
    kind: 'comment',
    intent: { on: number, refused },
    ...oneComment(github, number, marker, () => notAskedComment({ marker, people: refused })),
  });
}
