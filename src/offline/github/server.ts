import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { type HttpBindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { answerApi } from './api.ts';
import { notFound } from './errors.ts';
import { parseGitPath, serveGit } from './git-http.ts';
import { answerGraphQl } from './graphql.ts';
import type { Host } from './host.ts';
import type { PageHandler } from './public-types.ts';
import type { ApiAnswer } from './route.ts';
import { manifestPage } from './routes-manifest.ts';

export const apiPrefix = '/api/v3';

/** What the server asks for at every request, because it listens before the host knows its own URL. */
interface ServerParts {
  host(): Host;
  page(): PageHandler | undefined;
}

/** Listens on 127.0.0.1 for the API, git and pages; answers the port. */
export async function listen(parts: ServerParts, port: number): Promise<{ server: Server; port: number }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.onError((error, c) => {
    parts
      .host()
      .ledger.violation('answer', `${c.req.method} ${c.req.path}`, `the local GitHub failed: ${error.stack}`);
    return c.text('Server Error', 500);
  });
  app.get('/healthz', (c) => c.text('ok'));
  app.all(`${apiPrefix}/*`, async (c) => {
    const url = new URL(c.req.url);
    // Hono decodes paths; a branch name with a slash is one segment only while it is encoded.
    const path = (c.env.incoming.url ?? '/').split('?')[0]!.slice(apiPrefix.length);
    const answer = await answerApi(parts.host(), {
      method: c.req.method,
      path,
      url,
      authorization: c.req.header('authorization'),
      accept: c.req.header('accept') ?? '',
      ifNoneMatch: c.req.header('if-none-match'),
      text: await c.req.text(),
    });
    return send(answer, c.env.outgoing);
  });
  app.post('/api/graphql', async (c) => {
    const request = { authorization: c.req.header('authorization'), text: await c.req.text() };
    return send(await answerGraphQl(parts.host(), request), c.env.outgoing);
  });
  app.all('/api/*', (c) => {
    const subject = `${c.req.method} ${c.req.path}`;
    parts.host().ledger.violation('not implemented', subject, `not implemented: ${subject}`);
    return c.json(notFound().toJSON(), 404);
  });
  app.all('*', async (c) => {
    const where = parseGitPath(c.req.path);
    if (where) {
      await serveGit(parts.host(), where, c.env.incoming, c.env.outgoing);
      return RESPONSE_ALREADY_SENT;
    }
    return (
      (await manifestPage(parts.host(), c.req.raw)) ??
      (await parts.page()?.(c.req.raw)) ??
      c.text('Not Found', 404)
    );
  });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) =>
      resolve({ server: server as Server, port: info.port }),
    ) as Server;
    server.once('error', reject);
  });
}

/** Sends an answer, or what a fault has left of it. */
async function send(
  { status, body, headers, broken }: ApiAnswer,
  outgoing: ServerResponse,
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  const all = { 'content-type': 'application/json; charset=utf-8', ...headers };
  if (broken === undefined) {
    if (body === undefined) return new Response(null, { status, headers: headers ?? {} });
    return new Response(text, { status, headers: all });
  }
  if (broken === 'silence') await once(outgoing, 'close');
  if (broken === 'cut') {
    outgoing.writeHead(status, { ...all, 'content-length': Buffer.byteLength(text) });
    await new Promise((resolve) => outgoing.write(text.slice(0, text.length / 2), resolve));
  }
  outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}
