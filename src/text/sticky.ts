import { feasibilityWords, similarWords, warningWords } from './feasibility.ts';
import {
  code,
  counted,
  dateTime,
  document,
  dollars,
  duration,
  fence,
  folded,
  inline,
  points,
  table,
} from './markdown.ts';
import { formatMarker } from './markers.ts';
import { headline, nextStep } from './next-step.ts';
import { causeWords, phaseTitle, statusIcon, statusWord } from './phase-words.ts';
import { routeWords } from './score-table.ts';
import type { PhaseView, RunView } from './view.ts';

/** The one comment of an issue that says where its run stands; edited in place. */
export function stickyComment(view: RunView): string {
  return document(
    formatMarker({ kind: 'sticky', issue: view.issue.number }),
    headline(view),
    `**Next:** ${nextStep(view)}`,
    view.wait === 'questions' && questions(view),
    view.wait === 'edited' && frozenText(view),
    (view.wait === 'duplicate' || view.wait === 'edited') && view.similar.length > 0 && similarWords(view),
    facts(view),
    feasibility(view),
    warningWords(view.warnings),
    phaseTable(view.phases),
    candidateGraph(view),
    view.issue.removed.length > 0 && removed(view.issue.removed),
    footer(view),
  );
}

/** All of it, as it is shown to models: who approves it must not have to trust an excerpt. */
function frozenText({ issue }: RunView): string {
  return `What would be built:\n\n${fence(`${issue.title}\n\n${issue.body}`)}`;
}

function questions(view: RunView): string {
  return view.questions.map((question, at) => `${at + 1}. ${inline(question, 500)}`).join('\n');
}

/** One line of what people ask first: where is it, what does it cost, when is it done. */
function facts(view: RunView): string {
  const spent = `${dollars(view.cost.usd)} of at most ${dollars(view.budgetUsd)}, ${duration(view.cost.ms)} of work`;
  const parts = [
    view.score &&
      `Score **${points(view.score.score)}**${view.outcome ? '' : ` → ${routeWords[view.score.route]}`}`,
    view.pullRequest && `Pull request #${view.pullRequest.number}`,
    `Spent ${spent}`,
    !view.outcome && view.quote && quoteWords(view),
  ];
  return parts.filter((part) => part).join(' · ');
}

/** Of interest until it is over, and as the reason when it is over for that. */
function feasibility({ feasibility: found, outcome }: RunView): string | null {
  const infeasible = outcome === 'infeasible';
  return found && (outcome === null || infeasible) ? feasibilityWords(found, infeasible) : null;
}

function quoteWords({ quote, startedAt }: RunView): string {
  if (!quote) return '';
  const { usd, minutes, runs } = quote;
  const rests = runs === 0 ? 'a guess: nothing was built here yet' : `from ${counted(runs, 'earlier run')}`;
  const done = dateTime(startedAt + minutes.high * 60_000);
  return `Expected ${dollars(usd.low)}–${dollars(usd.high)}, ${minutes.low}–${minutes.high} min, done by about ${done} (${rests})`;
}

/** The phases of a run with what each took; where there was another attempt, why. */
export function phaseTable(phases: PhaseView[]): string {
  const rows = phases.map((phase, at) => {
    const spent = phase.attempts > 0;
    const attempts = phase.attempts + (phase.status === 'running' ? 1 : 0);
    return [
      `${at + 1}`,
      phaseTitle[phase.name],
      `${statusIcon[phase.status]}\u00A0${statusWord[phase.status].replaceAll(' ', '\u00A0')}`,
      spent ? duration(phase.cost.ms) : '',
      spent && phase.cost.usd > 0 ? dollars(phase.cost.usd) : '',
      attempts > 0 ? `${attempts}` : '',
      note(phase),
    ];
  });
  return table(['#:', 'Phase', '', 'Time:', 'Cost:', 'Attempts:', 'Why'], rows);
}

function note(phase: PhaseView): string {
  const again = phase.again.map(({ what, words }) => `${what} (${inline(words, 160)})`);
  const now = phase.words === '' ? [] : [inline(phase.words, 200)];
  return [...again, ...now].join('<br>');
}

/** Drawn when there was more than one candidate: then the path says more than a count. */
function candidateGraph({ candidates, score }: RunView): string | null {
  const replaced = candidates.filter(({ replacedFor }) => replacedFor);
  if (replaced.length === 0) return null;
  const nodes = candidates.map(({ round, route }) => {
    const end = route && score ? `<br/>score ${points(score.score)}` : '';
    return `  c${round}["Candidate ${round}${end}"]`;
  });
  const edges = replaced.map(({ round, replacedFor }) => {
    const next = candidates.find((other) => other.round > round);
    return `  c${round} -- "${causeWords[replacedFor!]}" --> ${next ? `c${next.round}` : 'another["next candidate"]'}`;
  });
  return ['```mermaid', 'flowchart LR', ...nodes, ...edges, '```'].join('\n');
}

/** In a fence, where it stays to be seen: everywhere else in Markdown it would be hidden again. */
function removed(pieces: string[]): string {
  return folded(
    `Hidden text in the issue was not shown to any model (${counted(pieces.length, 'piece')})`,
    fence(pieces.slice(0, 20).join('\n')),
  );
}

function footer(view: RunView): string {
  const links = view.links.map(({ label, url }) => `[${label}](${url})`);
  const started = `started ${dateTime(view.startedAt)} by ${inline(view.issue.startedBy, 40)}`;
  return `<sub>${[...links, `run ${code(view.run)}`, started].join(' · ')}</sub>`;
}
