import { decide } from '../run/decide.ts';
import { readHistory } from '../run/heads.ts';
import type { Event } from './event.ts';
import type { EventPorts } from './event-ports.ts';

/** The pull request that a merge queue tries on this branch; undefined for every other ref. */
export function pullOfGroup(ref: string): number | undefined {
  const number = /^refs\/heads\/gh-readonly-queue\/.+\/pr-(\d+)-[0-9a-f]{40}$/.exec(ref)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** A merge queue did something with the pull request of a run that waits for it: the run looks what. */
export async function lookAtQueue(
  event: Extract<Event, { repo: unknown }>,
  pullRequest: number,
  ports: EventPorts,
): Promise<void> {
  const live = await ports.store.runsNotTerminal();
  const run = live.find((each) => each.repoId === event.repo.id && each.pullRequest === pullRequest);
  if (!run) return;
  const facts = await ports.store.facts(run.id);
  const decision = decide(facts);
  const head = readHistory(facts).newest.delivery?.result.head;
  if (head === undefined || decision.do !== 'wait' || decision.reason !== 'checks') return;
  const words = `The merge queue has news of #${pullRequest}.`;
  await ports.engine.see(run.id, { what: 'checks', head, state: 'green', words });
}
