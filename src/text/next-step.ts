import type { WaitReason } from '../run/decide.ts';
import type { Outcome } from '../run/history.ts';
import { code, inline } from './markdown.ts';
import { phaseDoing } from './phase-words.ts';
import type { RunView } from './view.ts';

/** What the reader can do now, in one or two sentences. There is one for every state, wait reason and outcome. */
export function nextStep(view: RunView): string {
  if (view.outcome) return afterOutcome(view.outcome, view);
  if (view.wait) return whileWaiting(view.wait, view);
  return view.state === 'created'
    ? 'Nothing to do: it starts as soon as there is room. `/cancel` takes it out of the queue.'
    : 'Nothing to do: this comment is kept up to date. `/pause` holds it after the phase that is running, `/cancel` ends it.';
}

function whileWaiting(reason: WaitReason, view: RunView): string {
  const head = view.head ? ` It counts for ${code(view.head.slice(0, 12))} only.` : '';
  switch (reason) {
    case 'paused':
      return 'Somebody with write access says `/resume` to go on, or `/cancel` to end it.';
    case 'suspended':
      return 'An owner of the repository lifts the suspension of the app in its installation settings; the run then goes on by itself.';
    case 'archived':
      return 'Somebody with admin access takes the repository out of the archive; the run then goes on by itself.';
    case 'operator':
      return 'Nothing to do here: it goes on by itself as soon as the operator of auto-build allows it. `/cancel` ends it.';
    case 'push-approval':
      return 'Read the score and the phases. `/approve repo.push` pushes the branch and opens the pull request, `/reject <reason>` has another candidate built.';
    case 'edited':
      return 'Somebody with write access reads what would be built, which stands below: `/approve` builds exactly that, `/reject` ends the run. To have another text built, change the issue, then take the label off and put it on again.';
    case 'duplicate':
      return 'Somebody with write access compares them: `/approve` goes on all the same; `/reject` ends the run, and an issue that repeats another issue is closed as its duplicate.';
    case 'blocked':
      return 'It goes on by itself when that is closed. If it does not block this after all, take the dependency (or the line in the text) off, then take the label off and put it on again; `/cancel` ends it here.';
    case 'queue':
      return 'It goes on by itself when one of those pull requests is merged or closed: reviewing them is what helps. `/cancel` takes it out of the queue.';
    case 'questions':
      return 'Answer in one comment that begins with `/answer`. The spec is then written again with the answers.';
    case 'spec-approval':
      return 'Read the spec. `/approve spec` builds it, `/reject <reason>` has it written again.';
    case 'budget':
      return 'Everything so far is kept. `/budget +N` allows N dollars more, `/cancel` ends it here.';
    case 'human-review':
      return `Review the pull request: approve it there or say \`/approve\`, and it is merged; request changes or say \`/reject <reason>\`, and another candidate is built.${head}`;
    case 'merge-approval':
      return `Somebody with write access says \`/approve\` or approves the pull request, and it is merged; \`/reject <reason>\` has another candidate built.${head}`;
    case 'partial':
      return `Read the draft pull request. \`/approve partial\` merges what is done and opens an issue for the rest; \`/reject <reason>\` has another candidate built; or take the branch from here by hand.${head}`;
    case 'foreign-commit':
      return 'The score is void for the new commit. Review and merge the pull request as your own work; or put the branch back to where it was, and it goes on by itself.';
    case 'checks':
      return 'The required checks of the repository decide, and its merge queue where there is one. It goes on by itself when they are green; if one is red for a reason of its own, run it again there.';
  }
}

function afterOutcome(outcome: Outcome, view: RunView): string {
  switch (outcome) {
    case 'merged':
      return 'Nothing is left to do. If it turns out wrong, revert the pull request as any other.';
    case 'handed_over':
      return view.pullRequest
        ? 'Take it from here: what is done and what is not stands in the pull request. `/retry` starts a new run on the same branch.'
        : 'Take it from here: the reason is above. Mend it and say `/retry`, or build it by hand.';
    case 'rejected':
      return 'Nothing was pushed. Read the report below for what could not be shown, sharpen the issue, and say `/retry`.';
    case 'infeasible':
      return 'A person is needed. Split the issue or say more precisely what must hold afterwards, then put the label on again.';
    case 'duplicate':
      return 'Follow the other issue. If they are different after all, say in the text how, then put the label on again.';
    case 'closed':
      return 'Nothing more happens here. The label, put on again while the issue is open, starts a new run.';
    case 'canceled':
      return 'Nothing more happens here. `/retry` or the label starts a new run.';
  }
}

/** The first line of the sticky comment: what happens, what it waits for, or how it ended. */
export function headline(view: RunView): string {
  if (view.outcome) return `${outcomeIcon[view.outcome]} **${ended(view.outcome, view)}**`;
  if (view.wait) return `⏸️ **${inline(view.words)}**`;
  if (view.state === 'created' || !view.doing) return '⏳ **Queued: it starts as soon as there is room.**';
  if (view.doing.merge) return '🚀 **Merging.**';
  const { phase } = view.doing;
  const number = view.phases.findIndex(({ name }) => name === phase) + 1;
  const attempts = view.phases[number - 1]?.attempts ?? 0;
  const again = attempts > 0 ? `, attempt ${attempts + 1}` : '';
  return `🔨 **${phaseDoing[phase]}** (phase ${number} of ${view.phases.length}${again}).`;
}

const outcomeIcon: Record<Outcome, string> = {
  merged: '🎉',
  handed_over: '🤝',
  rejected: '🛑',
  infeasible: '🙋',
  duplicate: '👯',
  closed: '📪',
  canceled: '⏹️',
};

function ended(outcome: Outcome, view: RunView): string {
  const why = inline(view.words);
  switch (outcome) {
    case 'merged':
      return view.pullRequest ? `Merged with #${view.pullRequest.number}.` : 'Merged.';
    case 'handed_over':
      return `Handed over to people. ${why}`;
    case 'rejected':
      return `Not good enough to be pushed. ${why}`;
    case 'infeasible':
      return `Not a task for automation. ${why}`;
    case 'duplicate':
      return `A duplicate. ${why}`;
    case 'closed':
      return `Ended. ${why}`;
    case 'canceled':
      return `Canceled. ${why}`;
  }
}
