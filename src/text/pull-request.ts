import type { ReviewVerdict } from '../run/artifacts.ts';
import {
  code,
  counted,
  dollars,
  duration,
  fence,
  folded,
  inline,
  list,
  quote,
  sections,
  table,
} from './markdown.ts';
import { formatMarker } from './markers.ts';
import { renderScoreTable } from './score-table.ts';
import { phaseTable } from './sticky.ts';
import { neutralise } from './untrusted.ts';
import type { ContractView, RunView } from './view.ts';

/** GitHub allows 256 characters. */
const maxTitle = 200;

export function pullRequestTitle({ issue }: Pick<RunView, 'issue'>): string {
  const title = issue.title.replaceAll(/\s+/g, ' ').trim().slice(0, maxTitle).toWellFormed();
  return `${neutralise(title)} (#${issue.number})`;
}

/** What a reviewer needs to trust the change within two minutes; everything longer is folded. */
export function pullRequestBody(view: RunView): string {
  return sections(
    formatMarker({ kind: 'pull-request', issue: view.issue.number }),
    `Fixes #${view.issue.number}`,
    view.patch && quote(view.patch.summary, 2_000),
    `<sub>The words above are the builder's (${code(view.patch?.model ?? 'a model')}). Everything below was measured by programs, bound to the tree that is proposed here.</sub>`,
    view.score && sections('## Score', renderScoreTable(view.score)),
    sections('## Contracts', contractLedger(view)),
    view.commands.length > 0 && sections("## The repository's own checks", commandTable(view)),
    view.review && sections('## Review', reviewFindings(view.review)),
    sections('## Not done', notDone(view)),
    sections('## Dependencies', dependencies(view)),
    sections('## How to check it', reproduce(view)),
    folded(
      `Cost: ${dollars(view.cost.usd)} and ${duration(view.cost.ms)} of work; phases`,
      phaseTable(view.phases),
    ),
    view.patch && files(view),
    footer(view),
  );
}

/** Contract → tests → base → green runs → twins, and once for all of them the tree and the image. */
export function contractLedger({ contracts, proof }: Pick<RunView, 'contracts' | 'proof'>): string {
  if (contracts.length === 0) return 'No contracts were written.';
  const rows = contracts.map((contract) => [
    `**${code(contract.id)}** ${inline(contract.title, 200)}`,
    contract.tests.map((test) => code(test)).join(' '),
    onBase(contract),
    contract.greenRuns === null ? '–' : `${contract.greenRuns} of ${proof?.runs ?? 3}`,
    contract.twins ? `${contract.twins.failed} of ${contract.twins.total}` : '–',
    contract.proven === null ? 'not run' : contract.proven ? '✅' : '❌',
  ]);
  const where = proof
    ? `Tree ${code(proof.tree)} in image ${code(proof.image)}. ${modeWords[proof.mode]}`
    : 'No evidence for this tree.';
  return sections(
    table(['Contract', 'Sealed tests', 'On the base', 'Green runs:', 'Twins caught:', 'Proven'], rows),
    `<sub>${where} The tests were written from the contracts before there was any code, and the builder never saw them. A twin is a copy of a test with one expected value changed: it has to fail.</sub>`,
  );
}

const modeWords = {
  data: 'The code ran in a process of its own, as another user; only data crossed to the tests.',
  'in-process':
    '**The tests ran in the same process as the code**, because what they check cannot cross as data; the score is capped for it.',
};

function onBase(contract: ContractView): string {
  if (contract.onBase === null) return '–';
  const word = contract.kind === 'new' ? 'red' : 'green';
  return `${contract.onBase} of ${contract.tests.length} ${word}`;
}

function commandTable({ commands }: RunView): string {
  const rows = commands.map((each) => [
    inline(each.name),
    code(each.command),
    inline(each.base),
    inline(each.candidate),
  ]);
  return table(['', 'Command', 'On the base', 'On this change'], rows);
}

const severityIcon = { blocker: '⛔', major: '🔴', minor: '🟡' };
/** Findings beyond these are counted; all of them are in the bundle. */
const maxFindings = 20;

export function reviewFindings(review: ReviewVerdict): string {
  const shown = review.findings.slice(0, maxFindings).map((finding) => {
    const line = finding.line === undefined ? '' : `:${finding.line}`;
    const where = finding.path ? ` ${code(`${finding.path}${line}`)}` : '';
    const suggestion = finding.suggestion === '' ? '' : ` *Suggestion:* ${inline(finding.suggestion, 400)}`;
    return `${severityIcon[finding.severity]} **${finding.severity}**, ${finding.category}${where}: ${inline(finding.problem, 600)}${suggestion}`;
  });
  const rest = review.findings.length - shown.length;
  return sections(
    `${review.approved ? 'Approved' : 'Not approved'} by a reviewer of a higher tier that saw the issue, the plan and the change, but not the contracts.`,
    quote(review.summary, 1_500),
    shown.length > 0 ? list(shown) : 'No findings.',
    rest > 0 && `… and ${counted(rest, 'more finding')}.`,
  );
}

export function notDone({ notDone }: Pick<RunView, 'notDone'>): string {
  return notDone.length > 0
    ? list(notDone.slice(0, 30).map((item) => inline(item, 500)))
    : 'Nothing that the issue asks for was left out, as far as the evidence and the builder say.';
}

function dependencies({ newDependencies }: RunView): string {
  return newDependencies.length > 0
    ? `New: ${newDependencies
        .slice(0, 20)
        .map((name) => code(name))
        .join(', ')}`
    : 'No new dependency.';
}

function reproduce(view: RunView): string {
  const ref = view.pullRequest ? `pull/${view.pullRequest.number}/head` : view.branch;
  const fetch = `git fetch origin ${ref} && git checkout --detach ${view.head ?? 'FETCH_HEAD'}`;
  const commands = [...new Set(view.commands.map(({ command }) => command))];
  return sections(
    fence([fetch, ...commands].join('\n'), 'sh'),
    `The sealed tests are part of this pull request. \`auto-build score <bundle>\` computes the score again from the evidence in the bundle of run ${code(view.run)}.`,
  );
}

/** Files beyond these are counted. */
const maxFiles = 100;

function files({ patch }: RunView): string {
  const all = patch?.files ?? [];
  const rows = all
    .slice(0, maxFiles)
    .map((file) => [code(file.path), file.change, `+${file.additions}`, `−${file.deletions}`]);
  const rest = all.length - rows.length;
  return folded(
    `${counted(all.length, 'file')} changed`,
    sections(table(['File', '', '', ''], rows), rest > 0 && `… and ${counted(rest, 'more file')}.`),
  );
}

function footer(view: RunView): string {
  const links = view.links.map(({ label, url }) => `[${label}](${url})`);
  return `<sub>${['A commit by a person on this branch voids the score.', ...links].join(' · ')}</sub>`;
}
