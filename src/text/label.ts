import { sections } from './markdown.ts';

/** For somebody whose label was heard of only after the issue had been changed. */
export function labelAgain(marker: string, login: string): string {
  return sections(
    marker,
    `@${login}, the word of your label came late, and the issue was changed meanwhile. What is built is a text that somebody with write access asked for: read it as it is now, take the label off and put it on again.`,
  );
}

/** For somebody whose command was heard of only after the issue had been changed. */
export function commandAgain(marker: string, login: string): string {
  return sections(
    marker,
    `@${login}, the issue was changed after your command and before it was heard. What is built is a text that somebody with write access asked for: read it as it is now, and write \`/auto-build\` again.`,
  );
}
