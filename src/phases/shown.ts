import type { Part } from '../roles/role.ts';
import type { FrozenIssue } from '../run/artifacts.ts';
import type { Known } from './phase.ts';

/** A part of a prompt that shows one artifact, with its hash as provenance. */
export function shown(name: string, known: Known, text = readable(known)): Part {
  return { name, from: [known.hash], text };
}

/** An artifact as a role reads it. */
export function readable(known: Known): string {
  switch (known.kind) {
    case 'issue':
      return issueText((known as Known<'issue'>).body);
    default:
      return JSON.stringify(known.body, null, 2);
  }
}

/** The frozen issue, word for word, as every role gets it. */
export function issueText({ number, title, body, author }: FrozenIssue): string {
  return `#${number} ${title}\nby @${author}\n\n${body}`;
}
