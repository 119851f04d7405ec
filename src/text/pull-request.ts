import type { ReviewFinding, ReviewVerdict } from '../run/artifacts.ts';
import {
  code,
  counted,
  document,
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
import type { ContractView, FindingView, RunView, SuiteView } from './view.ts';

/** GitHub allows 256 characters. */
const maxTitle = 200;

export function pullRequestTitle({ issue }: Pick<RunView, 'issue'>): string {
  const title = issue.title.replaceAll(/\s+/g, ' ').trim().slice(0, maxTitle).toWellFormed();
  return `${neutralise(title)} (#${issue.number})`;
}

/** What a reviewer needs to trust the change within two minutes; everything longer is folded. */
export function pullRequestBody(view: RunView): string {
  return document(
    formatMarker({ kind: 'pull-request', issue: view.issue.number }),
    `Fixes #${view.issue.number}`,
    view.patch && quote(view.patch.summary, 2_000),
    `<sub>The words above are the builder's (${code(view.patch?.model ?? 'a model')}). Everything below was measured by programs on this change, except the review, which is a model's too.</sub>`,
    view.score && sections('## Score', renderScoreTable(view.score)),
    sections('## Contracts', contractLedger(view)),
    view.suite && sections("## The repository's own checks", suiteTable(view.suite)),
    view.review && sections('## Review', reviewFindings(view.review)),
    sections('## Not done', notDone(view)),
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
    twins(contract),
    contract.proven === null
      ? 'not run'
      : contract.proven
        ? '✅'
        : `❌ ${inline(contract.reason ?? '', 200)}`,
  ]);
  const where = proof
    ? `Run on tree ${code(proof.tree)} (this change, with tests and configuration as on the base) ${ranWhere(proof.image)}; ${proof.twins.killed} of ${counted(proof.twins.total, 'twin')} caught. ${modeWords(proof)}`
    : 'No evidence for this tree.';
  return sections(
    table(['Contract', 'Sealed tests', 'On the base', 'Green runs:', 'Twins', 'Proven'], rows),
    `<sub>${where} The tests were written from the contracts before there was any code, and the builder never saw them. A twin is a copy of a test with one expected value changed, and has to fail.</sub>`,
    proof !== null &&
      proof.tampering.length > 0 &&
      `**Tampering:** ${inline(proof.tampering.join('; '), 1_000)}`,
  );
}

/** `process` is the sandbox without isolation: what it shows must not read like more. */
const ranWhere = (image: string) =>
  image === 'process' ? '**without a container**' : `in image ${code(image)}`;

function modeWords({ mode, image }: { mode: 'data' | 'in-process'; image: string }): string {
  if (mode === 'in-process') {
    return '**The tests ran in the same process as the code**, because what they check cannot cross as data; the score is capped for it.';
  }
  return image === 'process'
    ? 'The code ran in a process of its own, but as the same user: nothing isolated it.'
    : 'The code ran in a process of its own, as another user; only data crossed to the tests.';
}

function onBase(contract: ContractView): string {
  if (contract.onBase === null) return '–';
  const word = contract.kind === 'new' ? 'red' : 'green';
  return `${contract.onBase} of ${contract.tests.length} ${word}`;
}

function twins({ twinsSurvived }: ContractView): string {
  if (twinsSurvived === null) return '–';
  if (twinsSurvived.length === 0) return 'caught';
  return `missed: ${twinsSurvived.map((test) => code(test)).join(' ')}`;
}

/** Regressions and findings beyond these are counted. */
const maxListed = 20;

/** Tests, lint, types and build against the base's own results, and what the scans found. */
export function suiteTable(suite: SuiteView): string {
  const rows = suite.checks.map(({ name, command, ok, words }) => [
    name,
    command === '' ? '–' : code(command),
    `${ok === null ? '➖' : ok ? '✅' : '❌'} ${inline(words)}`,
  ]);
  return sections(
    table(['', 'Command', 'Against the base'], rows),
    listed(suite.regressions, ({ id, now, message }) => `${code(id)} is ${now} now. ${inline(message, 300)}`),
    suite.findings.length > 0
      ? listed(suite.findings, scanFinding)
      : 'The scans for secrets, dangerous patterns, stubs and tampering found nothing.',
    suite.newDependencies.length > 0
      ? `New dependencies: ${suite.newDependencies
          .slice(0, maxListed)
          .map((name) => code(name))
          .join(', ')}.`
      : 'No new dependency.',
  );
}

function scanFinding({ rule, path, line, words }: FindingView): string {
  return `${inline(rule, 60)} in ${code(line === null ? path : `${path}:${line}`)}: ${inline(words, 300)}`;
}

function listed<T>(items: T[], line: (item: T) => string): string {
  const rest = items.length - maxListed;
  return list([...items.slice(0, maxListed).map(line), ...(rest > 0 ? [`… and ${rest} more.`] : [])]);
}

const severityIcon = { blocker: '⛔', major: '🔴', minor: '🟡' };

export function reviewFindings(review: ReviewVerdict): string {
  return sections(
    `${review.approved ? 'Approved' : 'Not approved'} by a reviewer of a higher tier that saw the issue, the plan and the change, but not the contracts.`,
    quote(review.summary, 1_500),
    review.findings.length > 0 ? listed(review.findings, reviewFinding) : 'No findings.',
  );
}

function reviewFinding(finding: ReviewFinding): string {
  const { severity, category, path, line, problem, suggestion } = finding;
  const where = path ? ` ${code(line === undefined ? path : `${path}:${line}`)}` : '';
  const better = suggestion === '' ? '' : ` *Suggestion:* ${inline(suggestion, 400)}`;
  return `${severityIcon[severity]} **${severity}**, ${category}${where}: ${inline(problem, 600)}${better}`;
}

export function notDone({ contracts, notDone }: Pick<RunView, 'contracts' | 'notDone'>): string {
  if (notDone.length > 0) return list(notDone.slice(0, 30).map((item) => inline(item, 500)));
  return contracts.length > 0 && contracts.every(({ proven }) => proven)
    ? 'Every contract of the spec is proven. What the builder itself names as missing stands in its own words in the pull request.'
    : 'Not known: the contracts were not run on this tree.';
}

function reproduce(view: RunView): string {
  const ref = view.pullRequest ? `pull/${view.pullRequest.number}/head` : view.branch;
  const fetch = `git fetch origin ${ref} && git checkout --detach ${view.head ?? 'FETCH_HEAD'}`;
  const checks = view.suite?.checks.map(({ command }) => command).filter((command) => command !== '') ?? [];
  const commands = [...new Set([...view.commands, ...checks])];
  return sections(
    fence([fetch, ...commands].join('\n'), 'sh'),
    'The sealed tests are part of this pull request, at the place where this repository keeps its tests.',
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
