import { readFile } from 'node:fs/promises';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { normaliseNullable, type SchemaObject } from './openapi-nullable.ts';
import { type Match, PathTable } from './openapi-paths.ts';

interface Media {
  readonly schema?: SchemaObject;
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: SchemaObject;
}
interface Answer {
  readonly content?: Record<string, Media>;
}
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | { $ref: string })[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, Media> };
  readonly responses: Record<string, Answer | { $ref: string }>;
}
type PathItem = Record<string, Operation>;
interface Description {
  readonly paths: Record<string, PathItem>;
  readonly 'x-webhooks': Record<string, { readonly post: Operation }>;
}

interface RequestParts {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface CheckedRequest {
  /** Sentences; empty when the request fits. */
  readonly problems: readonly string[];
  /** Query parameters with the types that the description gives them. */
  readonly query: Record<string, unknown>;
}

const documentId = 'github';

/** GitHub's published description: finds the operation of a request and says what does not fit it. */
export class OpenApi {
  readonly #description: Description;
  readonly #paths: PathTable<Operation>;
  readonly #ajv: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(description: Description) {
    correct(description);
    normaliseNullable(description as unknown as SchemaObject);
    this.#description = description;
    this.#paths = new PathTable(description.paths);
    // Most validators run a handful of times, so optimising their code would cost three times what it saves.
    this.#ajv = new Ajv({ strict: false, validateSchema: false, logger: false, code: { optimize: false } });
    addFormats.default(this.#ajv);
    // The strict format refuses the bots' own addresses, `1+name[bot]@users.noreply.github.com`.
    this.#ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
    for (const format of ['repo.nwo', 'timestamp', 'ssh-key', 'binary']) this.#ajv.addFormat(format, true);
    this.#ajv.addSchema(hideFromTraversal(description), documentId);
  }

  /** `path` is relative to the API's root and still percent-encoded. */
  match(method: string, path: string): Match<Operation> | undefined {
    return this.#paths.match(method, path);
  }

  checkRequest(match: Match<Operation>, parts: RequestParts): CheckedRequest {
    const { operation } = match;
    const problems: string[] = [];
    const query: Record<string, unknown> = { ...parts.query };
    const known = new Set<string>();
    for (const [index, entry] of (operation.parameters ?? []).entries()) {
      const pointer =
        '$ref' in entry ? entry.$ref.slice(1) : `${operationPointer(match)}/parameters/${index}`;
      const parameter = this.#resolve<Parameter>(entry);
      if (parameter.in === 'header') continue;
      known.add(parameter.name);
      const text = parameter.in === 'path' ? parts.params[parameter.name] : parts.query[parameter.name];
      if (text === undefined) {
        if (parameter.required) problems.push(`${parameter.in} parameter ${parameter.name} is missing`);
        continue;
      }
      const value = this.#typed(text, parameter.schema);
      if (parameter.in === 'query') query[parameter.name] = value;
      const said = this.#check(`${pointer}/schema`, value);
      if (said) problems.push(`${parameter.in} parameter ${parameter.name}: ${said}`);
    }
    for (const name of Object.keys(parts.query)) {
      if (!known.has(name)) problems.push(`query parameter ${name} is not in the description`);
    }
    problems.push(...this.#bodyProblems(match, parts.body));
    return { problems, query };
  }

  /** What is wrong with an answer, undefined when it fits. Bodies that are not JSON are not looked at. */
  checkAnswer(match: Match<Operation>, status: number, body: unknown): string | undefined {
    const entry = match.operation.responses[String(status)];
    if (!entry) {
      // The description lists errors only here and there; GitHub sends them everywhere.
      if (status < 400) return `status ${status} is not in the description`;
      return this.#check('/components/schemas/basic-error', body);
    }
    const answer = this.#resolve<Answer>(entry);
    const pointer = '$ref' in entry ? entry.$ref.slice(1) : `${operationPointer(match)}/responses/${status}`;
    if (!answer.content?.['application/json']?.schema) {
      return body === undefined || status >= 400
        ? undefined
        : `status ${status} has no body in the description`;
    }
    return this.#check(`${pointer}/content/application~1json/schema`, body);
  }

  /** What is wrong with a webhook's payload, undefined when it fits. */
  checkWebhook(event: string, action: string | null, payload: unknown): string | undefined {
    const name = [event, ...(action ? [action] : [])].join('-').replaceAll('_', '-');
    if (!this.#description['x-webhooks'][name]) return `there is no webhook ${name} in the description`;
    return this.#check(`/x-webhooks/${name}/post/requestBody/content/application~1json/schema`, payload);
  }

  #bodyProblems(match: Match<Operation>, body: unknown): string[] {
    const { requestBody } = match.operation;
    const schema = requestBody?.content['application/json']?.schema;
    if (!requestBody || !schema) {
      const empty = body === undefined || (isObject(body) && Object.keys(body).length === 0);
      return empty ? [] : ['the description allows no body'];
    }
    if (body === undefined) return requestBody.required ? ['the body is missing'] : [];
    const said = this.#check(`${operationPointer(match)}/requestBody/content/application~1json/schema`, body);
    if (said) return [`body${said}`];
    return this.#unknownFields(schema, body);
  }

  /** GitHub ignores fields that it does not know, so a misspelt one would be lost in silence. */
  #unknownFields(schema: SchemaObject, body: unknown): string[] {
    const { properties } = this.#resolve<SchemaObject>(schema);
    if (!properties || !isObject(body)) return [];
    return Object.keys(body)
      .filter((name) => !(name in properties))
      .map((name) => `body field ${name} is not in the description`);
  }

  #typed(text: string, schema: SchemaObject | undefined): unknown {
    const type = schema ? this.#resolve<SchemaObject>(schema).type : undefined;
    if ((type === 'integer' || type === 'number') && /^-?\d+$/.test(text)) return Number(text);
    if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
    return text;
  }

  #check(pointer: string, value: unknown): string | undefined {
    let validate = this.#compiled.get(pointer);
    if (!validate) {
      const fragment = pointer.split('/').map(encodeURIComponent).join('/');
      validate = this.#ajv.compile({ $ref: `${documentId}#${fragment}` });
      this.#compiled.set(pointer, validate);
    }
    if (validate(value)) return undefined;
    const said = (validate.errors ?? []).map((error) => {
      const extra = Object.values(error.params as object).join(', ');
      return `${error.instancePath} ${error.message}${extra ? ` (${extra})` : ''}`;
    });
    return said.slice(0, 5).join('; ');
  }

  #resolve<T>(entry: unknown): T {
    if (!isObject(entry) || typeof entry.$ref !== 'string') return entry as T;
    const steps = entry.$ref.slice(2).split('/');
    return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], this.#description) as T;
  }
}

/** Ajv would walk through all 13 MB in search of `$id`s, which are not there; references still find their way. */
function hideFromTraversal(description: object): SchemaObject {
  const hidden = Object.entries(description).map(([key, value]) => [key, { value, enumerable: false }]);
  return Object.defineProperties({}, Object.fromEntries(hidden)) as SchemaObject;
}

/** Two mistakes that no answer of GitHub's could pass. */
function correct({ paths }: Description): void {
  // The inlined list wants an account that is a user and an enterprise at once; its own component is right.
  const installations = answerSchema(paths['/app/installations']?.get, '200');
  if (installations) installations.items = { $ref: '#/components/schemas/installation' };
  // A conflict is a basic error or a rule violation; but every rule violation is a basic error too.
  for (const method of ['put', 'delete']) {
    const conflict = answerSchema(paths['/repos/{owner}/{repo}/contents/{path}']?.[method], '409');
    if (!conflict?.oneOf) continue;
    conflict.anyOf = conflict.oneOf;
    delete conflict.oneOf;
  }
}

function answerSchema(operation: Operation | undefined, status: string): SchemaObject | undefined {
  const answer = operation?.responses[status] as Answer | undefined;
  return answer?.content?.['application/json']?.schema;
}

function operationPointer(match: Match<Operation>): string {
  const path = match.template.replaceAll('~', '~0').replaceAll('/', '~1');
  return `/paths/${path}/${match.method}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

let loaded: Promise<OpenApi> | undefined;

/** Reads the description (13 MB) once per process. */
export function loadOpenApi(): Promise<OpenApi> {
  loaded ??= (async () => {
    const file = new URL(import.meta.resolve('@octokit/openapi/generated/api.github.com.json'));
    return new OpenApi(JSON.parse(await readFile(file, 'utf8')) as Description);
  })();
  return loaded;
}
