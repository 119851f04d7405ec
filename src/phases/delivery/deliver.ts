import { LeaseError, PushLostError } from '../../git/push.ts';
import type { Mirror } from '../../git/types.ts';
import type { CheckRunRequest } from '../../github/types.ts';
import type { Delivery } from '../../run/artifacts.ts';
import type { Made, Seen } from '../../run/facts.ts';
import { type CheckText, phaseCheck, summaryCheck } from '../../text/checks.ts';
import { commitMessage } from '../../text/commit-message.ts';
import { formatMarker } from '../../text/markers.ts';
import { patchComment } from '../../text/patch-comment.ts';
import { pullRequestBody, pullRequestTitle } from '../../text/pull-request.ts';
import type { RunView } from '../../text/view.ts';
import { oneComment } from '../one-comment.ts';
import { type Phase, type PhaseContext, PhaseFailure, type PhaseOutcome, phase } from '../phase.ts';
import { scoredTree } from '../scored-tree.ts';
import { askReviewers } from './ask-reviewers.ts';
import { alreadyMerged, merge } from './merge.ts';
import { waitsInQueue } from './merge-queue.ts';
import { besides, mustBeSigned, signedCommit } from './signed-commit.ts';
import { issueGone, pullMoved } from './still-wanted.ts';

type Reads = 'issue' | 'patch' | 'tests' | 'score' | 'delivery';

/** Deliver may say everything, so it is handed the whole view; no other phase is. */
export interface DeliverPorts {
  /** @param assumed the delivery that is about to be recorded: the texts speak as if it were */
  view(run: string, assumed?: Made): Promise<RunView>;
  cloneUrl(owner: string, repo: string): string;
  /** Every commit that any run of this run's issue has pushed: what is ours to replace, and nothing else is. */
  pushed(run: string): Promise<string[]>;
  /** Who commits: the app's own bot account. */
  author(): Promise<{ name: string; email: string }>;
}

/** Branch, pull request and checks; and, when it is asked for the merge, the merge of exactly the commit that was scored. */
export function deliverPhase(ports: DeliverPorts): Phase<Reads> {
  return phase<Reads>({
    name: 'deliver',
    reads: ['issue', 'patch', 'tests', 'score', 'delivery'],
    async run(context) {
      if (context.asked.kind === 'merge') {
        // Before anything else: our own merge, of an earlier life, has moved the base.
        const merged = await alreadyMerged(context);
        if (merged) return merged;
      }
      const gone = (await movedOn(context)) ?? (await issueGone(context));
      if (gone) return { saw: gone };
      const tip = await context.github.branchTip(context.run.baseBranch);
      if (tip === undefined) {
        throw new PhaseFailure('input', `The branch ${context.run.baseBranch} is gone.`, {
          next: 'Restore it, or choose another default branch, and put the label on again.',
        });
      }
      // What was proven is the patch on this base: on another one, the merged tree would be one that nobody tested.
      if (tip !== context.run.base) {
        const queued = context.asked.kind === 'merge' ? await waitsInQueue(context) : undefined;
        return { saw: queued ?? { what: 'tip', base: tip } };
      }
      return context.asked.kind === 'merge' ? merge(context, ports.view) : deliver(context, ports);
    },
  });
}

/** Before a merge: is it still the commit that was scored, and is the pull request open? */
async function movedOn(context: PhaseContext<Reads>): Promise<Seen | undefined> {
  if (context.asked.kind !== 'merge') return undefined;
  const { pullRequest: number, head } = (await context.read('delivery')).body;
  return number === null || head === null ? undefined : pullMoved(context, { number, head });
}

async function deliver(context: PhaseContext<Reads>, ports: DeliverPorts): Promise<PhaseOutcome> {
  const score = await context.read('score');
  const patch = await context.read('patch');
  const tests = await context.read('tests');
  const { route } = score.body;
  const { mirror } = await context.source();
  const tree = await scoredTree(mirror, patch.body, tests.body);
  if (route === 'reject') {
    const body: Delivery = { route, pullRequest: null, branch: null, head: null, tree };
    return { made: [{ kind: 'delivery', body, result: { pass: true, route } }] };
  }
  if (context.policy.dryRun) {
    await showPatch(context, await mirror.diff(context.run.base, tree));
    const body: Delivery = { route, pullRequest: null, branch: null, head: null, tree };
    return { made: [{ kind: 'delivery', body, result: { pass: true, route } }], words: 'dry run: a comment' };
  }
  const before = await ports.view(context.run.id);
  const signed = await mustBeSigned(context);
  const head = signed
    ? await signedCommit(context, mirror, { tree, ...commitMessage(before) })
    : await commit(mirror, context, before, tree, await ports.author());
  await pushBranch(context, ports, head, async (from) => {
    if (signed) return context.github.signedCommits.set({ branch: context.run.branch, sha: head, from });
    const url = ports.cloneUrl(context.run.owner, context.run.repo);
    const ref = `refs/heads/${context.run.branch}`;
    const auth = () => context.github.gitAuth('write');
    await mirror.push({ url, auth, ref, sha: head, lease: from }, context.signal);
  });
  if (signed) await context.github.signedCommits.drop(besides(context.run.branch));
  const number = await openPullRequest(context, before, route === 'needs-work');
  const result = { pass: true as const, route, head, pullRequest: number };
  const view = await ports.view(context.run.id, assumedDelivery(context, result));
  // The pull request knows its checks and its own number only now.
  await context.github.pullRequests.update(number, { body: pullRequestBody(view) });
  await reportChecks(context, view, head);
  if (route === 'review' || (route === 'merge' && context.policy.merge === 'approval')) {
    await askReviewers(context, number);
  }
  const body: Delivery = { route, pullRequest: number, branch: context.run.branch, head, tree };
  return {
    made: [{ kind: 'delivery', body, result }],
    words: `pull request #${number}`,
  };
}

/** In a dry run people get the patch where they asked for it, and nothing is pushed. */
async function showPatch({ effects, github, run }: PhaseContext<Reads>, diff: string): Promise<void> {
  const marker = formatMarker({ kind: 'patch', issue: run.issue, run: run.id });
  await effects.ensure({
    key: 'patch',
    kind: 'comment',
    intent: { issue: run.issue, marker },
    ...oneComment(github, run.issue, marker, () =>
      patchComment({ issue: run.issue, run: run.id, base: run.base, diff }),
    ),
  });
}

function assumedDelivery({ asked, since }: PhaseContext<Reads>, result: Made['result']): Made {
  const { phase, kind, round } = asked;
  return {
    fact: 'made',
    at: since,
    phase,
    kind,
    round,
    inputs: [],
    hash: '',
    cost: { ms: 0, usd: 0 },
    result,
  };
}

/** The same id after a crash: the date is that of the newest fact, not of the clock. */
async function commit(
  mirror: Mirror,
  context: PhaseContext<Reads>,
  view: RunView,
  tree: string,
  author: { name: string; email: string },
): Promise<string> {
  const { title, message } = commitMessage(view);
  const date = new Date(context.since);
  return mirror.commit({
    tree,
    parents: [context.run.base],
    message: `${title}\n\n${message}\n`,
    author,
    date,
  });
}

/** @param push puts our branch at the commit; is told where it was, null: nowhere */
async function pushBranch(
  context: PhaseContext<Reads>,
  ports: DeliverPorts,
  head: string,
  push: (from: string | null) => Promise<unknown>,
): Promise<void> {
  const { github, run } = context;
  const at = await github.branchTip(run.branch);
  const pushed = context.effects.ensure({
    key: `branch:${head}`,
    kind: 'branch',
    intent: { branch: run.branch, from: at ?? null, to: head },
    look: async () => ((await github.branchTip(run.branch)) === head ? head : undefined),
    async act() {
      if (at !== undefined && !(await ports.pushed(context.run.id)).includes(at)) {
        throw new PhaseFailure('input', `Somebody else pushed to ${run.branch}: it is not overwritten.`, {
          next: 'Merge or move that work, delete the branch, and put the label on again.',
        });
      }
      try {
        await push(at ?? null);
      } catch (error) {
        if (!(error instanceof LeaseError)) throw error;
        throw new PhaseFailure('fault', `${run.branch} moved while it was pushed.`, { cause: error });
      }
      return head;
    },
  });
  await pushed.catch((error: unknown) => {
    if (!(error instanceof PushLostError)) throw error;
    throw new PhaseFailure('fault', error.message, { cause: error });
  });
}

async function openPullRequest(context: PhaseContext<Reads>, view: RunView, draft: boolean): Promise<number> {
  const { github, run } = context;
  const by = { head: run.branch, marker: formatMarker({ kind: 'pull-request', issue: run.issue }) };
  let opened = false;
  const number = await context.effects.ensure({
    key: 'pull-request',
    kind: 'pull-request',
    intent: { head: run.branch, base: run.baseBranch, draft },
    look: async () => (await github.pullRequests.find(by))?.number.toString(),
    keepOldest: async (id) => (await github.pullRequests.keepOldest(by, Number(id)))?.toString(),
    async act() {
      const request = {
        head: run.branch,
        base: run.baseBranch,
        title: pullRequestTitle(view),
        body: pullRequestBody(view),
        draft,
      };
      const created = await github.pullRequests.create(request);
      opened = true;
      return created.number.toString();
    },
  });
  if (opened) return Number(number);
  // One of an earlier run may be a draft still, or have the title that the issue had then.
  await github.pullRequests.update(Number(number), { title: pullRequestTitle(view) });
  if (!draft) await github.pullRequests.markReady(Number(number));
  return Number(number);
}

/** One check run per phase, and the summary last: a branch rule that requires it sees the others before. */
async function reportChecks(context: PhaseContext<Reads>, view: RunView, head: string): Promise<void> {
  const checks = [...view.phases.map((each) => phaseCheck(view, each)), summaryCheck(view)];
  const there = await context.github.checkRuns.onCommit(head);
  for (const check of checks) await reportCheck(context, check, head, there);
}

/** @param there check runs of this commit that an earlier life made */
async function reportCheck(
  context: PhaseContext<Reads>,
  check: CheckText,
  head: string,
  there: ReadonlyMap<string, { id: number }>,
): Promise<void> {
  const { checkRuns } = context.github;
  const externalId = `${context.run.id}:${check.name}`;
  let known: typeof there | undefined = there;
  const request: CheckRunRequest = { ...check, sha: head, externalId };
  await context.effects.ensure({
    key: `check:${head}:${check.name}`,
    kind: 'check-run',
    intent: { name: check.name, sha: head },
    async look() {
      const found = (known ?? (await checkRuns.onCommit(head))).get(externalId);
      // What was read once for all of them is too old for a second look, after an answer that was lost.
      known = undefined;
      return found?.id.toString();
    },
    act: async () => (await checkRuns.create(request)).id.toString(),
  });
}
