import type Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import type { ZodError, ZodType } from 'zod';
import type { RoleCall } from './role.ts';

/**
 * The final answer comes as structured output rather than through a `submit` tool: current models refuse a forced
 * tool choice, so a submit tool could only be asked for, while the output format binds every final text, also in
 * conversations with tools. The service enforces shapes, not lengths and patterns; those are ours to check.
 */
export function answerFormat(schema: ZodType): Anthropic.JSONOutputFormat {
  // Without the SDK's `parse`: it would throw away the message of an answer that does not fit.
  const { type, schema: jsonSchema } = zodOutputFormat(schema);
  return { type, schema: jsonSchema };
}

export type ReadAnswer<T> = { fits: true; value: T } | { fits: false; problems: string[] };

/** Reads the text of a final message as the answer that a call wants. */
export function readAnswer<T>(message: Pick<Anthropic.Message, 'content'>, call: RoleCall<T>): ReadAnswer<T> {
  const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return {
      fits: false,
      problems: [text ? `not JSON: ${(error as Error).message}` : 'the answer is empty'],
    };
  }
  const parsed = call.schema.safeParse(json);
  if (!parsed.success) return { fits: false, problems: misfits(parsed.error) };
  const problems = call.check?.(parsed.data) ?? [];
  return problems.length > 0 ? { fits: false, problems } : { fits: true, value: parsed.data };
}

/** One line per misfit: `contracts[0].id: what is wrong`. At most twenty. */
export function misfits(error: ZodError): string[] {
  return error.issues.slice(0, 20).map(({ path, message }) => {
    const where = path.reduce<string>(
      (all, key) => (typeof key === 'number' ? `${all}[${key}]` : `${all}${all && '.'}${String(key)}`),
      '',
    );
    return `${where || 'answer'}: ${message}`;
  });
}
