import { lintSpec } from '../gate/spec-lints.ts';
import { PostMortemAnswer, SpecReviewAnswer } from '../roles/answers.ts';
import { RoleError } from '../roles/role-error.ts';
import type { PostMortem, SpecReview } from '../run/artifacts.ts';
import { type Known, type Making, type Phase, type PhaseContext, type PhaseOutcome, phase } from './phase.ts';
import { shown } from './shown.ts';

type Reads = 'issue' | 'interface' | 'contracts' | 'plan';

/** Program lints first, because they cost nothing; then the reviewer attacks the spec on five points. */
export const specReview: Phase<Reads> = phase<Reads>({
  name: 'spec-review',
  reads: ['issue', 'interface', 'contracts', 'plan'],
  async run(context) {
    const issue = await context.read('issue');
    const shared = await context.read('interface');
    const contracts = await context.read('contracts');
    const plan = await context.read('plan');
    const lints = lintSpec({
      issue: issue.body,
      shared: shared.body,
      contracts: contracts.body,
      plan: plan.body,
    });
    if (lints.length > 0) return outcome(context, issue, { approved: false, findings: lints });
    const { value } = await context.call({
      role: 'spec-reviewer',
      prompt: 'spec-reviewer/review',
      tier: 'standard',
      parts: [
        shown('issue', issue),
        shown('interface', shared),
        shown('contracts', contracts),
        shown('plan', plan),
      ],
      schema: SpecReviewAnswer,
      tools: [],
      limits: { turns: 4, usd: 1, idleMs: 120_000, activeMs: 10 * 60_000 },
      check: (answer) =>
        answer.approved !== (answer.findings.length === 0)
          ? ['approved: must be true exactly when there are no findings']
          : [],
    });
    return outcome(context, issue, value);
  },
});

async function outcome(
  context: PhaseContext<Reads>,
  issue: Known<'issue'>,
  body: SpecReview,
): Promise<PhaseOutcome> {
  if (body.approved) return { made: [{ kind: 'spec-review', body, result: { pass: true } }] };
  const words = body.findings
    .map((finding) => `${finding.contract ?? 'The spec'}: ${finding.problem}`)
    .join(' ');
  const red: Making = { kind: 'spec-review', body, result: { pass: false, cause: 'spec-findings', words } };
  const isLast = (context.asked.round.spec ?? 1) >= context.policy.budgets.specRounds;
  if (!isLast) return { made: [red] };
  const lessons = await postMortem(context, issue, words).catch((error: unknown) => {
    // The verdict stands without it: what a model could not say must not cost what a program found.
    if (error instanceof RoleError) return undefined;
    throw error;
  });
  return { made: lessons ? [{ kind: 'post-mortem', body: lessons, result: { pass: true } }, red] : [red] };
}

/** No round is left: people get the issue as it should have been written. */
async function postMortem(
  context: PhaseContext<Reads>,
  issue: Known<'issue'>,
  findings: string,
): Promise<PostMortem> {
  const { value } = await context.call({
    role: 'spec-author',
    prompt: 'spec-author/post-mortem',
    tier: 'standard',
    parts: [shown('issue', issue), { name: 'findings', from: 'words', text: findings }],
    schema: PostMortemAnswer,
    tools: [],
    limits: { turns: 4, usd: 1, idleMs: 120_000, activeMs: 10 * 60_000 },
  });
  return value;
}
