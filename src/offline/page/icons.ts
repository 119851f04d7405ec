import { raw } from 'hono/html';

/** Drawn on a grid of 16 by 16; the colour is that of the text around. */
const shapes = {
  issue: '<circle cx="8" cy="8" r="6.5"/><circle cx="8" cy="8" r="1.2" fill="currentColor"/>',
  done: '<circle cx="8" cy="8" r="6.5"/><path d="m5.2 8.2 2 2 3.6-4"/>',
  pull: '<circle cx="4" cy="3.5" r="1.7"/><circle cx="4" cy="12.5" r="1.7"/><circle cx="12" cy="12.5" r="1.7"/><path d="M4 5.2v5.6M12 10.8V6.5a2 2 0 0 0-2-2H7.6M9.4 2.5l-2 2 2 2"/>',
  merge:
    '<circle cx="4" cy="3.5" r="1.7"/><circle cx="4" cy="12.5" r="1.7"/><circle cx="12" cy="8.5" r="1.7"/><path d="M4 5.2v5.6M4 5.2c.4 2.2 2.6 3.3 6.3 3.3"/>',
  success:
    '<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none"/><path class="cut" d="m5 8.2 2.1 2.1L11 6"/>',
  failure:
    '<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none"/><path class="cut" d="m5.5 5.5 5 5m0-5-5 5"/>',
  neutral: '<circle cx="8" cy="8" r="6.5"/><path d="M5 8h6"/>',
  running:
    '<circle cx="8" cy="8" r="6.5" stroke-dasharray="8 4"/><circle cx="8" cy="8" r="2.2" fill="currentColor" stroke="none"/>',
  label: '<path d="M2 2h5.5l6.5 6.5-5.5 5.5L2 7.5Z"/><circle cx="5" cy="5" r=".9" fill="currentColor"/>',
  commit: '<circle cx="8" cy="8" r="2.8"/><path d="M1 8h4.2M10.8 8H15"/>',
  pencil: '<path d="m10.5 2.5 3 3-7.5 7.5-3.5.5.5-3.5Z"/>',
  person: '<circle cx="8" cy="5" r="2.7"/><path d="M2.8 14c.4-3 2.4-4.5 5.2-4.5s4.8 1.5 5.2 4.5"/>',
  repository: '<path d="M3.5 12.5V3a1.5 1.5 0 0 1 1.5-1.5h7.5v9.5H5a1.5 1.5 0 0 0 0 3.5h7.5V11"/>',
  file: '<path d="M3.5 1.5h6l3 3v10h-9Z"/><path d="M9.5 1.5v3h3"/>',
  branch:
    '<circle cx="4.5" cy="3.5" r="1.7"/><circle cx="4.5" cy="12.5" r="1.7"/><circle cx="11.5" cy="5" r="1.7"/><path d="M4.5 5.2v5.6M11.5 6.7c0 2.3-4 2-7 3"/>',
  trash: '<path d="M3 4h10M6 4V2.5h4V4M4.5 4l.7 9.5h5.6l.7-9.5"/>',
  dot: '<circle cx="8" cy="8" r="5" fill="currentColor" stroke="none"/>',
  eyes: '<ellipse cx="4.5" cy="8" rx="2.7" ry="4.5"/><ellipse cx="11.5" cy="8" rx="2.7" ry="4.5"/><circle cx="5.2" cy="9" r="1.2" fill="currentColor"/><circle cx="12.2" cy="9" r="1.2" fill="currentColor"/>',
  warning: '<path d="M8 2 1.5 13.5h13Z"/><path d="M8 6.5v3M8 11.6v.1"/>',
  clock: '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5V8l2.5 1.5"/>',
} as const;
export type Icon = keyof typeof shapes;

/** An icon as markup; decoration, unless it has a title. */
export function iconMarkup(name: Icon, className: string, title?: string): string {
  const meaning = title === undefined ? 'aria-hidden="true"' : `role="img" aria-label="${title}"`;
  return `<svg class="icon ${className}" viewBox="0 0 16 16" width="16" height="16" ${meaning} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">${shapes[name]}</svg>`;
}

export function icon(name: Icon, className = '') {
  return raw(iconMarkup(name, className));
}

const emoji: Record<string, { name: Icon; className: string; title: string }> = {
  '✅': { name: 'success', className: 'success', title: 'passed' },
  '❌': { name: 'failure', className: 'failure', title: 'failed' },
  '⚠️': { name: 'warning', className: 'running', title: 'warning' },
  '⚠': { name: 'warning', className: 'running', title: 'warning' },
  '⏳': { name: 'running', className: 'running', title: 'running' },
  '🔄': { name: 'running', className: 'running', title: 'running' },
  '⚪': { name: 'neutral', className: 'neutral', title: 'not yet' },
  '⬜': { name: 'neutral', className: 'neutral', title: 'not yet' },
  '⏸️': { name: 'clock', className: 'running', title: 'waiting' },
  '⏸': { name: 'clock', className: 'running', title: 'waiting' },
  '🎉': { name: 'merge', className: 'merged', title: 'merged' },
  '🚀': { name: 'merge', className: 'merged', title: 'merging' },
  '🔨': { name: 'running', className: 'running', title: 'building' },
  '🤝': { name: 'person', className: 'running', title: 'handed over' },
  '🙋': { name: 'person', className: 'running', title: 'asked' },
  '👯': { name: 'issue', className: 'neutral', title: 'duplicate' },
  '📪': { name: 'done', className: 'neutral', title: 'closed' },
  '🛑': { name: 'failure', className: 'failure', title: 'rejected' },
  '⛔': { name: 'failure', className: 'failure', title: 'not allowed' },
  '⏹️': { name: 'neutral', className: 'neutral', title: 'canceled' },
  '➖': { name: 'neutral', className: 'neutral', title: 'none' },
  '🔴': { name: 'failure', className: 'failure', title: 'red' },
  '🟡': { name: 'dot', className: 'running', title: 'yellow' },
  '🟢': { name: 'success', className: 'success', title: 'green' },
  '👀': { name: 'eyes', className: '', title: 'eyes' },
};
const signs = Object.keys(emoji).sort((a, b) => b.length - a.length);
const anyEmoji = new RegExp(`(${signs.join('|')})( [^\\s]+)?`, 'gu');

/** Draws the signs that statuses are told with: many machines have no font for emoji. Leaves tags alone. */
export function drawEmoji(markup: string): string {
  return markup
    .split(/(<[^>]*>)/)
    .map((part) =>
      part.startsWith('<')
        ? part
        : part.replace(anyEmoji, (all: string, sign: string, word = '') => {
            const drawn = emoji[sign];
            if (!drawn) return all;
            // A sign stays on the line of the word behind it.
            return `<span class="sign">${iconMarkup(drawn.name, drawn.className, drawn.title)}${word}</span>`;
          }),
    )
    .join('');
}
