import { neutralise, stripInvisible } from './untrusted.ts';

/**
 * Pieces of GitHub Markdown. Text that goes into a piece may come from anybody: every piece makes it harmless by
 * itself, so that no caller has to remember.
 */

/** One line of running text, for a paragraph, list item, heading or table cell. */
export function inline(text: string, max = 300): string {
  const line = neutralise(shorten(text.replaceAll(/\s+/g, ' ').trim(), max), max + 1)
    // An odd number of backslashes keeps the bar within its cell.
    .replaceAll(/(\\*)\|/g, '$1$1\\|')
    .replace(/^([#>*+=~-])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
  // A backtick without a partner would look for one in our own text.
  return (line.match(/`/g)?.length ?? 0) % 2 === 0 ? line : line.replaceAll('`', "'");
}

/** Verbatim words: paths, ids, hashes. */
export function code(text: string, max = 200): string {
  const line = neutralise(shorten(text.replaceAll(/\s+/g, ' ').trim(), max), max + 1).replaceAll(
    /(\\*)\|/g,
    '$1$1\\|',
  );
  if (!line.includes('`')) return line === '' ? '' : `\`${line}\``;
  return `\`\`\` ${line} \`\`\``;
}

/** Several lines as a quotation: whatever they look like, they are visibly not ours, and end where we say. */
export function quote(text: string, max = 4_000): string {
  return (
    neutralise(shorten(text.trim(), max), max + 1)
      .split('\n')
      // `> [!NOTE]` would be a box that looks like ours.
      .map((line) => `> ${line.replace(/^(\s*)\[!/, '$1\\[!')}`.trimEnd())
      .join('\n')
  );
}

/** A block of commands or output. Nothing is live in there, so it stays fit for copying. */
export function fence(text: string, language = ''): string {
  const body = stripInvisible(text).text.trimEnd();
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${body}\n${ticks}`;
}

/** A table; cells are finished pieces. A column whose head ends in `:` is aligned to the right. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const names = head.map((name) => name.replace(/:$/, ''));
  return [
    line(names),
    line(head.map((name) => (name.endsWith(':') ? '--:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

/** Something that is there for whoever wants it. */
export function folded(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

export function list(items: string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Sections with an empty line between them; those that are empty are left out. */
export function sections(...parts: (string | false | null | undefined)[]): string {
  return parts.filter((part) => part).join('\n\n');
}

/** Characters that a comment, a body or a field of a check run may have; GitHub refuses more than 65,535. */
const maxText = 62_000;

/** Like `sections`, within what GitHub stores: a section that does not fit any more is left out, and that is said. */
export function document(...parts: (string | false | null | undefined)[]): string {
  let room = maxText;
  let leftOut = 0;
  const kept = parts.filter((part) => {
    if (!part) return false;
    if (part.length + 2 > room) {
      leftOut += 1;
      return false;
    }
    room -= part.length + 2;
    return true;
  });
  const notice = `*${counted(leftOut, 'section')} left out, because GitHub stores no longer texts; the server's database has everything.*`;
  return sections(...kept, leftOut > 0 && notice);
}

function shorten(text: string, max: number): string {
  return text.length <= max
    ? text
    : `${text
        .slice(0, max - 1)
        .toWellFormed()
        .trimEnd()}…`;
}

/** `0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`; the blanks do not break. */
export function duration(ms: number): string {
  if (ms < 100) return '<\u00A00.1\u00A0s';
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}\u00A0s`;
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}\u00A0s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u00A0min\u00A0${two(seconds % 60)}\u00A0s`;
  return `${Math.floor(seconds / 3600)}\u00A0h\u00A0${two(Math.floor((seconds % 3600) / 60))}\u00A0min`;
}

export function dollars(usd: number): string {
  return usd > 0 && usd < 0.01 ? '<\u00A0$0.01' : `$${usd.toFixed(2)}`;
}

/** A score in basis points as people read it: never rounded up into the next route. */
export function points(basisPoints: number): string {
  return (Math.floor(basisPoints / 100) / 100).toFixed(2);
}

/** A part of a score to the last digit, so that anybody can add the parts up: `0.285`, `0.30`. */
export function exact(basisPoints: number): string {
  return (Math.round(basisPoints) / 10_000).toFixed(4).replace(/0{1,2}$/, '');
}

/** `2026-11-03 14:05 UTC` */
export function dateTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
