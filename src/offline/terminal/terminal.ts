import type { Watch } from '../../text/progress.ts';
import { renderTerminalMarkdown } from './markdown.ts';
import { advance, type Look, liveLines, noProgress } from './progress-lines.ts';
import { styleOf } from './style.ts';
import { cut, harmless, wrap } from './text-width.ts';

/** The part of a stream that is needed; process.stdout is one. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  /** False also when NO_COLOR is set. */
  hasColors?(): boolean;
}

export interface Terminal {
  /** Shows an event. */
  watch: Watch;
  /** Prints Markdown, such as the final comment, below a title. */
  markdown(title: string, source: string): void;
  /** Prints lines of our own. */
  print(...lines: string[]): void;
  /** Stops rewriting; what was printed stays. */
  close(): void;
}

const frameMs = 80;
const widthWithoutTerminal = 100;
const widest = 120;

/**
 * Live progress: in a terminal the lines about what is going on are rewritten; elsewhere only final lines are
 * written, without any control codes.
 */
export function openTerminal(output: Output): Terminal {
  const live = output.isTTY === true;
  const style = styleOf(live && output.hasColors?.() === true);
  const look = (): Look => ({ style, width: Math.min(widest, output.columns ?? widthWithoutTerminal) });
  let progress = noProgress;
  let drawn = 0;

  const erased = () => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`);
  const draw = (final: readonly string[]) => {
    const finals = final.map((line) => `${line}\n`).join('');
    if (!live) {
      if (finals !== '') output.write(finals);
      return;
    }
    const current = liveLines(progress, Date.now(), look());
    const lines = current.map((line) => `${line}\n`).join('');
    const text = erased() + finals + lines;
    drawn = current.length;
    if (text !== '') output.write(text);
  };
  const timer = live ? setInterval(() => draw([]), frameMs).unref() : undefined;

  return {
    watch(event) {
      const after = advance(progress, event, look());
      progress = after.progress;
      draw(after.lines);
    },
    markdown(title, source) {
      const { width } = look();
      const rule = '─'.repeat(Math.max(0, width - title.length - 4));
      draw([
        '',
        style.cyan(cut(`── ${title} ${rule}`, width)),
        ...renderTerminalMarkdown(harmless(source), look()),
        '',
      ]);
    },
    print: (...lines) => draw(lines.flatMap((line) => wrap(line, look().width))),
    close() {
      clearInterval(timer);
      progress = noProgress;
      draw([]);
    },
  };
}
