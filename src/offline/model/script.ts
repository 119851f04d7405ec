import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type RoleName, roleNames } from '../../roles/role.ts';
import { readYamlFile } from '../scenario/yaml-file.ts';

/**
 * The script of one role: `model/<role>.yaml` of a scenario.
 *
 *     calls:
 *       - when: optional substring of the first user message
 *         turns:
 *           - delayMs: 300
 *             fault: 529
 *             content:
 *               - { type: text, text: Let me look. }
 *               - { type: tool_use, name: read_file, input: { path: src/a.js } }
 *           - content:
 *               - answer: { summary: …, done: [], notDone: [] }
 */
const TextBlock = z.strictObject({ type: z.literal('text'), text: z.string().min(1) });
const ToolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
});
/** Sugar for a structured final answer: becomes one text block with its JSON. No type, so that it is short to write. */
const AnswerBlock = z.strictObject({
  type: z.undefined().optional(),
  answer: z.record(z.string(), z.unknown()),
});
export const ScriptBlock = z.discriminatedUnion('type', [TextBlock, ToolUseBlock, AnswerBlock], {
  error: 'must have `type: text`, `type: tool_use` or `answer`',
});
export type ScriptBlock = z.infer<typeof ScriptBlock>;

/**
 * 429, 500, 529: that status instead of an answer. `cut`: the connection ends in mid-stream. `malformed`: an event
 * that is not JSON. `hang`: the stream goes silent.
 */
const faults = [429, 500, 529, 'cut', 'malformed', 'hang'] as const;
export const Fault = z.literal(faults, { error: `must be one of ${faults.join(', ')}` });
export type Fault = z.infer<typeof Fault>;

export const ScriptTurn = z.strictObject({
  /** How long the model "thinks", in milliseconds. */
  delayMs: z.int().min(0).max(600_000).default(0),
  /** What goes wrong: one fault, or one per attempt; after them the turn is answered. */
  fault: z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(Fault).default([]),
  ),
  /** Default: `tool_use` when the content has such a block, else `end_turn`. */
  stopReason: z.enum(['end_turn', 'tool_use', 'max_tokens', 'refusal', 'pause_turn']).optional(),
  content: z.array(ScriptBlock),
});
export type ScriptTurn = z.infer<typeof ScriptTurn>;

export const ScriptCall = z.strictObject({
  /** This call is only for a conversation whose first user message has this text. */
  when: z.string().min(1).optional(),
  turns: z.array(ScriptTurn).min(1),
});
export type ScriptCall = z.infer<typeof ScriptCall>;

export const Script = z.strictObject({ calls: z.array(ScriptCall).min(1) });
export type Script = z.infer<typeof Script>;

export type Scripts = ReadonlyMap<RoleName, Script>;

/**
 * Reads scripts from folders like a scenario's `model`: of each role the first folder's that has it; a role without a
 * file is never asked. Throws YamlError naming file, line, column and field of everything that is wrong.
 */
export async function loadScripts(...folders: string[]): Promise<Scripts> {
  const scripts = new Map<RoleName, Script>();
  for (const role of roleNames) {
    const file = folders.map((folder) => join(folder, `${role}.yaml`)).find((each) => existsSync(each));
    if (file === undefined) continue;
    const next = 'Mend the script; docs/scenarios.md describes its form.';
    scripts.set(role, (await readYamlFile(file, Script, next)).value);
  }
  return scripts;
}
