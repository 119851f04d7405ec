import { Marked, type Tokens } from 'marked';
import { drawEmoji } from './icons.ts';

/** HTML that GitHub lets through and our own comments use. Only bare tags: attributes are dropped. */
const allowedTags = new Set(
  'b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li ol p pre s samp span strong sub summary sup table tbody td th thead tr ul'.split(
    ' ',
  ),
);
/** Opening one without closing it would swallow what follows, so these are balanced. */
const voidTags = new Set(['br', 'hr']);

/**
 * Markdown as GitHub shows it in comments, as HTML that is safe to put into a page: unknown HTML is shown as text,
 * comments are left out, links lead to http(s) or this page only, images become links (nothing remote is loaded).
 */
export function renderMarkdown(source: string, context: { repositoryUrl: string }): string {
  const marked = new Marked({
    gfm: true,
    breaks: true,
    async: false,
    renderer: {
      html: ({ text }: Tokens.HTML | Tokens.Tag) => cleanHtml(text),
      code: ({ text, lang }: Tokens.Code) => {
        const name = /^[\w-]+/.exec(lang ?? '')?.[0];
        const code = `<pre><code>${escapeHtml(text)}</code></pre>`;
        return name
          ? `<div class="code" data-lang="${name}">${code}</div>`
          : `<div class="code">${code}</div>`;
      },
      link({ href, tokens }: Tokens.Link) {
        const label = this.parser.parseInline(tokens);
        const target = safeHref(href);
        return target
          ? `<a href="${escapeHtml(target)}" rel="noopener noreferrer nofollow">${label}</a>`
          : label;
      },
      image: ({ href, text }: Tokens.Image) => {
        const target = safeHref(href);
        const label = `image: ${escapeHtml(text || 'no description')}`;
        return target
          ? `<a href="${escapeHtml(target)}" rel="noopener noreferrer nofollow">${label}</a>`
          : label;
      },
      text(token: Tokens.Text | Tokens.Escape) {
        if ('tokens' in token && token.tokens) return this.parser.parseInline(token.tokens);
        const text = 'escaped' in token && token.escaped ? token.text : escapeHtml(token.text);
        return linkNumbers(text, context.repositoryUrl);
      },
    },
  });
  return drawEmoji(balance(marked.parse(source) as string));
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** `#12` becomes a link, as on GitHub. */
function linkNumbers(escaped: string, repositoryUrl: string): string {
  return escaped.replace(
    /(^|[\s(])#(\d{1,9})\b/g,
    (_all, before: string, number: string) =>
      `${before}<a href="${escapeHtml(repositoryUrl)}/issues/${number}">#${number}</a>`,
  );
}

function safeHref(href: string): string | undefined {
  if (/^(?:#|\/(?!\/))/.test(href)) return href;
  try {
    const { protocol } = new URL(href);
    return protocol === 'http:' || protocol === 'https:' ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps allowed tags, without attributes; shows the rest as text; leaves comments out. */
function cleanHtml(source: string): string {
  const withoutComments = source.replace(/<!--[\s\S]*?(?:-->|$)/g, '');
  let result = '';
  let from = 0;
  for (const match of withoutComments.matchAll(/<(\/?)([a-z][a-z\d]*)\b[^<>]*>/gi)) {
    const [whole, slash = '', tag = ''] = match;
    const name = tag.toLowerCase();
    result += escapeHtml(withoutComments.slice(from, match.index));
    const open = name === 'details' && !slash && /\sopen\b/i.test(whole) ? ' open' : '';
    result += allowedTags.has(name) ? `<${slash}${name}${open}>` : escapeHtml(whole);
    from = match.index + whole.length;
  }
  return result + escapeHtml(withoutComments.slice(from));
}

/**
 * Closes what was left open and drops closing tags that close nothing, so that a comment cannot break out of its
 * box. Works on our own output: every `<` there begins a tag that we wrote.
 */
function balance(markup: string): string {
  const open: string[] = [];
  const balanced = markup.replace(/<(\/?)([a-z][a-z\d]*)\b[^>]*>/g, (whole, slash: string, name: string) => {
    if (voidTags.has(name) || name === 'input') return slash ? '' : whole;
    if (!slash) {
      open.push(name);
      return whole;
    }
    const at = open.lastIndexOf(name);
    if (at < 0) return '';
    return open
      .splice(at)
      .reverse()
      .map((inner) => `</${inner}>`)
      .join('');
  });
  return (
    balanced +
    open
      .reverse()
      .map((name) => `</${name}>`)
      .join('')
  );
}
