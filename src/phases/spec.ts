import { sharedShingles } from '../gate/shingles.ts';
import { SpecAnswer } from '../roles/answers.ts';
import type { Part } from '../roles/role.ts';
import { hashOf } from '../run/artifacts.ts';
import { counted } from '../text/markdown.ts';
import { type Phase, type PhaseContext, phase } from './phase.ts';
import { repositoryTools } from './repository-tools.ts';
import { readable, shown } from './shown.ts';

type Reads = 'issue' | 'interface' | 'contracts' | 'plan' | 'spec-review';

/**
 * The spec author writes three artifacts: interface, contracts (A) and plan (B). From the second round on it revises
 * what it wrote, with the findings or the words that caused the round.
 */
export const spec: Phase<Reads> = phase<Reads>({
  name: 'spec',
  reads: ['issue', 'interface', 'contracts', 'plan', 'spec-review'],
  async run(context) {
    const issue = await context.read('issue');
    const source = await context.source();
    const { prompt, parts } = await question(context);
    const { value } = await context.call({
      role: 'spec-author',
      prompt,
      tier: 'standard',
      parts: [shown('issue', issue), ...parts],
      schema: SpecAnswer,
      tools: repositoryTools(source.mirror, source.commit),
      limits: { turns: 30, usd: 3, idleMs: 120_000, activeMs: 20 * 60_000 },
      check: (answer) => planLeaks(answer, readable(issue)),
    });
    const { interface: shared, plan, openQuestions } = value;
    const contracts = { contracts: value.contracts };
    const body = {
      interface: hashOf(shared),
      contracts: hashOf(contracts),
      plan: hashOf(plan),
      openQuestions,
    };
    return {
      words: `${counted(value.contracts.length, 'contract')}, ${counted(plan.tasks.length, 'task')}`,
      made: [
        { kind: 'interface', body: shared, result: { pass: true } },
        { kind: 'contracts', body: contracts, result: { pass: true } },
        { kind: 'plan', body: plan, result: { pass: true } },
        {
          kind: 'spec',
          body,
          result:
            openQuestions.length === 0
              ? { pass: true }
              : {
                  pass: false,
                  cause: 'open-questions',
                  words: `Before it can be built: ${openQuestions.join(' ')}`,
                },
        },
      ],
    };
  },
});

async function question(context: PhaseContext<Reads>): Promise<{ prompt: string; parts: Part[] }> {
  const because = context.asked.because;
  if (!because) return { prompt: 'spec-author/write', parts: [] };
  const [shared, contracts, plan] = await Promise.all([
    context.read('interface'),
    context.read('contracts'),
    context.read('plan'),
  ]);
  const review = because.cause === 'spec-findings' ? await context.read('spec-review') : undefined;
  const findings: Part = review
    ? shown('findings', review)
    : { name: 'findings', from: 'words', text: because.words };
  return {
    prompt: 'spec-author/revise',
    parts: [shown('interface', shared), shown('contracts', contracts), shown('plan', plan), findings],
  };
}

/** The builder gets the plan and must not get the contracts with it. */
function planLeaks(answer: SpecAnswer, issueText: string): string[] {
  const leaks = sharedShingles({
    text: JSON.stringify(answer.plan),
    secrets: [JSON.stringify(answer.contracts)],
    exempt: [issueText, JSON.stringify(answer.interface)],
  });
  return leaks.map(
    (words) => `plan: repeats a contract (“${words}”); say how to build it without the contract's words`,
  );
}
