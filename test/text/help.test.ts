import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands, helpComment } from '../../src/text/help.ts';
import { formatMarker } from '../../src/text/markers.ts';

const docs = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');

test.each(commands)('$command stands in docs/commands.md', ({ command }) => {
  expect(docs).toContain(`| \`${command}\``);
});

test('the answer to /help', () => {
  expect(helpComment(formatMarker({ kind: 'help', issue: 1 }))).toMatchSnapshot();
});
