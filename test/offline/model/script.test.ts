import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadScripts } from '../../../src/offline/model/script.ts';
import { UserError } from '../../../src/run/user-error.ts';

async function folder(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'model-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return dir;
}

test('reads the script of each role, with its short forms', async () => {
  const dir = await folder({
    'builder.yaml': `
calls:
  - when: Repair
    turns:
      - fault: 529
        content: [{ type: text, text: Hm. }]
      - fault: [cut, hang]
        delayMs: 5
        content:
          - answer: { summary: x }
`,
  });
  const scripts = await loadScripts(dir);
  expect([...scripts.keys()]).toEqual(['builder']);
  expect(scripts.get('builder')?.calls[0]).toEqual({
    when: 'Repair',
    turns: [
      { delayMs: 0, fault: [529], content: [{ type: 'text', text: 'Hm.' }] },
      { delayMs: 5, fault: ['cut', 'hang'], content: [{ answer: { summary: 'x' } }] },
    ],
  });
});

test('what is wrong in a script is named with file, line and field', async () => {
  const dir = await folder({
    'reviewer.yaml': `calls:
  - turns:
      - content:
          - answer: { approved: true }
        delay: 300
  - when: ''
    turns:
      - fault: 503
        content:
          - { type: image, url: x }
          - { type: tool_use, name: read_file }
          - just text
      - delayMs: -1
        content: []
        stopReason: done
  - turns: []
`,
  });
  const error = await loadScripts(dir).catch((e) => e);
  expect(error).toBeInstanceOf(UserError);
  expect(error.message.replaceAll(`${dir}/`, '')).toMatchInlineSnapshot(`
    "reviewer.yaml:5:9 calls[0].turns[0].delay: there is no such field
    reviewer.yaml:6:5 calls[1].when: Too small: expected string to have >=1 characters
    reviewer.yaml:8:9 calls[1].turns[0].fault[0]: must be one of 429, 500, 529, cut, malformed, hang
    reviewer.yaml:10:15 calls[1].turns[0].content[0].type: must have \`type: text\`, \`type: tool_use\` or \`answer\`
    reviewer.yaml:11:13 calls[1].turns[0].content[1].input: is missing; expected record
    reviewer.yaml:12:13 calls[1].turns[0].content[2]: must be object
    reviewer.yaml:13:9 calls[1].turns[1].delayMs: Too small: expected number to be >=0
    reviewer.yaml:15:9 calls[1].turns[1].stopReason: must be one of end_turn, tool_use, max_tokens, refusal, pause_turn
    reviewer.yaml:16:5 calls[2].turns: Too small: expected array to have >=1 items"
  `);
});

test('what is not YAML is named with its line', async () => {
  const dir = await folder({ 'builder.yaml': 'calls:\n  - turns: [\n' });
  const error = await loadScripts(dir).catch((e) => e);
  expect(error.message.replaceAll(`${dir}/`, '')).toMatchInlineSnapshot(
    `"builder.yaml:3:1 not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"`,
  );
});
