import { html, raw } from 'hono/html';
import type {
  PullSnapshot,
  ReactionsSnapshot,
  RepositorySnapshot,
  UserSnapshot,
} from '../github/public-types.ts';
import { drawEmoji, icon } from './icons.ts';
import { escapeHtml, renderMarkdown } from './markdown.ts';

export type Html = ReturnType<typeof html>;
export type Tab = 'issue' | 'pull' | 'files' | 'checks' | 'code' | 'ledger';

/** What every part of a page needs to know. */
export interface View {
  repository: RepositorySnapshot;
  /** `/<owner>/<name>` */
  base: string;
  /** The issue and the pull request that the tabs lead to, where there are any. */
  issue: number | undefined;
  pull: PullSnapshot | undefined;
  /** How many writes the ledger holds. */
  writes: number;
}

export function page(view: View, tab: Tab, title: string, content: Html): Html {
  const { repository, base, issue, pull, writes } = view;
  const tabs: { tab: Tab; href: string; words: string; count?: number; show: boolean }[] = [
    { tab: 'issue', href: `${base}/issues/${issue}`, words: 'Issue', show: issue !== undefined },
    { tab: 'pull', href: `${base}/pull/${pull?.number}`, words: 'Pull request', show: pull !== undefined },
    {
      tab: 'files',
      href: `${base}/pull/${pull?.number}/files`,
      words: 'Files changed',
      count: pull?.files.length ?? 0,
      show: pull !== undefined,
    },
    {
      tab: 'checks',
      href: `${base}/pull/${pull?.number}/checks`,
      words: 'Checks',
      count: pull?.checks.length ?? 0,
      show: pull !== undefined,
    },
    { tab: 'code', href: base, words: 'Code', show: true },
    { tab: 'ledger', href: `${base}/ledger`, words: 'Ledger', count: writes, show: true },
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${repository.owner}/${repository.name}</title>
<link rel="stylesheet" href="/-/page.css">
<link rel="stylesheet" href="${base}/-/labels.css">
<script type="module" src="/-/live.js"></script>
</head>
<body>
<header>
  <div class="bar">
    <a class="repo" href="${base}">${icon('repository')}<span>${repository.owner}</span><i>/</i><b>${repository.name}</b></a>
    <span class="local">local GitHub: nothing here left this machine</span>
  </div>
  <nav>${tabs
    .filter((one) => one.show)
    .map(
      (one) =>
        html`<a href="${one.href}" ${one.tab === tab ? raw('aria-current="page"') : ''}>${one.words}${
          one.count === undefined ? '' : html`<span class="count">${one.count}</span>`
        }</a>`,
    )}</nav>
</header>
<main>${content}</main>
</body>
</html>`;
}

export function markdown(view: View, source: string | null): Html {
  if (!source?.trim()) return html`<p class="quiet">No description provided.</p>`;
  return html`<div class="markdown">${raw(renderMarkdown(source, { repositoryUrl: view.base }))}</div>`;
}

/** Time of day in UTC; the whole date in the tooltip. */
export function time(iso: string): Html {
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(11, 19)} UTC</time>`;
}

/** The time between two dates, in words. GitHub keeps the dates of check runs in whole seconds. */
export function took(from: string | null, to: string | null): string {
  if (!from || !to) return '';
  const ms = Date.parse(to) - Date.parse(from);
  if (ms < 1000) return '< 1 s';
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}

export function user({ login, type }: UserSnapshot): Html {
  return html`<b class="login">${login}</b>${type === 'Bot' ? html` <span class="bot">bot</span>` : ''}`;
}

/** A letter instead of a picture: pictures are remote. */
export function avatar({ login, type }: UserSnapshot): Html {
  const hue = [...login].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
  return html`<span class="avatar ${type === 'Bot' ? 'square' : ''} hue-${hue}" aria-hidden="true">${login.slice(0, 1).toUpperCase()}</span>`;
}

const emoji: Record<string, string> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

export function reactions(given: ReactionsSnapshot): Html {
  const entries = Object.entries(given).filter(([, logins]) => logins.length > 0);
  if (entries.length === 0) return html``;
  return html`<div class="reactions">${entries.map(
    ([name, logins]) =>
      html`<span class="reaction" title="${logins.join(', ')}">${raw(drawEmoji(emoji[name] ?? escapeHtml(name)))} ${logins.length}</span>`,
  )}</div>`;
}
