import type { IncomingMessage, ServerResponse } from 'node:http';
import { Webhooks } from '@octokit/webhooks';
import type { Deliveries, NewDelivery } from '../store/store.ts';
import { createBatcher } from './batch.ts';
import { type Consumer, createConsumer, type IntakeLog, type Received } from './consumer.ts';
import { contraryOf, identityOf, laneOf } from './event.ts';
import { fieldsThatMatter } from './fields.ts';
import { parseEvent } from './parse-event.ts';
import { readBody } from './read-body.ts';

export interface IntakeOptions {
  store: { deliveries: Deliveries };
  /** What GitHub signs with. */
  secret: string;
  /** Acts on one event; a rejection is tried again a few times. It may be called twice for one delivery. */
  receive(delivery: Received): Promise<void>;
  log: IntakeLog;
  /** GitHub's own limit for a payload is the default. */
  maxBytes?: number;
  /** For sending a body; GitHub itself waits 10 s for the answer. */
  maxBodyMs?: number;
  /** Waits between the attempts at one event, in ms; one more attempt than waits. */
  retryWaits?: readonly number[];
}

export interface Intake {
  /** Answers a request to `/webhooks`. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Stores what was learnt by asking GitHub instead of from a webhook, once; then it goes the same way. */
  offer(told: { id: string; name: string; payload: object }): Promise<void>;
  /** Takes up what was stored but not processed, then whatever arrives. */
  start(): void;
  /** Takes up what is stored and unprocessed although it was once in hand. */
  takeUp(): void;
  /** Resolves when all that is in hand is processed; what arrives meanwhile is not waited for. */
  idle(): Promise<void>;
  /** Begins nothing new and waits for what is in hand; the rest stays in the store for the next start. */
  close(): Promise<void>;
}

/**
 * The way in: verify, store, answer, and only then process, from the store. A crash after the 202 loses nothing,
 * because GitHub does not send again what it believes delivered.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { store, log, maxBytes = 25 * 1024 * 1024, maxBodyMs = 10_000 } = options;
  const webhooks = new Webhooks({ secret: options.secret });
  const insert = createBatcher((group: NewDelivery[]) => store.deliveries.insertMany(group));
  let answering = 0;
  const consumer: Consumer = createConsumer({
    isAnswering: () => answering > 0,
    deliveries: store.deliveries,
    receive: options.receive,
    log,
    retryWaits: options.retryWaits ?? [500, 5_000],
  });

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const head = readHeaders(request);
    if ('status' in head) return head;
    const read = await readBody(request, maxBytes, maxBodyMs);
    if ('refused' in read) return refusals[read.refused];
    if (read.body.length === 0) return { status: 400, words: 'The body is empty.' };
    const body = read.body.toString('utf8');
    if (!(await webhooks.verify(body, head.signature).catch(() => false))) {
      return {
        status: 401,
        words: 'The signature does not match: is the webhook secret the same on both sides?',
      };
    }
    const payload = parseJson(body);
    if (payload === undefined) return { status: 400, words: 'The body is not a JSON object.' };
    return accept({ ...head, payload });
  }

  async function accept({ id, name, payload }: Verified): Promise<Answer> {
    const event = parseEvent(name, payload);
    const common = { id, name, receivedAt: Date.now() };
    if ('ignored' in event) {
      // Most of what GitHub sends is nothing for us; only what should not have come is worth somebody's time.
      log[event.expected ? 'debug' : 'warn']({ id, name }, `Webhook ignored: ${event.ignored}`);
      await insert({ ...common, identity: undefined, lane: 'none', payload: '', ignored: event.ignored });
      return { status: 202, words: 'Ignored.' };
    }
    const result = await insert({
      ...common,
      identity: identityOf(event),
      contrary: contraryOf(event),
      lane: laneOf(event),
      payload: JSON.stringify(fieldsThatMatter(payload)),
    });
    if (result === 'duplicate') return { status: 202, words: 'Known already.' };
    consumer.wake();
    return { status: 202, words: 'Accepted.' };
  }

  return {
    async handle(request, response) {
      let answer: Answer;
      answering += 1;
      try {
        answer = await answerTo(request);
      } catch (error) {
        log.error({ err: error, id: request.headers['x-github-delivery'] }, 'A webhook could not be stored');
        answer = { status: 503, words: 'It could not be stored; redeliver it later.' };
      } finally {
        answering -= 1;
      }
      if (answer.status !== 202 && answer.status !== 503) {
        const { 'x-github-event': name, 'x-github-delivery': id } = request.headers;
        log.warn({ status: answer.status, name, id }, `Webhook refused: ${answer.words}`);
      }
      send(request, response, answer);
    },
    async offer({ id, name, payload }) {
      await accept({ id, name, payload });
    },
    start: consumer.start,
    takeUp: consumer.takeUp,
    idle: consumer.idle,
    close: consumer.close,
  };
}

interface Answer {
  status: number;
  words: string;
}
interface Headers {
  id: string;
  name: string;
  signature: string;
}
interface Verified extends Omit<Headers, 'signature'> {
  payload: unknown;
}

const refusals: Record<'too-large' | 'too-slow' | 'gone', Answer> = {
  'too-large': { status: 413, words: 'The body is larger than GitHub would send.' },
  'too-slow': { status: 408, words: 'The body took too long.' },
  gone: { status: 400, words: 'The connection was closed before the body was complete.' },
};

function readHeaders(request: IncomingMessage): Headers | Answer {
  if (request.method !== 'POST') return { status: 405, words: 'Webhooks are sent with POST.' };
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    return { status: 415, words: 'Set the content type of the webhook to application/json.' };
  }
  const id = request.headers['x-github-delivery'];
  const name = request.headers['x-github-event'];
  const signature = request.headers['x-hub-signature-256'];
  if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) return missing('X-GitHub-Delivery');
  if (typeof name !== 'string' || !/^[a-z_0-9]{1,64}$/.test(name)) return missing('X-GitHub-Event');
  if (typeof signature !== 'string' || signature === '') return missing('X-Hub-Signature-256');
  return { id, name, signature };
}

function missing(header: string): Answer {
  return { status: 400, words: `The header ${header} is missing or malformed.` };
}

function parseJson(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, words }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const text = `${words}\n`;
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text) };
  if (!request.complete) {
    // Not all was read. What still comes is thrown away for a moment, so that the sender gets to read the answer.
    Object.assign(headers, { connection: 'close' });
    request.on('error', () => {}).resume();
    setTimeout(() => request.destroy(), 1_000).unref();
  }
  if (status === 405) Object.assign(headers, { allow: 'POST' });
  response.writeHead(status, headers).end(text);
}
