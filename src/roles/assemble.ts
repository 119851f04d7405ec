import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Hash } from '../run/artifacts.ts';
import { stripInvisible } from '../text/untrusted.ts';
import { fillPrompt, type Prompts } from './prompts.ts';
import type { Part, RoleCall, RoleTool } from './role.ts';

export interface Assembled {
  system: string;
  user: string;
  tools: ToolDefinition[];
  exposed: Hash[];
  /** Everything of the above as one text. */
  text: string;
}
export interface ToolDefinition {
  name: string;
  description: string;
  input_schema: { type: 'object'; [key: string]: unknown };
}

/** What a call sends first, as a pure function of the call. Throws when prompt and parts do not agree. */
export function assemble(
  prompts: Prompts,
  call: Pick<RoleCall<unknown>, 'prompt' | 'parts' | 'tools'>,
): Assembled {
  const prompt = prompts.get(call.prompt);
  if (!prompt) throw new Error(`there is no prompt ${call.prompt}`);
  const names = call.parts.map((part) => part.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`prompt ${call.prompt}: {{${twice}}} is given twice`);
  const user = fillPrompt(prompt, new Map(call.parts.map((part) => [part.name, fence(part)])));
  const tools = call.tools.map(toolDefinition);
  return {
    system: prompt.system,
    user,
    tools,
    exposed: [...new Set(call.parts.flatMap((part) => (part.from === 'words' ? [] : part.from)))],
    text: [prompt.system, ...tools.map((tool) => JSON.stringify(tool)), user].join('\n\n'),
  };
}

/**
 * Puts a text between tags that it cannot close: their id is a hash of the text itself, so whoever writes the text
 * would have to know the hash of what they are still writing. Nothing random, so that the same call made again after
 * a crash is the same request, and is found in the service's cache.
 */
export function fence({ name, text }: Pick<Part, 'name' | 'text'>): string {
  const clean = stripInvisible(text).text.trim() || '(nothing)';
  const id = createHash('sha256').update(`${name}\0${clean}`).digest('hex').slice(0, 24);
  return `<data-${id} name="${name}">\n${clean}\n</data-${id}>`;
}

function toolDefinition({ definition }: RoleTool): ToolDefinition {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(definition.input_schema, { io: 'input' });
  if (schema.type !== 'object') throw new Error(`tool ${definition.name}: its input must be an object`);
  return {
    name: definition.name,
    description: definition.description,
    input_schema: { ...schema, type: 'object' },
  };
}
