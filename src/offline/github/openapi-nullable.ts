export interface SchemaObject {
  type?: string | string[];
  nullable?: boolean;
  enum?: unknown[];
  properties?: Record<string, SchemaObject>;
  [keyword: string]: unknown;
}

/**
 * Turns OpenAPI 3.0's `nullable` into what JSON Schema says, in place: Ajv knows the word only beside `type`,
 * and an `enum` beside it would still refuse null.
 */
export function normaliseNullable(node: unknown): void {
  if (Array.isArray(node)) {
    for (const item of node) normaliseNullable(item);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const schema = node as SchemaObject;
  for (const value of Object.values(schema)) normaliseNullable(value);
  if (schema.nullable !== true) return;
  delete schema.nullable;
  if (schema.enum && !schema.enum.includes(null)) schema.enum.push(null);
  if (typeof schema.type === 'string') {
    schema.type = [schema.type, 'null'];
    return;
  }
  const { oneOf, anyOf, allOf, $ref } = schema;
  if (oneOf === undefined && anyOf === undefined && allOf === undefined && $ref === undefined) return;
  delete schema.oneOf;
  delete schema.anyOf;
  delete schema.allOf;
  delete schema.$ref;
  schema.anyOf = [{ type: 'null' }, dropUndefined({ oneOf, anyOf, allOf, $ref })];
}

function dropUndefined(schema: SchemaObject): SchemaObject {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
