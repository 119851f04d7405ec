import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { execa } from 'execa';
import { authenticate, authorize, type Caller } from './auth.ts';
import { ApiError, notAccessible, notFound } from './errors.ts';
import type { Strike } from './faults.ts';
import { readRefs } from './git-read.ts';
import { updateRef } from './git-write.ts';
import type { Host } from './host.ts';
import { diffRefs, type RefUpdate, refsMoved } from './push-actions.ts';
import { refuseInReport } from './push-report.ts';
import { type PushRefusal, pushRefusal } from './push-rules.ts';
import type { ApiAnswer } from './route.ts';
import { repoHtml } from './shapes-repository.ts';
import type { Actor, Repository } from './world.ts';

interface GitPath {
  readonly owner: string;
  readonly name: string;
  /** `info/refs`, `git-upload-pack` or `git-receive-pack`. */
  readonly rest: string;
}

/** The parts of a smart HTTP path; undefined when it is something else. */
export function parseGitPath(pathname: string): GitPath | undefined {
  const found = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(
    pathname,
  );
  return found ? { owner: found[1]!, name: found[2]!, rest: found[3]! } : undefined;
}

/** Serves git over HTTP by `git http-backend`; a push moves the world when git is done and before the client is. */
export async function serveGit(
  host: Host,
  where: GitPath,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const query = new URL(incoming.url ?? '/', host.url).searchParams;
  const service = where.rest === 'info/refs' ? query.get('service') : where.rest;
  const pushing = service === 'git-receive-pack';
  let caller: Caller = { kind: 'anonymous' };
  try {
    const repo = host.world.repository(where.owner, where.name);
    const renamed = host.world.renamed(where.owner, where.name);
    if (renamed) {
      const { search } = new URL(incoming.url ?? '/', host.url);
      outgoing.writeHead(301, { location: `${repoHtml(host, renamed)}.git/${where.rest}${search}` }).end();
      incoming.resume();
      return;
    }
    caller = authenticate(host, incoming.headers.authorization);
    if (!repo) throw notFound();
    const actor = authorize(caller, host, repo, [pushing ? 'contents:write' : 'contents:read']);
    if (pushing && repo.archived) throw new ApiError(403, 'This repository was archived so it is read-only.');
    const strike = where.rest === 'info/refs' ? undefined : host.faults.next(where.rest.replace('-', '/'));
    const refusal = strike?.refuse(host.authClock());
    if (refusal) throw new ApiError(refusal.status, `${strike?.kind}, as planned`);
    if (where.rest === 'git-receive-pack') {
      await receivePack(host, repo, actor, { incoming, outgoing, strike });
    } else await backend(host, repo, where.rest, { incoming, outgoing });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // git asks for credentials only after 401; GitHub hides from strangers what they may not see in the same way.
    const status = caller.kind === 'anonymous' ? 401 : error.status;
    // A push is refused at its first request already; the one without credentials is only git asking for 401.
    if (pushing && caller.kind !== 'anonymous') {
      host.ledger.write({
        method: incoming.method ?? 'POST',
        path: incoming.url ?? '/',
        operation: 'git/receive-pack',
        actor: host.app.bot.login,
        body: null,
        status,
      });
    }
    if (status === 401) outgoing.setHeader('www-authenticate', 'Basic realm="GitHub"');
    outgoing.writeHead(status, { 'content-type': 'text/plain' });
    const words =
      error.message === notAccessible().message ? 'Write access to repository not granted.' : error.message;
    outgoing.end(`${words}\n`);
    incoming.resume();
  }
}

async function receivePack(
  host: Host,
  repo: Repository,
  actor: Actor,
  exchange: Exchange & { strike: Strike | undefined },
): Promise<void> {
  const { incoming, strike } = exchange;
  await host.exclusively(repo, async () => {
    // Compared rather than parsed: a large push comes in two requests, the first of which moves nothing.
    const before = await readRefs(host.git, repo.dir);
    await backend(host, repo, 'git-receive-pack', exchange, async () => {
      const moved = diffRefs(before, await readRefs(host.git, repo.dir));
      const refused = await takeBackRefused(host, repo, actor, moved);
      const updates = moved.filter(({ ref }) => !refused.has(ref));
      recordPush(host, actor, incoming, updates, refused);
      await refsMoved(host, repo, actor, updates);
      // The first of the two requests of a large push moves nothing: it is not the write.
      const lost = updates.length > 0 ? strike?.lose({ status: 200 }) : undefined;
      return { refused, lost };
    });
  });
}

/** Puts refs back that may not be where the push put them: git itself knows no rules. */
async function takeBackRefused(
  host: Host,
  repo: Repository,
  actor: Actor,
  moved: readonly RefUpdate[],
): Promise<Map<string, PushRefusal>> {
  const refused = new Map<string, PushRefusal>();
  for (const update of moved) {
    const refusal = await pushRefusal(host, repo, actor, update);
    if (!refusal) continue;
    await updateRef(host.git, repo.dir, update.ref, update.after, update.before);
    refused.set(update.ref, refusal);
  }
  return refused;
}

function recordPush(
  host: Host,
  actor: Actor,
  incoming: IncomingMessage,
  updates: readonly RefUpdate[],
  refused: ReadonlyMap<string, PushRefusal>,
): void {
  for (const [ref, { reason }] of refused) {
    host.ledger.write({
      method: 'POST',
      path: incoming.url ?? '/',
      operation: 'git/receive-pack',
      actor: actor.account.login,
      body: { refused: ref, reason },
      status: 403,
    });
  }
  if (updates.length === 0) return;
  host.ledger.write({
    method: 'POST',
    path: incoming.url ?? '/',
    operation: 'git/receive-pack',
    actor: actor.account.login,
    body: { updates },
    status: 200,
  });
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Runs `git http-backend` as CGI. With `beforeEnd` the answer is held back until that has said what is refused. */
async function backend(
  host: Host,
  repo: Repository,
  rest: string,
  { incoming, outgoing }: Exchange,
  beforeEnd?: () => Promise<{ refused: ReadonlyMap<string, PushRefusal>; lost: ApiAnswer | undefined }>,
): Promise<void> {
  const header = (name: string) => incoming.headers[name]?.toString();
  const child = execa('git', ['http-backend'], {
    env: {
      ...host.git.env,
      GIT_PROJECT_ROOT: path.dirname(repo.dir),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${path.basename(repo.dir)}/${rest}`,
      REQUEST_METHOD: incoming.method,
      QUERY_STRING: new URL(incoming.url ?? '/', host.url).search.slice(1),
      REMOTE_ADDR: '127.0.0.1',
      REMOTE_USER: host.app.bot.login,
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
    },
    input: incoming,
    encoding: 'buffer',
    buffer: beforeEnd !== undefined,
    stripFinalNewline: false,
    maxBuffer: 1 << 30,
    reject: false,
  });
  outgoing.on('close', () => child.kill());
  if (!beforeEnd) {
    await pipeCgi(child.stdout, outgoing);
    await child;
    return;
  }
  const { stdout } = await child;
  const { refused, lost } = await beforeEnd();
  if (lost?.broken === 'silence') await once(outgoing, 'close');
  if (lost?.broken) return void outgoing.destroy();
  if (lost && lost.status !== 200) return void outgoing.writeHead(lost.status).end();
  const split = stdout === undefined ? undefined : splitHead(Buffer.from(stdout));
  if (!split) throw new Error('git http-backend gave no answer');
  writeHead(outgoing, split.head);
  outgoing.end(refuseInReport(split.body, refused));
}

async function pipeCgi(stdout: AsyncIterable<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  let waiting: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of stdout) {
    let data: Uint8Array = chunk;
    if (waiting) {
      waiting = Buffer.concat([waiting, chunk]);
      const split = splitHead(waiting);
      if (!split) continue;
      waiting = undefined;
      writeHead(outgoing, split.head);
      data = split.body;
    }
    if (!outgoing.write(data))
      await new Promise((resolve) => outgoing.once('drain', resolve).once('close', resolve));
  }
  if (waiting) outgoing.writeHead(500);
  outgoing.end();
}

function splitHead(data: Buffer): { head: string; body: Buffer } | undefined {
  const at = data.indexOf('\r\n\r\n');
  return at < 0 ? undefined : { head: data.subarray(0, at).toString(), body: data.subarray(at + 4) };
}

function writeHead(outgoing: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split('\r\n')) {
    const [name = '', value = ''] = line.split(/:\s*/, 2);
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else outgoing.setHeader(name, line.slice(line.indexOf(':') + 1).trim());
  }
  outgoing.writeHead(status);
}
