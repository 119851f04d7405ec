import type { MergeMethod, Repository } from '../../github/types.ts';
import { commitMessage } from '../../text/commit-message.ts';
import { followUpIssue } from '../../text/follow-up.ts';
import { formatMarker } from '../../text/markers.ts';
import type { RunView } from '../../text/view.ts';
import { type PhaseContext, PhaseFailure, type PhaseOutcome } from '../phase.ts';
import { throughQueue } from './merge-queue.ts';
import { heldWords, MergeHeld, refusal } from './merge-refusal.ts';
import { requiredChecks } from './required-checks.ts';

type Reads = 'issue' | 'delivery';

/** The merge of exactly the commit that was scored, once the checks and the rules of the branch allow it. */
export async function merge(
  context: PhaseContext<Reads>,
  viewOf: (run: string) => Promise<RunView>,
): Promise<PhaseOutcome> {
  const { github, run } = context;
  const issue = await context.read('issue');
  const delivery = await context.read('delivery');
  const { pullRequest: number, head } = delivery.body;
  if (number === null || head === null) throw new Error('nothing was delivered that could be merged');
  const role = await github.roleOf(issue.body.startedBy);
  if (!['write', 'maintain', 'admin'].includes(role)) {
    throw new PhaseFailure(
      'input',
      `@${issue.body.startedBy}, who started this, may not write here any more.`,
      {
        next: 'Somebody with write access can merge the pull request by hand.',
      },
    );
  }
  const named = context.policy.requiredChecks;
  const checks = await requiredChecks(github, { branch: run.baseBranch, head, named });
  if (checks.state !== 'green') return { saw: { what: 'checks', head, ...checks } };
  const rules = await github.rulesFor(run.baseBranch);
  const method: MergeMethod =
    rules.mergeMethods === null || rules.mergeMethods.includes('squash')
      ? 'squash'
      : (rules.mergeMethods[0] ?? 'merge');
  const view = await viewOf(run.id);
  if (delivery.body.route === 'needs-work') await acceptPart(context, view, number);
  if (rules.mergeQueue) {
    // A queue that waits for nothing merges at once, and then refuses to take in what it has merged.
    const queued = throughQueue(context, { number, head, rules }).then((saw): PhaseOutcome => ({ saw }));
    await queued.catch(() => undefined);
    return (await alreadyMerged(context)) ?? queued;
  }
  const { title, message } = commitMessage(view);
  const waits: { words: string | undefined } = { words: undefined };
  const sha = await context.effects
    .ensure({
      key: `merge:${head}`,
      kind: 'merge',
      intent: { pullRequest: number, sha: head, method },
      look: () => mergedAs(github, number, head),
      async act() {
        const result = await github.merge({
          number,
          sha: head,
          method,
          title: `${title} (#${number})`,
          message,
        });
        if (result.merged) return result.sha;
        waits.words = heldWords(rules, run.baseBranch, result.words);
        throw refusal(result);
      },
    })
    .catch((error: unknown) => {
      if (waits.words !== undefined && error instanceof MergeHeld) return undefined;
      throw error;
    });
  if (sha === undefined) {
    return { saw: { what: 'checks', head, state: 'pending', words: waits.words ?? '' } };
  }
  const body = { pullRequest: number, head, commit: sha };
  return {
    made: [{ kind: 'merge', body, result: { pass: true, head } }],
    words: `merged as ${sha.slice(0, 12)}`,
  };
}

/** Our own merge, of an earlier life that ended before it could be recorded. */
export async function alreadyMerged(context: PhaseContext<Reads>): Promise<PhaseOutcome | undefined> {
  const { pullRequest: number, head } = (await context.read('delivery')).body;
  if (number === null || head === null) return undefined;
  const commit = await mergedAs(context.github, number, head);
  if (commit === undefined) return undefined;
  await context.effects.ensure({
    key: `merge:${head}`,
    kind: 'merge',
    intent: { pullRequest: number, sha: head },
    look: async () => commit,
    act: async () => commit,
  });
  return {
    made: [{ kind: 'merge', body: { pullRequest: number, head, commit }, result: { pass: true, head } }],
  };
}

/** A part is accepted: the draft is ready, and what was not done gets an issue of its own before anything is merged. */
async function acceptPart(context: PhaseContext<Reads>, view: RunView, number: number): Promise<void> {
  const { github, run } = context;
  const marker = formatMarker({ kind: 'follow-up', issue: run.issue, run: run.id });
  await context.effects.ensure({
    key: 'follow-up',
    kind: 'issue',
    intent: { about: run.issue, pullRequest: number },
    look: async () => (await github.ownIssues.findByMarker(marker))?.number.toString(),
    act: async () => (await github.ownIssues.create(followUpIssue(view, marker))).number.toString(),
    keepOldest: async (id) => (await github.ownIssues.keepOldest(marker, Number(id)))?.toString(),
  });
  await context.effects.ensure({
    key: `ready:${number}`,
    kind: 'pull-request',
    intent: { number, draft: false },
    look: async () => ((await github.pullRequests.get(number)).draft ? undefined : String(number)),
    act: async () => {
      await github.pullRequests.markReady(number);
      return String(number);
    },
  });
}

async function mergedAs(github: Repository, number: number, head: string): Promise<string | undefined> {
  const pull = await github.pullRequests.get(number);
  return pull.state === 'merged' && pull.head.sha === head ? (pull.mergeSha ?? head) : undefined;
}
