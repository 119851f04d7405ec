import type { PhaseName } from '../../run/facts.ts';
import type { ProgressEvent } from '../../text/progress.ts';
import { scoreTable } from './score-table.ts';
import type { Style } from './style.ts';
import { cut, oneLine, pad, wrap } from './text-width.ts';

/** A phase that began and has not ended. */
export interface RunningPhase {
  phase: PhaseName;
  attempt: number;
  since: number;
  /** Who was shown what, or the score: for below its line. */
  details: string[];
  commands: readonly Command[];
}

/** The same command, however often it ran. */
interface Command {
  command: string;
  times: number;
  ms: number;
  /** How it ended when that was not exit code 0. */
  how: string;
}

/** What has been told so far of a run: enough to show the rest. */
export interface Progress {
  startedAt: number | undefined;
  running: readonly RunningPhase[];
}
export const noProgress: Progress = { startedAt: undefined, running: [] };

export interface Look {
  style: Style;
  /** Columns. */
  width: number;
}

const shownCommands = 4;
/** Columns of a command; what looks the same in them counts as the same. */
const shownCommand = 60;
const indent = ' '.repeat(6);

/**
 * Takes one event in: the progress after it, and the lines that are final now. Lines about a phase come when it ends,
 * the phase first and what happened in it below. Pure.
 */
export function advance(
  before: Progress,
  event: ProgressEvent,
  look: Look,
): { progress: Progress; lines: string[] } {
  const progress = { ...before, startedAt: before.startedAt ?? event.at };
  const same = (lines: string[]) => ({ progress, lines });
  const { style, width } = look;
  switch (event.kind) {
    case 'run-started':
      return same([
        `${style.bold(`${event.repository}#${event.issue.number}`)} ${oneLine(event.issue.title)}`,
        // Which isolation there is, and why, is never cut short.
        ...wrap(
          `run ${event.run} · sandbox ${event.sandbox.kind}: ${oneLine(event.sandbox.words)}`,
          width,
        ).map(style.dim),
        '',
      ]);
    case 'phase-started':
      return {
        progress: {
          ...progress,
          running: [
            ...progress.running,
            { phase: event.phase, attempt: event.attempt, since: event.at, details: [], commands: [] },
          ],
        },
        lines: [],
      };
    case 'phase-ended': {
      const running = progress.running.find((one) => one.phase === event.phase);
      const rest = progress.running.filter((one) => one !== running);
      return {
        progress: { ...progress, running: rest },
        lines: [...phaseLines(event, look), ...detailLines(running, look)],
      };
    }
    case 'role-called': {
      const saw = event.shown.length === 0 ? 'nothing' : event.shown.join(', ');
      const words = `${event.role} (${event.model}) was shown ${saw}`;
      return { progress: detail(progress, event.phase, words), lines: [] };
    }
    case 'command-ran':
      return { progress: command(progress, event), lines: [] };
    case 'asked-again':
      return same([style.yellow(cut(`    ↻ ${event.role} asked again: ${oneLine(event.why)}`, width))]);
    case 'head-advanced':
      return same([
        style.yellow(cut(`    ↻ ${event.head} ${event.round}: ${oneLine(event.because)}`, width)),
      ]);
    case 'scored': {
      const table = scoreTable(event, style);
      if (!progress.running.some((one) => one.phase === 'score'))
        return same(table.map((line) => indent + line));
      return { progress: detail(progress, 'score', ...table), lines: [] };
    }
    case 'waiting':
      return same([style.yellow(cut(`  … waiting: ${oneLine(event.why)}`, width))]);
    case 'effect':
      return same(
        event.url === null ? [] : [style.dim(cut(`    → ${event.effect} ${oneLine(event.url)}`, width))],
      );
    case 'ended': {
      const left = progress.running.flatMap((one) => detailLines(one, look));
      const colour = event.outcome === 'merged' ? style.green : style.yellow;
      const took = duration(event.at - (progress.startedAt ?? event.at));
      return {
        progress: { ...progress, running: [] },
        lines: [
          ...left,
          '',
          `${colour(style.bold(event.outcome.replace('_', ' ')))} after ${took}: ${oneLine(event.words)}`,
        ],
      };
    }
    default:
      return event satisfies never;
  }
}

/** What is going on right now, for the lines that a terminal rewrites. Pure. */
export function liveLines({ running }: Progress, now: number, { style, width }: Look): string[] {
  const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
  const frame = frames[Math.floor(now / 80) % frames.length] ?? '';
  return running.flatMap((one) => {
    const [name, time] = [pad(phaseName(one), 16), pad(duration(now - one.since), 8, 'right')];
    const plain = `  ${frame} ${name}${time}`;
    // A line that wraps could not be rewritten.
    const head =
      plain.length > width ? cut(plain, width) : `  ${style.cyan(frame)} ${name}${style.dim(time)}`;
    const running = one.commands.at(-1);
    const last = running ? commandLine(running) : one.details.at(-1);
    return last === undefined ? [head] : [head, style.dim(cut(indent + last, width))];
  });
}

function phaseLines(
  event: Extract<ProgressEvent, { kind: 'phase-ended' }>,
  { style, width }: Look,
): string[] {
  const sign = { pass: style.green('✔'), fail: style.red('✖'), error: style.red('!') }[event.result];
  const name = pad(phaseName(event), 16);
  const time = pad(duration(event.ms), 8, 'right');
  const cost = pad(event.usd > 0 ? `$${event.usd.toFixed(2)}` : '', 7, 'right');
  const words = oneLine(event.words);
  const before = 4 + 16 + 8 + 7 + 2;
  const short = cut(words, Math.max(20, width - before));
  const said = event.result === 'pass' ? short : style.red(short);
  const line = `  ${sign} ${name}${style.dim(time)}`;
  if (words === '') return [event.usd > 0 ? line + style.dim(cost) : line];
  return [`${line}${style.dim(cost)}  ${said}`];
}

function phaseName({ phase, attempt }: { phase: PhaseName; attempt: number }): string {
  return attempt > 1 ? `${phase} (${attempt})` : phase;
}

/** Who was shown what first, then the commands: a call is told of when it is over, after the commands in it. */
function detailLines(one: RunningPhase | undefined, { style, width }: Look): string[] {
  if (!one) return [];
  if (one.phase === 'score') return one.details.map((line) => indent + line);
  const more = one.commands.length - shownCommands;
  const lines = [...one.details, ...one.commands.slice(0, shownCommands).map(commandLine)];
  if (more > 0) lines.push(`… and ${more} more ${more === 1 ? 'command' : 'commands'}`);
  return lines.map((words) => style.dim(cut(indent + words, width)));
}

function commandLine({ command, times, ms, how }: Command): string {
  return `$ ${command} (${times > 1 ? `${times} times, ` : ''}${duration(ms)}${how})`;
}

function change(progress: Progress, phase: PhaseName, how: (one: RunningPhase) => RunningPhase): Progress {
  return { ...progress, running: progress.running.map((one) => (one.phase === phase ? how(one) : one)) };
}

function detail(progress: Progress, phase: PhaseName, ...words: string[]): Progress {
  return change(progress, phase, (one) => ({ ...one, details: [...one.details, ...words] }));
}

function command(progress: Progress, event: Extract<ProgressEvent, { kind: 'command-ran' }>): Progress {
  const how =
    event.exitCode === 0 ? '' : event.exitCode === null ? ', killed' : `, exit code ${event.exitCode}`;
  // Folders are those of a container that is gone; without them the same command looks the same.
  const name = cut(oneLine(event.command).replaceAll(/(^|[\s=])\/\S*\/(?=[^/\s])/g, '$1…/'), shownCommand);
  return change(progress, event.phase, (one) => {
    const same = one.commands.find((known) => known.command === name && known.how === how);
    const now = { command: name, times: (same?.times ?? 0) + 1, ms: (same?.ms ?? 0) + event.ms, how };
    return {
      ...one,
      commands: same ? one.commands.map((known) => (known === same ? now : known)) : [...one.commands, now],
    };
  });
}

/** 340 ms, 2.4 s, 1 min 5 s. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}
