import type { Repository } from '../../github/types.ts';

export interface ChecksState {
  state: 'pending' | 'green' | 'red';
  /** Which checks it waits for, or which are red. */
  words: string;
  required: true;
}

/**
 * How the checks stand that must be green before a merge: those that the rules of the branch name and those that the
 * repository's file names. A named check that nobody has reported is pending: no check is never read as green.
 */
export async function requiredChecks(
  github: Pick<Repository, 'rulesFor' | 'checksOn'>,
  given: { branch: string; head: string; named: readonly string[] },
): Promise<ChecksState> {
  const rules = await github.rulesFor(given.branch);
  const required = [...rules.requiredChecks, ...given.named.map((name) => ({ name, appId: null }))].filter(
    // Our own summary is green by the time that this is asked.
    ({ name }) => name !== 'auto-build',
  );
  if (required.length === 0) return { state: 'green', words: 'No check is required.', required: true };
  const reported = await github.checksOn(given.head);
  const states = required.map(({ name, appId }) => ({
    name,
    state:
      reported.find(
        (check) => check.name === name && (appId === null || check.appId === null || check.appId === appId),
      )?.state ?? 'pending',
  }));
  const red = states.filter(({ state }) => state === 'red').map(({ name }) => name);
  if (red.length > 0) {
    return { state: 'red', words: `Required checks are red: ${red.join(', ')}.`, required: true };
  }
  const pending = states.filter(({ state }) => state === 'pending').map(({ name }) => name);
  return pending.length > 0
    ? { state: 'pending', words: `Waiting for the required checks ${pending.join(', ')}.`, required: true }
    : { state: 'green', words: 'All required checks are green.', required: true };
}
