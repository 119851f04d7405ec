import type { PostMortem } from '../run/artifacts.ts';
import { code, document, fence, inline, list, quote, sections } from './markdown.ts';
import { formatMarker } from './markers.ts';
import { headline, nextStep } from './next-step.ts';
import { causeWords } from './phase-words.ts';
import { contractLedger, notDone, reviewFindings, suiteTable } from './pull-request.ts';
import { renderScoreTable } from './score-table.ts';
import { phaseTable } from './sticky.ts';
import type { RunView } from './view.ts';

/** The comment for people who take over: what was done, what was not, and what to do next. */
export function issueReport(view: RunView): string {
  return document(
    formatMarker({ kind: 'report', issue: view.issue.number, run: view.run }),
    headline(view),
    `**Next:** ${nextStep(view)}`,
    view.postMortem && sections('### What was missing, and a better text', postMortem(view.postMortem)),
    sections('### Done', done(view)),
    sections('### Not done', open(view)),
    view.candidates.some(({ replacedFor }) => replacedFor) && sections('### Tried', tried(view)),
    view.score && sections('### Score', renderScoreTable(view.score)),
    view.contracts.length > 0 && sections('### Contracts', contractLedger(view)),
    view.suite && sections("### The repository's own checks", suiteTable(view.suite)),
    view.review && sections('### Review', reviewFindings(view.review)),
    sections('### Phases', phaseTable(view.phases)),
    `<sub>The last patch, every report and every transcript are kept with run ${code(view.run)} in the database of the server.</sub>`,
  );
}

/** Written by a model: quoted, and the text to paste as a block that nothing in it can leave. */
function postMortem({ why, title, body }: PostMortem): string {
  return sections(quote(why, 2_000), fence(`${title}\n\n${body}`, 'markdown'));
}

function done(view: RunView): string {
  const proven = view.contracts.filter((contract) => contract.proven);
  const items = proven.map((contract) => `${code(contract.id)} ${inline(contract.title, 200)}`);
  return items.length > 0 ? list(items) : 'Nothing that could be proven.';
}

function open(view: RunView): string {
  return view.contracts.length > 0 ? notDone(view) : 'Everything: it ended before there was a spec.';
}

function tried(view: RunView): string {
  return list(
    view.candidates.map(({ round, model, replacedFor }) => {
      const end = replacedFor ? causeWords[replacedFor] : 'the last one';
      return `Candidate ${round} by ${code(model)}: ${end}`;
    }),
  );
}
