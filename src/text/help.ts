import { sections, table } from './markdown.ts';

/** Every command and what it does; docs/commands.md says the same at length, and a test holds the two together. */
export const commands: readonly { command: string; does: string }[] = [
  {
    command: '/auto-build',
    does: 'starts a run on this issue, as the label does, with its text as it is now',
  },
  {
    command: '/approve',
    does: 'approves what the comment above shows: the pull request at that commit, a suspected duplicate that is none, or a text that was changed shortly before',
  },
  { command: '/approve spec', does: 'approves the spec, where the repository asks for that' },
  { command: '/approve repo.push', does: 'pushes the branch, where the repository asks before that' },
  { command: '/approve partial', does: 'merges what is done and opens an issue for the rest' },
  {
    command: '/reject <reason>',
    does: 'has another spec or another candidate made, with your reason; twice, then people take over',
  },
  { command: '/answer <text>', does: 'answers the open questions of the spec' },
  { command: '/pause', does: 'stops the phase that is at work; what is done already is kept' },
  { command: '/resume', does: 'goes on after a pause' },
  { command: '/budget +N', does: 'allows N US dollars more' },
  { command: '/cancel', does: 'ends the run; what was pushed stays' },
  {
    command: '/retry',
    does: 'starts a new run after one that has ended, from its first phase on, on the same branch and pull request',
  },
  { command: '/status', does: 'brings the comment above up to date' },
  { command: '/help', does: 'this' },
];

/** The answer to `/help`. */
export function helpComment(marker: string): string {
  return sections(
    marker,
    'A command is the first word of a new comment, by somebody with write access (`/status` and `/help`: also the author of the issue and people with triage access). It is answered with 👍, or with 😕 where it means nothing as things stand.',
    table(
      ['Command', 'What it does'],
      commands.map(({ command, does }) => [`\`${command}\``, does]),
    ),
  );
}
