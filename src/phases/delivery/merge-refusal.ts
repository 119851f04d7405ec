import type { BranchRules, MergeRefusal } from '../../github/types.ts';
import { counted } from '../../text/markdown.ts';
import { PhaseFailure } from '../phase.ts';

/** For whom or what it waits; GitHub's own sentence only where the rules do not tell. */
export function heldWords(rules: BranchRules, branch: string, said: string): string {
  if (rules.approvals > 0) {
    const reviews = counted(rules.approvals, 'approving review');
    return `The rules of ${branch} ask for ${reviews} by people; an app cannot approve its own pull request.`;
  }
  return said;
}

/** The rules of the branch do not allow the merge yet: it waits, and says for what. */
export class MergeHeld extends Error {}

/** @param words GitHub's own */
export function refusal({ refused, words }: MergeRefusal): Error {
  switch (refused) {
    case 'checks':
    case 'rules':
      return new MergeHeld(words);
    case 'head-moved':
      return new PhaseFailure(
        'input',
        'The branch is no longer at the commit that was scored: it is not merged.',
        {
          next: 'Look at what was pushed; `/retry` proves it again.',
        },
      );
    case 'conflict':
      return new PhaseFailure('fault', `GitHub sees a conflict with the base: ${words}`);
    case 'closed':
      return new PhaseFailure('input', 'The pull request was closed, so it is not merged.', {
        next: 'Reopen it and merge by hand, or put the label on again.',
      });
  }
}
