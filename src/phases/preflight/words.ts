import type { IssueEdit } from '../../github/types.ts';
import { dateTime } from '../../text/markdown.ts';
import type { SimilarIssue } from './issue-index.ts';
import type { RiskyWorkflow } from './workflows.ts';

/** What preflight says about each thing that it looked at: what, why, and what to do next. */

export function permission(who: string, role: string, mayStart: boolean): string {
  return mayStart
    ? `@${who} has ${role} access.`
    : `@${who} has ${role} access; starting a run needs write access. Somebody with write access can put the label on again.`;
}

export function repository(archived: boolean): string {
  return archived
    ? 'The repository is archived: nothing can be pushed to it. Unarchive it first.'
    : 'The repository can be written to.';
}

export function appPermissions(missing: readonly string[]): string {
  return missing.length === 0
    ? 'The app has the permissions that it needs.'
    : `The app was not granted ${missing.join(', ')}. An owner of the repository accepts them in the settings of the installation; then put the label on again.`;
}

export function budget(
  used: { whose: 'repository' | 'operator'; spent: number; cap: number } | undefined,
): string {
  if (!used) return 'The budgets of the day have room.';
  const { whose, spent, cap } = used;
  const money = `$${spent.toFixed(2)} of $${cap.toFixed(2)}`;
  return whose === 'repository'
    ? `This repository used ${money} of today (UTC). Put the label on again tomorrow, or raise \`budgets.usd_per_day\` in \`.github/auto-build.yml\` as far as the operator allows.`
    : `All repositories together used ${money} of today (UTC). Put the label on again tomorrow, or ask the operator of auto-build to raise AUTO_BUILD_USD_PER_DAY.`;
}

export function configuration(errors: readonly string[]): string {
  return errors.length === 0
    ? 'The configuration is valid.'
    : `${errors.join('\n')}\nMend the file on the default branch and put the label on again.`;
}

export function feasibility(score: number, above: number): string {
  return score > above
    ? `Feasibility is ${score} of 100.`
    : `Feasibility is ${score} of 100, and only what is above ${above} is built. What it rests on and what would raise it stands below.`;
}

export function blockedBy(blockers: readonly { name: string; title: string }[]): string {
  if (blockers.length === 0) return 'No open issue blocks this one.';
  const names = blockers.map(({ name, title }) => `${name} (${title})`);
  return `Blocked by ${names.join(' and ')}, which ${blockers.length === 1 ? 'is' : 'are'} still open.`;
}

export function queue(place: number): string {
  return place === 0
    ? 'There is room for another pull request.'
    : `Place ${place} in the queue: five pull requests of auto-build are open or on their way in this repository, and people review no faster when there are more.`;
}

export function dependencies(any: boolean): string {
  return any ? 'Dependencies are installed.' : 'The repository has no dependencies.';
}

export function edits(late: readonly IssueEdit[]): string {
  if (late.length === 0) return 'Nobody without write access changed the issue in the ten minutes before.';
  const changes = late.map(({ what, by, at }) => {
    const who = by === null ? 'an account that is gone' : `@${by}`;
    return `the ${what}, by ${who}, at ${dateTime(at)}`;
  });
  return `The issue was changed by somebody without write access in the ten minutes before it was asked for: ${changes.join('; ')}.`;
}

export const noOpenWork = 'Nobody else is at it.';

export function duplicates(same: readonly SimilarIssue[]): string {
  if (same.length === 0) return 'No other issue or pull request asks for the same.';
  const names = same.map(({ number, kind, state, title, similarity }) => {
    const what = kind === 'issue' ? 'issue' : 'pull request';
    const share = similarity === 1 ? 'the same text' : `${Math.round(similarity * 100)} % alike`;
    return `#${number} (${state} ${what}, ${share}): ${title}`;
  });
  return `This may have been asked for already. ${names.join('; ')}.`;
}

export const indexIncomplete =
  'The index of issues and pull requests is still being filled: a duplicate may have been missed.';

export function riskyWorkflow({ path, on, secrets }: RiskyWorkflow): string {
  const event = on === 'push' ? 'when the branch is pushed' : 'when the pull request is opened';
  return `\`${path}\` runs ${event} and hands out secrets (${secrets.join(', ')}) to a job beside code that no person has seen yet. Keep secrets out of it, or set \`push: after-approval\` in \`.github/auto-build.yml\`.`;
}
