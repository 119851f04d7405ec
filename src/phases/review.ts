import type { AcceptanceReport } from '../gate/proof.ts';
import type { SuiteReport } from '../gate/suite.ts';
import { ReviewAnswer } from '../roles/answers.ts';
import type { ReviewVerdict } from '../run/artifacts.ts';
import { counted } from '../text/markdown.ts';
import { type Phase, type PhaseOutcome, phase } from './phase.ts';
import { shown } from './shown.ts';

/** Characters of a diff that a reviewer reads. */
const maxDiff = 200_000;

/** A model of a higher tier than the builder, with a context of its own, reads the patch and the reports; not A. */
export const review: Phase<'issue' | 'interface' | 'plan' | 'patch' | 'acceptance' | 'suite'> = phase({
  name: 'review',
  reads: ['issue', 'interface', 'plan', 'patch', 'acceptance', 'suite'],
  async run(context) {
    const issue = await context.read('issue');
    const shared = await context.read('interface');
    const plan = await context.read('plan');
    const patch = await context.read('patch');
    const acceptance = await context.read('acceptance');
    const suite = await context.read('suite');
    const diff = visible(patch.body.diff);
    if (diff.length > maxDiff) return verdict(notReviewed(diff.length));
    const { value } = await context.call({
      role: 'reviewer',
      prompt: 'reviewer/review',
      tier: 'strong',
      parts: [
        shown('issue', issue),
        shown('interface', shared),
        shown('plan', plan),
        shown('patch', patch, diff),
        {
          name: 'reports',
          from: [acceptance.hash, suite.hash],
          text: reports(acceptance.body, suite.body),
        },
      ],
      schema: ReviewAnswer,
      tools: [],
      limits: { turns: 4, usd: 3, idleMs: 180_000, activeMs: 15 * 60_000 },
      check: inconsistencies,
    });
    return verdict(value);
  },
});

/** Bytes that a terminal or the fence of a prompt would swallow, as text: what runs is what is read. */
function visible(diff: string): string {
  return diff.replace(
    /[\0-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** An approval of a part would be shown as one of the whole: nobody is asked. */
function notReviewed(length: number): ReviewVerdict {
  const characters = (count: number) => count.toLocaleString('en-US');
  return {
    approved: false,
    summary: 'Not reviewed: the patch is too large to be read whole.',
    findings: [
      {
        severity: 'major',
        category: 'design',
        problem: `Not reviewed whole: the diff has ${characters(length)} characters, a reviewer reads at most ${characters(maxDiff)}.`,
        suggestion:
          'Make a smaller change: leave out what the issue does not ask for, and anything generated.',
      },
    ],
  };
}

/** What programs found: counts and names of the repository's own tests; no contract, no sealed test. */
function reports(acceptance: AcceptanceReport, suite: SuiteReport): string {
  const { mutation } = acceptance;
  return [
    `Acceptance: ${acceptance.proven} of ${acceptance.total} contracts proven.`,
    mutation ? `Mutants of the changed lines killed: ${mutation.killed} of ${mutation.total}.` : '',
    `Suite: ${suite.words}.`,
    ...suite.tamper.map(({ path, line, words }) => `Tampering? ${path}:${line ?? '-'} ${words}`),
    ...suite.scans.security.map(({ path, line, words }) => `Security? ${path}:${line ?? '-'} ${words}`),
    ...suite.scans.stubs.map(({ path, line, words }) => `Stub? ${path}:${line ?? '-'} ${words}`),
  ]
    .filter(Boolean)
    .join('\n');
}

/** An approval with an open blocker is none; the reviewer is asked what it means. */
function inconsistencies({ approved, findings }: ReviewVerdict): string[] {
  const blockers = findings.filter((finding) => finding.severity === 'blocker').length;
  if (approved && blockers > 0) return [`approved: must be false while there are blockers (${blockers})`];
  if (!approved && blockers === 0 && findings.every((finding) => finding.severity === 'minor')) {
    return ['approved: false needs a finding of severity blocker or major that says why'];
  }
  return [];
}

function verdict(body: ReviewVerdict): PhaseOutcome {
  const serious = body.findings.filter((finding) => finding.severity !== 'minor');
  const minor = { pass: true as const };
  if (body.approved && serious.length === 0) {
    const words = `approved${body.findings.length > 0 ? ` with ${counted(body.findings.length, 'finding')}` : ''}`;
    return { made: [{ kind: 'review', body, result: minor }], words };
  }
  const words = serious.map((finding) => finding.problem).join(' ') || body.summary;
  const seen = body.findings.map(
    ({ severity, path, line, problem, suggestion }) =>
      `review, ${severity}${path ? `, ${path}${line ? `:${line}` : ''}` : ''}: ${problem} ${suggestion}`,
  );
  return {
    made: [
      { kind: 'symptoms', body: { cause: 'review-finding', seen, silent: 0 }, result: minor },
      { kind: 'review', body, result: { pass: false, cause: 'review-finding', words } },
    ],
  };
}
