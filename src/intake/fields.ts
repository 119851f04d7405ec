import { z } from 'zod';
import { Envelope } from './parse-event.ts';
import { payloads } from './payload.ts';

/** Names of the fields that any event is read from, at whatever depth. */
const names = new Set<string>();
for (const payload of [Envelope, ...Object.values(payloads)]) {
  collectNames(z.toJSONSchema(payload, { io: 'input', unrepresentable: 'any' }));
}

/**
 * A payload without what no event is read from: nine tenths of it are addresses of GitHub's API. It is read the same
 * as the whole; what is not kept costs no time on disk, and nobody's data.
 */
export function fieldsThatMatter(payload: unknown): unknown {
  if (Array.isArray(payload)) return payload.map(fieldsThatMatter);
  if (typeof payload !== 'object' || payload === null) return payload;
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(payload)) {
    if (names.has(name)) kept[name] = fieldsThatMatter(value);
  }
  return kept;
}

function collectNames(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  if ('properties' in schema) for (const name of Object.keys(schema.properties as object)) names.add(name);
  for (const part of Object.values(schema)) collectNames(part);
}
