import { authenticate } from './auth.ts';
import { ApiError } from './errors.ts';
import { type Document, type Field, parseDocument, SyntaxProblem } from './graphql-document.ts';
import { GraphQlError, mutate } from './graphql-mutations.ts';
import { ask, isQuery } from './graphql-queries.ts';
import { isMutation, pick, problemsOf, problemsOfQuery } from './graphql-schema.ts';
import type { Host } from './host.ts';
import type { ApiAnswer } from './route.ts';

/** Answers one GraphQL request in GraphQL's shape; what is refused is said in `errors` with status 200. */
export async function answerGraphQl(
  host: Host,
  request: { authorization: string | undefined; text: string },
): Promise<ApiAnswer> {
  try {
    const caller = authenticate(host, request.authorization);
    if (caller.kind === 'anonymous') {
      throw new ApiError(401, 'This endpoint requires you to be authenticated.');
    }
    if (caller.kind === 'app') throw new ApiError(403, 'Resource not accessible by integration');
    const { query, variables } = parseBody(request.text);
    const document = parseDocument(query, variables ?? {});
    const problems = problemsOfDocument(host, document);
    if (problems.length > 0)
      return { status: 200, body: { errors: problems.map((message) => ({ message })) } };
    const [first] = document.selections;
    const strike = host.faults.next(first && `graphql/${first.name}`);
    const refused = strike?.refuse(host.authClock());
    if (first && refused) {
      record(host, first, first.args.input, refused.status);
      return refused;
    }
    const data: Record<string, unknown> = {};
    const errors: object[] = [];
    // Mutations are carried out one after the other.
    for (const field of document.selections) {
      const input = field.args.input as Record<string, unknown>;
      const isQuery = document.operation === 'query';
      const answer = isQuery ? ask(host, caller, field) : mutate(host, caller, field.name, input);
      const error = await answer.then(
        (value) => {
          data[field.key] = pick(value, field.selections);
        },
        (reason: unknown) => {
          if (!(reason instanceof GraphQlError)) throw reason;
          data[field.key] = null;
          return reason;
        },
      );
      if (error) errors.push({ type: error.type, path: [field.key], message: error.message });
      if (!isQuery) record(host, field, input, error ? 422 : 200);
    }
    if (errors.length > 0) return { status: 200, body: { data, errors } };
    const answer = { status: 200, body: { data } };
    return strike?.lose(answer) ?? answer;
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, body: error.toJSON() };
    if (error instanceof SyntaxProblem) {
      return { status: 200, body: { errors: [{ message: error.message }] } };
    }
    throw error;
  }
}

function parseBody(text: string): { query: string; variables?: Record<string, unknown> } {
  try {
    const body = JSON.parse(text) as { query?: unknown; variables?: Record<string, unknown> };
    if (typeof body.query === 'string') return { query: body.query, variables: body.variables ?? {} };
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
  throw new ApiError(400, 'A query attribute must be specified and must be a string.');
}

function problemsOfDocument(host: Host, { operation, selections }: Document): string[] {
  const missing = selections.find(({ name }) => (operation === 'query' ? !isQuery(name) : !isMutation(name)));
  if (missing) {
    const subject = `GraphQL ${operation} ${missing.name}`;
    host.ledger.violation('not implemented', subject, `not implemented: ${subject}`);
    return [
      `Field '${missing.name}' doesn't exist on type '${operation === 'query' ? 'Query' : 'Mutation'}'`,
    ];
  }
  const problems = selections.flatMap(operation === 'query' ? problemsOfQuery : problemsOf);
  for (const problem of problems) host.ledger.violation('request', 'POST /graphql', problem);
  return problems;
}

function record(host: Host, field: Field, input: unknown, status: number): void {
  host.ledger.write({
    method: 'POST',
    path: '/graphql',
    operation: `graphql/${field.name}`,
    actor: host.app.bot.login,
    body: input,
    status,
  });
}
