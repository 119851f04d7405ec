import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RoleName } from '../../roles/role.ts';
import { type AnswerMessage, answerEvents, messageOf } from './answer-message.ts';
import { Conversations } from './conversations.ts';
import { PromptCache } from './prompt-cache.ts';
import { ApiError, callerOf, invalidRequest, readRequest } from './request.ts';
import { type Fault, loadScripts, type Scripts } from './script.ts';

/** One request as it came, and what was answered. */
export interface JournalEntry {
  /** Milliseconds since the epoch. */
  at: number;
  headers: IncomingHttpHeaders;
  raw: string;
  run?: string;
  role?: RoleName;
  /** Numbers of the call in the role's script and of the turn in the call, from 0. */
  call?: number;
  turn?: number;
  /** While the script's `delayMs` was waited for, milliseconds since the epoch. */
  delayed?: { from: number; to: number };
  status: number;
  fault?: Fault;
  usage?: AnswerMessage['usage'];
  error?: string;
}

export interface ScriptedModel {
  /** Base URL for the SDK. */
  url: string;
  journal(): readonly JournalEntry[];
  /** Milliseconds that the scripts' `delayMs` have taken. */
  delays(): number;
  /** Where app and scripts did not agree; a scenario with problems has failed. */
  problems(): readonly string[];
  close(): Promise<void>;
}

const errorTypes = { 429: 'rate_limit_error', 500: 'api_error', 529: 'overloaded_error' } as const;

/**
 * Starts an endpoint on 127.0.0.1 that speaks the Messages API and answers from scripts (a scenario's `model` folder,
 * or scripts already read). Throws YamlError for a malformed script.
 */
export async function startScriptedModel(options: {
  scripts: Scripts | string;
  port?: number;
}): Promise<ScriptedModel> {
  const scripts = typeof options.scripts === 'string' ? await loadScripts(options.scripts) : options.scripts;
  const conversations = new Conversations(scripts);
  const cache = new PromptCache();
  const journal: JournalEntry[] = [];
  const problems: string[] = [];

  async function answer(entry: JournalEntry, response: ServerResponse): Promise<void> {
    const request = readRequest(entry.headers, entry.raw);
    const { run, role } = callerOf(request);
    Object.assign(entry, { run, role });
    const position = conversations.locate(request, run, role);
    if (typeof position === 'string') {
      problems.push(position);
      throw invalidRequest(`The script has no answer: ${position}`);
    }
    const { call, turn, script, fault } = position;
    Object.assign(entry, { call, turn, fault });
    const from = Date.now();
    await delay(script.delayMs, response);
    entry.delayed = { from, to: Date.now() };
    if (typeof fault === 'number') throw new ApiError(fault, errorTypes[fault], `scripted fault ${fault}`);
    const input = cache.account(request, Date.now());
    const message = messageOf(script, `${position.id}_${turn}`, request.model, input);
    entry.usage = message.usage;
    if (request.stream) sendEvents(response, message, fault);
    else sendMessage(response, message, fault);
  }

  const server = createServer(async (request, response) => {
    const entry: JournalEntry = { at: Date.now(), headers: request.headers, raw: '', status: 200 };
    journal.push(entry);
    response.setHeader('request-id', `req_${journal.length}`);
    try {
      entry.raw = await text(request);
      if (request.method !== 'POST' || request.url?.split('?')[0] !== '/v1/messages')
        throw new ApiError(404, 'not_found_error', `no such endpoint: ${request.method} ${request.url}`);
      await answer(entry, response);
    } catch (error) {
      const { status, type, message } =
        error instanceof ApiError ? error : new ApiError(500, 'api_error', String(error));
      Object.assign(entry, { status, error: message });
      if (status === 429) response.setHeader('retry-after', '1');
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: { type, message } }));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    journal: () => journal,
    delays: () => journal.reduce((sum, { delayed }) => sum + (delayed ? delayed.to - delayed.from : 0), 0),
    problems: () => problems,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** Waits, but not for a caller that has gone. */
async function delay(ms: number, response: ServerResponse): Promise<void> {
  if (ms === 0) return;
  const gone = new AbortController();
  const onClose = () => gone.abort();
  response.once('close', onClose);
  await sleep(ms, undefined, { signal: gone.signal }).catch(() => {});
  response.off('close', onClose);
}

function sendEvents(response: ServerResponse, message: AnswerMessage, fault: Fault | undefined): void {
  const lines = answerEvents(message).map(
    (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
  );
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  if (fault === undefined) {
    response.end(lines.join(''));
    return;
  }
  const half = lines.slice(0, Math.max(1, lines.length >> 1)).join('');
  if (fault === 'hang') response.write(half);
  else if (fault === 'malformed')
    response.end(`${half}event: content_block_delta\ndata: {"type":"content_blo\n\n`);
  else response.write(half, () => response.destroy());
}

function sendMessage(response: ServerResponse, message: AnswerMessage, fault: Fault | undefined): void {
  const body = JSON.stringify(message);
  response.writeHead(200, { 'content-type': 'application/json' });
  if (fault === undefined) response.end(body);
  else if (fault === 'malformed') response.end(body.slice(0, -2));
  else if (fault === 'hang') response.flushHeaders();
  else response.write(body.slice(0, -2), () => response.destroy());
}
