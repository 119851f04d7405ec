import type { Part } from '../roles/role.ts';
import type { Known } from './phase.ts';

/** A part of a prompt that shows one artifact, with its hash as provenance. */
export function shown(name: string, known: Known, text = readable(known)): Part {
  return { name, from: [known.hash], text };
}

/** An artifact as a role reads it. */
export function readable(known: Known): string {
  switch (known.kind) {
    case 'issue': {
      const { number, title, body, author } = (known as Known<'issue'>).body;
      return `#${number} ${title}\nby @${author}\n\n${body}`;
    }
    default:
      return JSON.stringify(known.body, null, 2);
  }
}
