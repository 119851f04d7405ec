import { html } from 'hono/html';
import type {
  CommentSnapshot,
  CommitSnapshot,
  IssueSnapshot,
  LabelSnapshot,
  PullSnapshot,
  TimelineSnapshot,
} from '../github/public-types.ts';
import { checkIcon, checkSummary } from './checks.ts';
import { type Icon, icon } from './icons.ts';
import { avatar, type Html, markdown, reactions, time, user, type View } from './layout.ts';

/** An issue as a person sees it: description, comments and events in their order, labels at the side. */
export function issuePage(view: View, issue: IssueSnapshot): Html {
  const state =
    issue.state === 'open'
      ? badge('open', 'issue', 'Open')
      : badge('done', 'done', issue.stateReason === 'not_planned' ? 'Closed as not planned' : 'Closed');
  return html`
<div class="title"><h1>${issue.title} <span class="number">#${issue.number}</span></h1>
<p>${state} ${user(issue.user)} opened this issue at ${time(issue.createdAt)} · ${issue.comments.length} ${
    issue.comments.length === 1 ? 'comment' : 'comments'
  }</p></div>
<div class="columns"><div class="thread">${opening(view, issue)}${thread(view, issue, [])}</div>
<aside>${labels(issue.labels)}${linked(view)}</aside></div>`;
}

/** A pull request with its description, commits, comments, and the box that tells whether it can be merged. */
export function pullPage(view: View, pull: PullSnapshot): Html {
  const state = pull.merged
    ? badge('merged', 'merge', 'Merged')
    : pull.state === 'closed'
      ? badge('closed', 'pull', 'Closed')
      : badge(pull.draft ? 'draft' : 'open', 'pull', pull.draft ? 'Draft' : 'Open');
  const count = `${pull.commits.length} ${pull.commits.length === 1 ? 'commit' : 'commits'}`;
  const byWhom = pull.merged ? (pull.mergedBy ?? 'someone') : pull.user.login;
  return html`
<div class="title"><h1>${pull.title} <span class="number">#${pull.number}</span></h1>
<p>${state} <b class="login">${byWhom}</b> ${pull.merged ? 'merged' : 'wants to merge'} ${count} into <code>${pull.base.ref}</code> from <code>${pull.head.ref}</code></p></div>
<div class="columns"><div class="thread">${opening(view, pull)}${thread(view, pull, pull.commits)}${mergeBox(view, pull)}</div>
<aside>${labels(pull.labels)}${sideBox(
    'Reviewers',
    pull.requestedReviewers.length > 0
      ? html`${pull.requestedReviewers.join(', ')}`
      : html`<span class="quiet">None requested</span>`,
  )}${sideBox('Head', html`<code>${pull.head.sha.slice(0, 10)}</code>`)}${linked(view)}</aside></div>`;
}

function badge(kind: string, shape: Icon, words: string): Html {
  return html`<span class="badge ${kind}">${icon(shape)}${words}</span>`;
}

function opening(view: View, issue: IssueSnapshot): Html {
  return box(issue, html`opened at ${time(issue.createdAt)}`, markdown(view, issue.body));
}

function box(post: Pick<CommentSnapshot, 'user' | 'reactions'>, when: Html, body: Html): Html {
  return html`<article class="post">${avatar(post.user)}<div class="card"><div class="head">${user(post.user)} <span class="quiet">${when}</span></div>
<div class="body">${body}${reactions(post.reactions)}</div></div></article>`;
}

type Entry = { at: string; content: Html };

/** Comments, events and commits by date; of equal dates the events come first, as they are what is commented on. */
function thread(view: View, issue: IssueSnapshot, commits: readonly CommitSnapshot[]): Html {
  const entries: Entry[] = [
    ...commits.map((commit): Entry => ({ at: commit.at, content: commitLine(commit) })),
    ...issue.timeline.map((event): Entry => ({ at: event.at, content: eventLine(event) })),
    ...issue.comments.map(
      (comment): Entry => ({ at: comment.createdAt, content: commentBox(view, comment) }),
    ),
  ];
  return html`${entries.sort((a, b) => a.at.localeCompare(b.at)).map((entry) => entry.content)}`;
}

function commentBox(view: View, comment: CommentSnapshot): Html {
  const edited = comment.updatedAt !== comment.createdAt ? html` · edited at ${time(comment.updatedAt)}` : '';
  return box(comment, html`commented at ${time(comment.createdAt)}${edited}`, markdown(view, comment.body));
}

function commitLine(commit: CommitSnapshot): Html {
  const subject = commit.message.split('\n', 1)[0] ?? '';
  return line('commit', '', html`${subject} <code>${commit.sha.slice(0, 7)}</code>`);
}

const events: Record<string, { shape: Icon; kind: string; words: string }> = {
  labeled: { shape: 'label', kind: '', words: 'added the label' },
  unlabeled: { shape: 'label', kind: '', words: 'removed the label' },
  closed: { shape: 'done', kind: 'done', words: 'closed this' },
  reopened: { shape: 'issue', kind: 'open', words: 'opened this again' },
  renamed: { shape: 'pencil', kind: '', words: 'changed the title to' },
  merged: { shape: 'merge', kind: 'merged', words: 'merged commit' },
  review_requested: { shape: 'person', kind: '', words: 'asked for a review by' },
  head_ref_deleted: { shape: 'trash', kind: '', words: 'deleted the branch' },
};

function eventLine(event: TimelineSnapshot): Html {
  const known = events[event.event] ?? { shape: 'neutral' as const, kind: '', words: event.event };
  const sha = /^[\da-f]{40}$/.test(event.detail ?? '');
  const detail =
    event.detail === null
      ? ''
      : sha
        ? html`<code>${event.detail.slice(0, 7)}</code>`
        : html`<b>${event.detail}</b>`;
  return line(
    known.shape,
    known.kind,
    html`${user(event.actor)} ${known.words} ${detail} <span class="quiet">at ${time(event.at)}</span>`,
  );
}

function line(shape: Icon, kind: string, content: Html): Html {
  return html`<div class="event"><span class="knob ${kind}">${icon(shape)}</span><span>${content}</span></div>`;
}

function mergeBox(view: View, pull: PullSnapshot): Html {
  const { words, kind } = checkSummary(pull.checks);
  const outcome = pull.merged
    ? html`<p class="merge-line">${icon('merge', 'merged')}<b>Merged at ${pull.mergedAt ? time(pull.mergedAt) : ''}</b> and closed.</p>`
    : pull.state === 'closed'
      ? html`<p class="merge-line">${icon('pull', 'failure')}<b>Closed</b> without a merge.</p>`
      : html`<p class="merge-line">${icon(pull.mergeableState === 'dirty' ? 'failure' : 'neutral', pull.mergeableState === 'dirty' ? 'failure' : 'quiet')}<b>Mergeable state: ${pull.mergeableState}</b></p>`;
  return html`<section class="card merge-box">
<p class="merge-line">${icon(kind === 'none' ? 'neutral' : kind, kind)}<b>${words}</b></p>
<ul>${pull.checks.map(
    (check) =>
      html`<li>${checkIcon(check)}<a href="${view.base}/pull/${pull.number}/checks#check-${check.id}"><b>${check.name}</b></a> <span class="quiet">${check.title ?? ''}</span></li>`,
  )}</ul>
${outcome}</section>`;
}

function labels(all: readonly LabelSnapshot[]): Html {
  return sideBox(
    'Labels',
    all.length === 0
      ? html`<span class="quiet">None yet</span>`
      : html`${all.map((label) => html`<span class="label ${labelClass(label)}">${label.name}</span>`)}`,
  );
}

function linked(view: View): Html {
  const parts = [
    ...(view.issue === undefined
      ? []
      : [html`<a href="${view.base}/issues/${view.issue}">Issue #${view.issue}</a>`]),
    ...(view.pull
      ? [html`<a href="${view.base}/pull/${view.pull.number}">Pull request #${view.pull.number}</a>`]
      : []),
  ];
  return sideBox('Development', html`${parts.map((part) => html`<div>${part}</div>`)}`);
}

function sideBox(title: string, content: Html): Html {
  return html`<section class="side"><h2>${title}</h2>${content}</section>`;
}

/** Colours are data of the repository: they live in a style sheet of their own, see `labelStyles`. */
function labelClass(label: LabelSnapshot): string {
  return /^[\da-f]{6}$/i.test(label.color) ? `label-${label.color.toLowerCase()}` : '';
}

/** A style sheet with one class for each colour of a label. */
export function labelStyles(all: readonly LabelSnapshot[]): string {
  const colours = new Set(all.map(labelClass).filter(Boolean));
  return [...colours].map((name) => `.${name} { --label: #${name.slice('label-'.length)}; }`).join('\n');
}
