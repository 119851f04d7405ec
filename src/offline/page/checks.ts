import { html } from 'hono/html';
import type { AnnotationSnapshot, CheckRunSnapshot, PullSnapshot } from '../github/public-types.ts';
import { type Icon, icon } from './icons.ts';
import { type Html, markdown, time, took, type View } from './layout.ts';

type Standing = 'success' | 'failure' | 'neutral' | 'running';

function standing(check: CheckRunSnapshot): Standing {
  if (check.status !== 'completed') return 'running';
  if (check.conclusion === 'success') return 'success';
  return check.conclusion === 'neutral' || check.conclusion === 'skipped' ? 'neutral' : 'failure';
}

export function checkIcon(check: CheckRunSnapshot): Html {
  const how = standing(check);
  return icon(how satisfies Icon, how);
}

/** All checks in one line, as above the merge button. */
export function checkSummary(checks: readonly CheckRunSnapshot[]): {
  words: string;
  kind: Standing | 'none';
} {
  const count = (how: Standing) => checks.filter((check) => standing(check) === how).length;
  const total = checks.length;
  if (total === 0) return { words: 'No checks yet', kind: 'none' };
  if (count('running') > 0)
    return { words: `${count('running')} of ${total} checks are running`, kind: 'running' };
  if (count('failure') > 0)
    return { words: `${count('failure')} of ${total} checks failed`, kind: 'failure' };
  return { words: `All ${total} checks have passed`, kind: 'success' };
}

/** Check runs on the head of a pull request with all that they report. */
export function checksPage(view: View, pull: PullSnapshot): Html {
  return html`
<div class="title"><h1>${pull.title} <span class="number">#${pull.number}</span></h1>
<p>${checkSummary(pull.checks).words} on <code>${pull.head.sha.slice(0, 10)}</code></p></div>
<div class="columns left"><aside>${pull.checks.map(
    (check) =>
      html`<a class="entry" href="#check-${check.id}">${checkIcon(check)}<span class="name">${check.name}</span><span class="quiet">${took(check.startedAt, check.completedAt)}</span></a>`,
  )}</aside>
<div>${pull.checks.length === 0 ? html`<p class="quiet">There are no checks yet.</p>` : ''}${pull.checks.map((check) => checkCard(view, check))}</div></div>`;
}

function checkCard(view: View, check: CheckRunSnapshot): Html {
  const words = check.status === 'completed' ? (check.conclusion ?? '') : check.status.replace('_', ' ');
  return html`<section class="card check" id="check-${check.id}">
<div class="head">${checkIcon(check)}<b>${check.name}</b><span class="quiet">${words}${check.startedAt ? html` · ${time(check.startedAt)}` : ''} ${took(check.startedAt, check.completedAt)}</span></div>
<div class="body">${check.title ? html`<h3>${check.title}</h3>` : ''}${check.summary ? markdown(view, check.summary) : ''}${check.text ? markdown(view, check.text) : ''}${check.annotations.map(annotation)}</div>
</section>`;
}

function annotation(note: AnnotationSnapshot): Html {
  const lines = note.endLine > note.startLine ? `${note.startLine}–${note.endLine}` : `${note.startLine}`;
  return html`<div class="annotation ${note.level === 'failure' ? 'failure' : note.level === 'warning' ? 'warning' : ''}">
<div><b>${note.title ?? note.level}</b> <code>${note.path}:${lines}</code></div><p>${note.message}</p></div>`;
}
