import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type RoleName, roleNames } from '../../roles/role.ts';

/** What of a Messages API request is looked at; the rest is kept in the journal as it came. */
const Block = z.looseObject({
  type: z.string(),
  cache_control: z.looseObject({ type: z.literal('ephemeral') }).optional(),
});
export type Block = z.infer<typeof Block>;
const content = z.union([
  z.string().min(1, 'text must not be empty'),
  z.array(Block).min(1, 'content must not be empty'),
]);
const Message = z.object({ role: z.enum(['user', 'assistant']), content });
export const MessagesRequest = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  stream: z.boolean().optional(),
  system: content.optional(),
  tools: z
    .array(z.looseObject({ name: z.string(), input_schema: z.looseObject({ type: z.literal('object') }) }))
    .optional(),
  messages: z.array(Message).min(1),
  metadata: z.object({ user_id: z.string() }).optional(),
  tool_choice: z.looseObject({ type: z.string() }).optional(),
  output_config: z.looseObject({}).optional(),
});
export type MessagesRequest = z.infer<typeof MessagesRequest>;

/** An answer in the service's error shape. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}
export const invalidRequest = (message: string): ApiError =>
  new ApiError(400, 'invalid_request_error', message);

/** Blocks of a message or of the system part; a plain string is one text block. */
export function blocksOf(value: MessagesRequest['system']): Block[] {
  return typeof value === 'string' ? [{ type: 'text', text: value }] : (value ?? []);
}

/** Checks what the service would refuse. The official SDK sends its key as a bearer token, others as x-api-key. */
export function readRequest(headers: IncomingHttpHeaders, raw: string): MessagesRequest {
  const key = headers['x-api-key'] ?? /^bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (!key) throw new ApiError(401, 'authentication_error', 'x-api-key header is required');
  if (!headers['anthropic-version']) throw invalidRequest('anthropic-version: header is required');
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch (error) {
    throw invalidRequest(`The request body is not valid JSON: ${(error as Error).message}`);
  }
  const parsed = MessagesRequest.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidRequest(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  checkConversation(parsed.data);
  return parsed.data;
}

function checkConversation({ messages, tools = [], system, tool_choice }: MessagesRequest): void {
  if (messages[0]?.role !== 'user') throw invalidRequest('messages: first message must use the "user" role');
  if (new Set(tools.map(({ name }) => name)).size < tools.length)
    throw invalidRequest('tools: names must be unique');
  if (tool_choice && !['auto', 'none'].includes(tool_choice.type))
    throw invalidRequest('tool_choice: this model does not support forced tool use');
  const all = [...tools, ...blocksOf(system), ...messages.flatMap((message) => blocksOf(message.content))];
  if (all.filter(({ cache_control }) => cache_control !== undefined).length > 4)
    throw invalidRequest('a maximum of 4 blocks with cache_control may be provided');
  messages.forEach((message, index) => {
    const asked = idsOf(messages[index - 1]?.content, 'tool_use', 'id');
    const given = idsOf(message.content, 'tool_result', 'tool_use_id');
    const missing = asked.find((id) => !given.includes(id));
    if (missing !== undefined)
      throw invalidRequest(`messages.${index}: tool_use id ${missing} was found without a tool_result block`);
    const unknown = given.find((id) => !asked.includes(id));
    if (unknown !== undefined)
      throw invalidRequest(`messages.${index}: tool_result for an unexpected tool_use_id ${unknown}`);
  });
}

function idsOf(value: MessagesRequest['system'], type: string, field: string): string[] {
  return blocksOf(value).flatMap((block) => (block.type === type ? [String(block[field])] : []));
}

/** Who asks: the door marks its calls with `auto-build:<run>:<role>`. */
export function callerOf({ metadata }: MessagesRequest): { run: string; role: RoleName } {
  const [, run, name] = /^auto-build:(.+):([a-z-]+)$/.exec(metadata?.user_id ?? '') ?? [];
  const role = roleNames.find((known) => known === name);
  if (run === undefined || role === undefined)
    throw invalidRequest('metadata.user_id: must be auto-build:<run>:<role>, it says which script answers');
  return { run, role };
}
