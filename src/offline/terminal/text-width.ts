import { stripVTControlCharacters } from 'node:util';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Columns that a text takes in a terminal; colour codes take none. */
export function widthOf(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text)))
    columns += wide.test(segment) ? 2 : 1;
  return columns;
}

/** Pads with spaces to a width; longer text stays as it is. */
export function pad(text: string, width: number, align: 'left' | 'right' | 'center' = 'left'): string {
  const missing = Math.max(0, width - widthOf(text));
  const before = align === 'right' ? missing : align === 'center' ? Math.floor(missing / 2) : 0;
  return ' '.repeat(before) + text + ' '.repeat(missing - before);
}

/** Cuts plain text, without colour codes, to a width. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let columns = 0;
  let result = '';
  for (const { segment } of graphemes.segment(text)) {
    columns += widthOf(segment);
    if (columns > width - 1) break;
    result += segment;
  }
  return `${result}…`;
}

/** Breaks text, which may hold colour codes, into lines between words. A plain word that is too long is cut inside. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(/ +/).flatMap((each) => chop(each, width))) {
      if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}

function chop(word: string, width: number): string[] {
  if (widthOf(word) <= width || word.includes('\u001b')) return [word];
  const parts = [''];
  for (const { segment } of graphemes.segment(word)) {
    if (widthOf(parts.at(-1) + segment) > width) parts.push('');
    parts[parts.length - 1] += segment;
  }
  return parts;
}

/**
 * Text that others wrote, on one line and without anything that could steer a terminal: control bytes, escape
 * sequences and characters that reorder or hide text.
 */
export function oneLine(text: string): string {
  return harmless(text).replace(/\s+/g, ' ').trim();
}

/** As `oneLine`, but keeps its lines. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\t/g, '  ')
    .replace(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
      '',
    );
}
