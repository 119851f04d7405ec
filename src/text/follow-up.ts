import { inline, list, sections } from './markdown.ts';
import { notDone } from './pull-request.ts';
import { neutralise } from './untrusted.ts';
import type { RunView } from './view.ts';

/** The issue for the part that was not done, when people accept the other part. No label: a person starts it. */
export function followUpIssue(
  view: RunView,
  marker: string,
): { title: string; body: string; labels: string[] } {
  const unproven = view.contracts.filter(({ proven }) => !proven);
  return {
    title: neutralise(`Rest of #${view.issue.number}: ${view.issue.title}`, 200),
    body: sections(
      marker,
      `#${view.issue.number} was accepted in part${view.pullRequest ? `, with #${view.pullRequest.number}` : ''}. What is left:`,
      unproven.length > 0
        ? list(
            unproven.map(
              ({ title, reason }) => `${inline(title, 200)}${reason ? ` (${inline(reason, 200)})` : ''}`,
            ),
          )
        : notDone(view),
      '**Next:** put the label on when this should be built, or close it.',
    ),
    labels: [],
  };
}
