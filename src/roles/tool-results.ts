import type Anthropic from '@anthropic-ai/sdk';
import { stripInvisible } from '../text/untrusted.ts';
import { misfits } from './read-answer.ts';
import type { RoleTool } from './role.ts';

/** Characters of a tool's result that a model gets; more is cut in the middle, where it is missed least. */
const maxResult = 50_000;

/**
 * Runs the tools that a message asks for, one after the other in its order. Whatever goes wrong in a tool becomes an
 * error result for the model; only an aborted signal is thrown on.
 */
export async function toolResults(
  uses: readonly Anthropic.ToolUseBlock[],
  tools: readonly RoleTool[],
  signal: AbortSignal,
): Promise<Anthropic.ToolResultBlockParam[]> {
  const results: Anthropic.ToolResultBlockParam[] = [];
  for (const use of uses) {
    const result = await runTool(use, tools, signal);
    results.push({
      type: 'tool_result',
      tool_use_id: use.id,
      content: capped(stripInvisible(result.text).text) || '(no output)',
      ...(result.ok ? {} : { is_error: true }),
    });
  }
  return results;
}

async function runTool(
  use: Anthropic.ToolUseBlock,
  tools: readonly RoleTool[],
  signal: AbortSignal,
): Promise<{ ok: boolean; text: string }> {
  const tool = tools.find(({ definition }) => definition.name === use.name);
  if (!tool) return { ok: false, text: `There is no tool ${use.name}.` };
  const input = tool.definition.input_schema.safeParse(use.input);
  if (!input.success)
    return { ok: false, text: `The input does not fit:\n${misfits(input.error).join('\n')}` };
  try {
    return { ok: true, text: await tool.run(input.data, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

function capped(text: string): string {
  if (text.length <= maxResult) return text;
  const half = maxResult / 2;
  const left = text.length - maxResult;
  return `${text.slice(0, half)}\n[… ${left} characters left out …]\n${text.slice(-half)}`.toWellFormed();
}
