import { html } from 'hono/html';
import type { FileSnapshot, LedgerEntry, PullSnapshot } from '../github/public-types.ts';
import { type DiffLine, diffLines } from './diff-lines.ts';
import { icon } from './icons.ts';
import { type Html, markdown, time, type View } from './layout.ts';

/** Beyond this many rows a diff is folded away. */
const foldFrom = 600;
const shownBody = 4_000;

/** What a pull request changes, file by file. */
export function changedFilesPage(pull: PullSnapshot): Html {
  const added = pull.files.reduce((sum, file) => sum + file.additions, 0);
  const removed = pull.files.reduce((sum, file) => sum + file.deletions, 0);
  return html`
<div class="title"><h1>${pull.title} <span class="number">#${pull.number}</span></h1>
<p>${pull.files.length} ${pull.files.length === 1 ? 'file' : 'files'} changed <span class="plus">+${added}</span> <span class="minus">−${removed}</span></p></div>
${pull.files.map(changedFile)}`;
}

function changedFile(file: FileSnapshot, index: number): Html {
  const lines = file.patch === null ? [] : diffLines(file.patch);
  const name = file.previousPath ? `${file.previousPath} → ${file.path}` : file.path;
  const rows =
    file.patch === null
      ? html`<p class="quiet body">A binary file, or nothing but its name changed.</p>`
      : diffTable(lines);
  return html`<details class="card file" id="file-${index}" ${lines.length <= foldFrom ? 'open' : ''}>
<summary class="head">${icon('file', 'quiet')}<code>${name}</code><span class="quiet">${file.status}</span><span class="grow"></span><span class="plus">+${file.additions}</span><span class="minus">−${file.deletions}</span></summary>
${rows}</details>`;
}

function diffTable(lines: DiffLine[]): Html {
  return html`<div class="scroll"><table class="diff">${lines.map(diffRow)}</table></div>`;
}

function diffRow(line: DiffLine): Html {
  switch (line.kind) {
    case 'hunk':
      return html`<tr class="hunk"><td></td><td></td><td><pre>${line.text}</pre></td></tr>`;
    case 'note':
      return html`<tr class="note"><td></td><td></td><td><pre>${line.text}</pre></td></tr>`;
    case 'context':
      return html`<tr><td>${line.before}</td><td>${line.after}</td><td><pre>  ${line.text}</pre></td></tr>`;
    case 'added':
      return html`<tr class="added"><td></td><td>${line.after}</td><td><pre>+ ${line.text}</pre></td></tr>`;
    case 'removed':
      return html`<tr class="removed"><td>${line.before}</td><td></td><td><pre>- ${line.text}</pre></td></tr>`;
    default:
      return line satisfies never;
  }
}

/** The files of the default branch, and the README below. */
export function codePage(view: View, readme: string | undefined): Html {
  const { repository, base } = view;
  return html`
<div class="title"><h1>${repository.name}</h1><p>${icon('branch')} <code>${repository.defaultBranch}</code> at <code>${repository.headSha.slice(0, 10)}</code></p></div>
<section class="card"><ul class="tree">${repository.files.map(
    (path) =>
      html`<li>${icon('file', 'quiet')}<a href="${base}/blob/${repository.defaultBranch}/${encodePath(path)}">${path}</a></li>`,
  )}</ul></section>
${readme === undefined ? '' : html`<section class="card"><div class="head">README.md</div><div class="body">${markdown(view, readme)}</div></section>`}`;
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** One file with line numbers. */
export function filePage(view: View, ref: string, path: string, content: string): Html {
  const lines = content.replace(/\n$/, '').split('\n');
  return html`
<div class="title"><h1>${path}</h1><p>${icon('branch')} <code>${ref}</code> · <a href="${view.base}">all files</a></p></div>
<section class="card"><div class="scroll"><table class="diff">${lines.map(
    (text, index) =>
      html`<tr id="L${index + 1}"><td>${index + 1}</td><td></td><td><pre>${text}</pre></td></tr>`,
  )}</table></div></section>`;
}

/** Every write that arrived over HTTP, from the API or by git, newest last. */
export function ledgerPage(entries: readonly LedgerEntry[]): Html {
  return html`
<div class="title"><h1>Ledger</h1><p>Every write that reached this GitHub, in order.</p></div>
<section class="card"><table class="ledger"><thead><tr><th>#</th><th>Time</th><th>By</th><th>What</th><th>Status</th></tr></thead><tbody>${entries.map(
    (
      entry,
      index,
    ) => html`<tr><td>${index + 1}</td><td>${time(entry.at)}</td><td>${entry.actor ?? html`<span class="quiet">nobody</span>`}</td>
<td><b>${entry.operation ?? 'unknown'}</b><br><code class="quiet">${entry.method} ${entry.path}</code>${requestBody(entry)}</td>
<td class="${entry.status < 400 ? 'success' : 'failure'}">${entry.status}</td></tr>`,
  )}</tbody></table></section>`;
}

function requestBody({ id, body }: LedgerEntry): Html {
  const text = body === null || body === undefined ? '' : JSON.stringify(body, null, 2);
  if (text === '' || text === '{}') return html``;
  const cut =
    text.length > shownBody
      ? `${text.slice(0, shownBody)}\n… ${text.length - shownBody} characters more`
      : text;
  return html`<details id="body-${id}"><summary class="fold">body</summary><pre class="json">${cut}</pre></details>`;
}
