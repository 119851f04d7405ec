import { expect, test } from 'vitest';
import { renderTerminalMarkdown } from '../../../src/offline/terminal/markdown.ts';
import { styleOf } from '../../../src/offline/terminal/style.ts';
import { harmless, widthOf } from '../../../src/offline/terminal/text-width.ts';

const look = { style: styleOf(false), width: 60 };

test('comments, tables, lists, details and links', () => {
  const source = `<!-- marker -->
## Result

**Merged** in [#2](https://example.com/2), see https://example.com/3.

| | phase | cost |
|---|---|---:|
| ✅ | a phase with so many words in it that the table would not fit | $0.03 |
| 東京 | \`short\` | – |

1. first
2. second
   - [x] inner

<details><summary>More</summary>

> quoted &amp; *marked*

\`\`\`js
const a = 1;
\`\`\`

</details>`;
  expect(renderTerminalMarkdown(source, look).join('\n')).toMatchInlineSnapshot(`
    "Result

    Merged in #2 (https://example.com/2), see
    https://example.com/3.

    ┌──────┬───────────────────────────────────────────┬───────┐
    │      │ phase                                     │  cost │
    ├──────┼───────────────────────────────────────────┼───────┤
    │ ✅   │ a phase with so many words in it that the │ $0.03 │
    │      │ table would not fit                       │       │
    │ 東京 │ short                                     │     – │
    └──────┴───────────────────────────────────────────┴───────┘

      1. first
      2. second
           ☑ inner

    ▾ More

    │ quoted & marked

        const a = 1;"
  `);
});

test('no table is wider than the terminal, whatever is in it', () => {
  const source = `| a | b |\n|---|---|\n| ${'x'.repeat(200)} | ${'word '.repeat(50)} |`;
  const widths = renderTerminalMarkdown(source, look).map(widthOf);
  expect(Math.max(...widths)).toBeLessThanOrEqual(60);
});

test('harmless text has no way to steer a terminal or to hide', () => {
  expect(harmless('a\u001b[2Jb\u009b31mc\u202Ed\u0007\u200be\r\nf\tg')).toBe('abcde\nf  g');
});
