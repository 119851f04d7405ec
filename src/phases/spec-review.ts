import { lintSpec } from '../gate/spec-lints.ts';
import { SpecReviewAnswer } from '../roles/answers.ts';
import type { SpecReview } from '../run/artifacts.ts';
import { type Phase, type PhaseOutcome, phase } from './phase.ts';
import { shown } from './shown.ts';

/** Program lints first, because they cost nothing; then the reviewer attacks the spec on five points. */
export const specReview: Phase<'issue' | 'interface' | 'contracts' | 'plan'> = phase({
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
    if (lints.length > 0) return review({ approved: false, findings: lints });
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
    return review(value);
  },
});

function review(body: SpecReview): PhaseOutcome {
  if (body.approved) return { made: [{ kind: 'spec-review', body, result: { pass: true } }] };
  const words = body.findings
    .map((finding) => `${finding.contract ?? 'The spec'}: ${finding.problem}`)
    .join(' ');
  return {
    made: [{ kind: 'spec-review', body, result: { pass: false, cause: 'spec-findings', words } }],
  };
}
