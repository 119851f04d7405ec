/**
 * Text from strangers on its way to a model (`cleanUntrusted`, `stripInvisible`) and text from a model on its way to
 * GitHub (`neutralise`). All linear in the length of the text; all leave an already treated text as it is.
 */
export interface Cleaned {
  text: string;
  /** What was taken out, in order and shortened, for people to see. */
  removed: string[];
}

/** Characters of an issue's text that a model gets; GitHub allows 65,536 for a body. */
const maxUntrusted = 65_536;

/**
 * Takes out what people do not see on GitHub and a model would read: HTML comments (nested, unclosed, with encoded
 * brackets), link reference definitions used as comments, invisible characters, control bytes; cuts what is too long.
 * Better too much than too little: comments inside code blocks go as well.
 */
export function cleanUntrusted(text: string, max = maxUntrusted): Cleaned {
  const removed: string[] = [];
  let now = text.replaceAll(/\r\n?/g, '\n').toWellFormed();
  if (now.length > max) {
    removed.push(`${now.length - max} characters beyond the first ${max}`);
    // The cut may go through a surrogate pair.
    now = now.slice(0, max).toWellFormed();
  }
  // Comments first: `--<invisible>>` does not close one on GitHub, but would after the invisible is gone. Taking out
  // one thing may put together another, so the three go round until nothing changes; a definition leaves its line
  // break behind and a comment can only be put together by what went before, so that is two or three rounds.
  for (let before: string | undefined; before !== now; ) {
    before = now;
    now = collect(removed, withoutComments(now));
    now = collect(removed, stripInvisible(now));
    now = collect(removed, withoutDefinitions(now));
  }
  return { text: now, removed: removed.map(shortened) };
}

function collect(removed: string[], step: Cleaned): string {
  removed.push(...step.removed);
  return step.text;
}

function shortened(text: string): string {
  const visible = stripInvisible(text).text.trim();
  return visible.length > 500
    ? `${visible.slice(0, 500).toWellFormed()} … (${visible.length} characters)`
    : visible;
}

const opener =
  /(?:<|&(?:amp;){0,3}(?:lt|#0{0,5}60|#x0{0,4}3c);)(?:!|&(?:amp;){0,3}(?:excl|#0{0,5}33|#x0{0,4}21);)(?:-|&(?:amp;){0,3}(?:hyphen|dash|#0{0,5}45|#x0{0,4}2d);){2}$/i;
/** Longest text that `opener` matches. */
const openerLength = 96;
const encodedCloser = /--!?(?:>|&(?:amp;){0,3}(?:gt|#0{0,5}62|#x0{0,4}3e);)/gi;

/**
 * One pass with a stack: a comment opener is looked for at the end of what was kept so far, so that pieces that a
 * removed comment held apart (`<!<!-- -->-- x -->`) are seen when they meet.
 */
function withoutComments(text: string): Cleaned {
  const kept: string[] = [];
  const removed: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    kept.push(char);
    if (!mayEndOpener(char, kept.at(-2) ?? '', kept.at(-3) ?? '')) continue;
    const found = opener.exec(kept.slice(-openerLength).join(''))?.[0];
    if (found === undefined) continue;
    kept.length -= found.length;
    const end = commentEnd(text, at + 1, found === '<!--');
    removed.push(found + text.slice(at + 1, end));
    at = end - 1;
  }
  return { text: kept.join(''), removed };
}

/** Cheap, so that a run of dashes or semicolons is not searched again and again. */
function mayEndOpener(last: string, second: string, third: string): boolean {
  if (last === ';') return /[5dhn]/i.test(second);
  return last === '-' && (second === ';' || (second === '-' && (third === '!' || third === ';')));
}

/** A real comment ends only at `-->`; one with encoded brackets is text to GitHub and ends wherever it seems to. */
function commentEnd(text: string, from: number, real: boolean): number {
  if (real) {
    const end = text.indexOf('-->', from);
    return end < 0 ? text.length : end + 3;
  }
  encodedCloser.lastIndex = from;
  return encodedCloser.exec(text) ? encodedCloser.lastIndex : text.length;
}

// Label, destination and title as in CommonMark, none of them across a blank line, at any depth of quotes and lists.
// Each part stops at the next character that could start it again, which keeps the search linear.
const notBlankLine = String.raw`(?!\n[ \t]*(?:\n|$))`;
const definition = new RegExp(
  [
    String.raw`^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*)*`,
    String.raw`\[(?:${notBlankLine}(?:\\[^\n]|[^\[\]\\]))+\]:`,
    String.raw`[ \t]*(?:\n[ \t]*)?(?<to><[^<>\n]*>|[^\s<]\S*)`,
    String.raw`(?<title>(?:[ \t]+|[ \t]*\n[ \t]*)(?:`,
    ...[
      ['"', '"'],
      ["'", "'"],
      [String.raw`\(`, String.raw`\)`],
    ].map(
      ([open, close]) => String.raw`${open}(?:${notBlankLine}(?:\\[^\n]|[^\\${open}${close}]))*${close}|`,
    ),
    String.raw`(?!)))?[ \t]*$`,
  ].join(''),
  'gm',
);

/** Link reference definitions are never shown. Plain web addresses stay, since a text may refer to them. */
function withoutDefinitions(text: string): Cleaned {
  const removed: string[] = [];
  const kept = text.replace(definition, (...found) => {
    const all: string = found[0];
    const { to, title } = found.at(-1) as { to: string; title?: string };
    if (title === undefined && /^<?https?:\/\/[^\s<>]+>?$/i.test(to)) return all;
    removed.push(all);
    return '';
  });
  return { text: kept, removed };
}

/** Format, control, unassigned, private-use and default-ignorable characters. */
const suspect = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu;
const pictograph = /^(?!\p{C})\p{Extended_Pictographic}/u;
const emojiTail = /^(?:\uFE0F|\p{Emoji_Modifier})/u;

/** Takes out control bytes and invisible characters (tags, bidi, zero width, variation selectors away from emoji). */
export function stripInvisible(text: string): Cleaned {
  const counts = new Map<string, number>();
  let spelled = '';
  const visible = text.toWellFormed().replace(suspect, (char: string, at: number, all: string) => {
    if (isVisible(char, at, all)) return char;
    const point = char.codePointAt(0) ?? 0;
    // Tag characters spell ASCII: people should read what was hidden.
    if (point > 0xe0020 && point < 0xe007f) spelled += String.fromCharCode(point - 0xe0000);
    const name = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return '';
  });
  const names = [...counts].slice(0, 20).map(([name, count]) => `${name} ×${count}`);
  const removed = [
    ...(names.length > 0 ? [`invisible characters: ${names.join(', ')}`] : []),
    ...(spelled ? [`spelled in tag characters: ${spelled}`] : []),
  ];
  return { text: visible, removed };
}

/** Line feed and tab; the one selector after an emoji or within a keycap; the joiner between two emoji. */
function isVisible(char: string, at: number, all: string): boolean {
  if (char === '\n' || char === '\t') return true;
  const next = all.slice(at + char.length, at + char.length + 2);
  const previous = characterBefore(all, at);
  if (char === '\uFE0E' || char === '\uFE0F')
    return pictograph.test(previous) || (/^[0-9#*]$/.test(previous) && next.startsWith('\u20E3'));
  if (char !== '\u200D' || !pictograph.test(next)) return false;
  const base = emojiTail.test(previous) ? characterBefore(all, at - previous.length) : previous;
  return pictograph.test(base);
}

function characterBefore(text: string, at: number): string {
  const unit = text.charCodeAt(at - 1);
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff;
  return text.slice(Math.max(0, at - (isLowSurrogate ? 2 : 1)), at);
}

/** Zero width space: shown by nobody, and enough to stop Markdown, HTML and GitHub from seeing a pattern. */
const gap = '\u200B';
const live = [
  /<(?=[a-z/!?])/gi, // raw HTML, autolinks
  /&(?=[#a-z])/gi, // entities: GitHub finds `&#64;name` a mention
  /@(?=[a-z0-9])/gi, // mentions, addresses
  /#(?=\d)/g, // references, and with them closing keywords
  /\bGH(?=-\d)/gi,
  /\](?=[([:])/g, // links, images, definitions
  /\b(?:[a-z][a-z0-9+.-]{0,30}:|www)(?=\/\/|\.)/gi, // addresses that GitHub would link
  /`{2}(?=`)|~{2}(?=~)/g, // a fence left open would swallow what we write after it
];

/**
 * Makes text that a model wrote safe to publish in GitHub Markdown: nothing in it is loaded, linked, mentioned,
 * referred to, closed or taken for HTML, whatever the context (also within code). It reads as before, because every
 * live pattern is broken by an invisible gap instead of being escaped, which would show in code.
 */
export function neutralise(text: string, max = 10_000): string {
  const { text: clean } = cleanUntrusted(text, max);
  return live.reduce((now, pattern) => now.replace(pattern, (found) => found + gap), clean);
}
