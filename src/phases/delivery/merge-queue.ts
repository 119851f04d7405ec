import type { BranchRules } from '../../github/types.ts';
import type { Seen } from '../../run/facts.ts';
import { groupCheck } from '../../text/group-check.ts';
import type { PhaseContext } from '../phase.ts';
import { heldWords, MergeHeld, refusal } from './merge-refusal.ts';

interface Queued {
  /** The pull request. */
  number: number;
  /** The commit that was scored. */
  head: string;
  rules: BranchRules;
}

/**
 * Where the branch has a merge queue, GitHub refuses every other way. The pull request is put into it once for each
 * commit; what comes of it is looked at again whenever something happens. Whoever took it out has had a reason: it is
 * not put back by itself.
 */
export async function throughQueue(context: PhaseContext<never>, queued: Queued): Promise<Seen> {
  const { github, run } = context;
  const { number, head, rules } = queued;
  try {
    await context.effects.ensure({
      key: `queue:${head}`,
      kind: 'merge-queue',
      intent: { pullRequest: number, sha: head, branch: run.baseBranch },
      look: async () => {
        const place = await github.mergeQueue.look(number);
        return place.queued ? place.id : undefined;
      },
      act: async () => {
        const result = await github.mergeQueue.enqueue({ number, sha: head });
        if (result.queued) return result.id;
        throw refusal({ ...result, words: heldWords(rules, run.baseBranch, result.words) });
      },
    });
  } catch (error) {
    if (error instanceof MergeHeld) return pending(head, error.message);
    throw error;
  }
  const place = await github.mergeQueue.look(number);
  if (place.queued) return waiting(context, queued, place.position);
  const why = place.removedBecause === null ? '' : ` (${place.removedBecause})`;
  return {
    what: 'checks',
    head,
    state: 'red',
    words: `The merge queue of ${run.baseBranch} took the pull request out again${why}; its page says more. Somebody with write access puts it back there, or says \`/reject <reason>\`.`,
  };
}

/** Is it in the queue? Then a base that moves on is the queue's to deal with: it tries what it will merge. */
export async function waitsInQueue(context: PhaseContext<'delivery'>): Promise<Seen | undefined> {
  const { github, run } = context;
  const { pullRequest: number, head } = (await context.read('delivery')).body;
  if (number === null || head === null) return undefined;
  const rules = await github.rulesFor(run.baseBranch);
  if (!rules.mergeQueue) return undefined;
  const place = await github.mergeQueue.look(number);
  if (!place.queued) return undefined;
  return waiting(context, { number, head, rules }, place.position);
}

async function waiting(context: PhaseContext<never>, queued: Queued, position: number): Promise<Seen> {
  await reportOnGroups(context, queued);
  return pending(queued.head, `In the merge queue of ${context.run.baseBranch}, at place ${position}.`);
}

function pending(head: string, words: string): Seen {
  return { what: 'checks', head, state: 'pending', words };
}

/**
 * A branch that requires our check waits for it on the commits that the queue makes as well. Green says that it is
 * the tree that was proven; where the queue put it on something newer, the check says so and leaves it to the others.
 */
async function reportOnGroups(context: PhaseContext<never>, { number, rules }: Queued): Promise<void> {
  if (!rules.requiredChecks.some(({ name }) => name === 'auto-build')) return;
  const { github, run } = context;
  for (const { sha, base } of await github.mergeQueue.groups(run.baseBranch, number)) {
    const externalId = `${run.id}:group`;
    const check = groupCheck({ number, proven: run.base, base, at: context.since });
    await context.effects.ensure({
      key: `check:${sha}:${check.name}`,
      kind: 'check-run',
      intent: { name: check.name, sha },
      look: async () => (await github.checkRuns.onCommit(sha)).get(externalId)?.id.toString(),
      act: async () => (await github.checkRuns.create({ ...check, sha, externalId })).id.toString(),
    });
  }
}
