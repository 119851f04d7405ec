import type { Repository } from '../github/types.ts';
import { requiredChecks } from '../phases/delivery/required-checks.ts';
import { openBlockers, placeInQueue } from '../phases/preflight/open-work.ts';
import { FrozenIssue } from '../run/artifacts.ts';
import { decideFrom } from '../run/decide.ts';
import type { Seen } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import type { History } from '../run/history.ts';
import type { RunRow, Store } from '../store/store.ts';

type Known = Pick<Store, 'facts' | 'runsNotTerminal' | 'artifact'>;

/**
 * Is what a run waits for over, although nobody said so? Undefined: it waits on, or for people. What people say is
 * news.ts's to find.
 */
export async function lookAtWait(
  run: RunRow,
  store: Known,
  repository: Repository,
): Promise<Seen | undefined> {
  const history = readHistory(await store.facts(run.id));
  const decision = decideFrom(history);
  if (decision.do !== 'wait') return undefined;
  switch (decision.reason) {
    case 'checks':
      return lookAtChecks(history, repository);
    case 'blocked':
      return (await isStillBlocked(history, store, repository))
        ? undefined
        : { what: 'change', words: 'What blocked it is closed.' };
    case 'queue': {
      const pulls = await repository.around.openPullRequests();
      if ((await placeInQueue(store, run, pulls)) > 0) return undefined;
      return { what: 'change', words: 'There is room in the queue.' };
    }
    default:
      return undefined;
  }
}

/** A merge that the rules refused is tried again by its timer: checks say nothing about it. */
async function lookAtChecks(
  { checks: before, policy }: History,
  repository: Repository,
): Promise<Seen | undefined> {
  if (!before?.required) return undefined;
  const { head } = before;
  const asked = { branch: policy.baseBranch, head, named: policy.requiredChecks };
  const checks = await requiredChecks(repository, asked);
  if (checks.state === before.state && checks.words === before.words) return undefined;
  return { what: 'checks', head, ...checks };
}

async function isStillBlocked({ heads }: History, store: Known, repository: Repository): Promise<boolean> {
  const frozen = heads.issue.hash === null ? undefined : await store.artifact(heads.issue.hash, 'issue');
  const { number, body } = FrozenIssue.parse(frozen?.body);
  return (await openBlockers(repository, { number, body })).length > 0;
}
