import { lexer, type Token, type Tokens } from 'marked';
import type { Look } from './progress-lines.ts';
import type { Style } from './style.ts';
import { pad, widthOf, wrap } from './text-width.ts';

/**
 * Markdown as lines for a terminal: tables with borders, headings set off, links with their address, HTML tags left
 * out. The source must be free of control bytes (`harmless`).
 */
export function renderTerminalMarkdown(source: string, look: Look): string[] {
  const withoutComments = source.replace(/<!--[\s\S]*?(?:-->|$)/g, '');
  const lines = blocks(lexer(withoutComments, { gfm: true }), look);
  while (lines[0] === '') lines.shift();
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function blocks(tokens: Token[], look: Look): string[] {
  return tokens.flatMap((token) => block(token as Tokens.Generic & Token, look));
}

function block(token: Token, look: Look): string[] {
  const { style, width } = look;
  switch (token.type) {
    case 'heading':
      return [...wrap(style.bold(inline(token.tokens, style)), width), ''];
    case 'paragraph':
      return [...wrap(inline(token.tokens, style), width), ''];
    case 'text':
      return wrap(token.tokens ? inline(token.tokens, style) : decode(token.text), width);
    case 'code':
      return [...(token as Tokens.Code).text.split('\n').map((line) => `    ${style.cyan(line)}`), ''];
    case 'blockquote':
      return [
        ...trimEnd(blocks(token.tokens ?? [], { ...look, width: width - 2 })).map(
          (line) => `${style.dim('│')} ${line}`,
        ),
        '',
      ];
    case 'list':
      return [...list(token as Tokens.List, look), ''];
    case 'table':
      return [...table(token as Tokens.Table, look), ''];
    case 'hr':
      return [style.dim('─'.repeat(Math.min(width, 40))), ''];
    case 'html': {
      const summary = /<summary>([\s\S]*?)<\/summary>/i.exec(token.text)?.[1];
      const rest = decode(
        token.text.replace(/<summary>[\s\S]*?<\/summary>/gi, '').replace(/<[^>]*>/g, ''),
      ).trim();
      return [
        ...(summary === undefined ? [] : [style.bold(`▾ ${decode(summary.replace(/<[^>]*>/g, ''))}`), '']),
        ...(rest === '' ? [] : [...wrap(rest, width), '']),
      ];
    }
    default:
      return [];
  }
}

function list({ items, ordered, start }: Tokens.List, look: Look): string[] {
  return items.flatMap((item, index) => {
    const sign = item.task
      ? item.checked
        ? '☑ '
        : '☐ '
      : ordered
        ? `${Number(start || 1) + index}. `
        : '• ';
    const content = item.tokens.filter((token) => token.type !== 'checkbox');
    const lines = trimEnd(blocks(content, { ...look, width: look.width - sign.length - 2 }));
    return lines.map((line, at) => `  ${at === 0 ? sign : ' '.repeat(sign.length)}${line}`);
  });
}

function table({ header, rows, align }: Tokens.Table, { style, width }: Look): string[] {
  const text = [header, ...rows].map((row) => row.map((cell) => inline(cell.tokens, style)));
  const widths = header.map((_, column) => Math.max(1, ...text.map((row) => widthOf(row[column] ?? ''))));
  const room = width - 3 * widths.length - 1;
  while (widths.reduce((sum, each) => sum + each, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 12) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const bar = style.dim('│');
  const rule = (left: string, middle: string, right: string) =>
    style.dim(left + widths.map((each) => '─'.repeat(each + 2)).join(middle) + right);
  const drawn = text.map((row, at) => {
    const cells = widths.map((each, column) => wrap(row[column] ?? '', each));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) => {
      const parts = cells.map((cell, column) => {
        const padded = pad(cell[line] ?? '', widths[column] ?? 0, align[column] ?? 'left');
        return at === 0 ? style.bold(padded) : padded;
      });
      return `${bar} ${parts.join(` ${bar} `)} ${bar}`;
    });
  });
  const [head = [], ...body] = drawn;
  const isEmpty = header.every((cell) => cell.text === '');
  return [
    rule('┌', '┬', '┐'),
    ...(isEmpty ? [] : [...head, rule('├', '┼', '┤')]),
    ...body.flat(),
    rule('└', '┴', '┘'),
  ];
}

function inline(tokens: Token[] | undefined, style: Style): string {
  return (tokens ?? []).map((token) => inlineToken(token, style)).join('');
}

function inlineToken(token: Token, style: Style): string {
  switch (token.type) {
    case 'strong':
      return style.bold(inline(token.tokens, style));
    case 'em':
      return style.italic(inline(token.tokens, style));
    case 'del':
      return style.dim(inline(token.tokens, style));
    case 'codespan':
      return style.cyan(decode(token.text));
    case 'br':
      return '\n';
    case 'link': {
      const label = inline(token.tokens, style);
      return token.href === token.text || token.href.startsWith('#')
        ? style.blue(label)
        : `${style.blue(label)} ${style.dim(`(${token.href})`)}`;
    }
    case 'image':
      return `[image: ${token.text}]`;
    case 'html':
      return /^<br\b/i.test(token.text) ? '\n' : '';
    default:
      if ('tokens' in token && token.tokens) return inline(token.tokens, style);
      return 'text' in token ? decode(String(token.text)) : '';
  }
}

/** The entities that people write by hand. */
function decode(text: string): string {
  return text
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

function trimEnd(lines: string[]): string[] {
  const trimmed = [...lines];
  while (trimmed.at(-1) === '') trimmed.pop();
  return trimmed;
}
