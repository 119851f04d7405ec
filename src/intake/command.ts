import type { Verb } from '../run/facts.ts';

/** Everything that a person can ask for in a comment. */
export type CommandVerb = Verb | 'auto-build' | 'status' | 'help';

export interface Command {
  verb: CommandVerb;
  /** What follows the verb, without surrounding space. */
  text: string;
}

const verbs: readonly CommandVerb[] = [
  'approve',
  'reject',
  'retry',
  'cancel',
  'pause',
  'resume',
  'answer',
  'budget',
  'auto-build',
  'status',
  'help',
];
/** Their text may go over many lines; the others end with their line, and what follows is talk. */
const withProse: readonly CommandVerb[] = ['reject', 'answer'];

/** GitHub's own limit for a comment, in characters. */
const maxComment = 65_536;
/** As much of a reason or an answer as a model is given. */
const maxText = 20_000;

/**
 * Reads the command that a new comment starts with. Only the first word counts: quotes, code (fenced, indented or
 * inline) and mentions in the middle of a sentence are no commands. Never throws; linear in the length.
 */
export function parseCommand(comment: string): Command | undefined {
  const body = comment.slice(0, maxComment);
  let start = 0;
  // Line by line over the empty ones, so that the indentation of the first line with words is still seen.
  for (let end = body.indexOf('\n'); end !== -1 && body.slice(start, end).trim() === ''; ) {
    start = end + 1;
    end = body.indexOf('\n', start);
  }
  const match = /^ {0,3}\/([A-Za-z-]{1,20})(?=\s|$)/.exec(body.slice(start, start + 64));
  const word = match?.[1]?.toLowerCase();
  const verb = verbs.find((known) => known === word);
  if (!match || !verb) return undefined;
  const rest = body.slice(start + match[0].length);
  const lineEnd = rest.search(/[\r\n]/);
  const text = withProse.includes(verb) || lineEnd === -1 ? rest : rest.slice(0, lineEnd);
  return { verb, text: text.trim().slice(0, maxText).trimEnd() };
}
