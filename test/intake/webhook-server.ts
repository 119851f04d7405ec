import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIntake, type IntakeOptions } from '../../src/intake/intake.ts';

export const secret = 'a secret of more than sixteen characters';

/** An intake behind a real server on a free port, and a log that can be read. */
export async function serveIntake(
  options: Pick<IntakeOptions, 'store'> & Partial<IntakeOptions>,
): Promise<WebhookServer> {
  const lines: { level: string; words: string; fields: object }[] = [];
  const write = (level: string) => (fields: object, words: string) =>
    void lines.push({ level, words, fields });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const intake = createIntake({ secret, receive: async () => {}, log, retryWaits: [1, 1], ...options });
  const server = createServer((request, response) => void intake.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    intake,
    lines,
    port,
    url: `http://127.0.0.1:${port}/webhooks`,
    async close() {
      await intake.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

export interface WebhookServer {
  intake: ReturnType<typeof createIntake>;
  lines: { level: string; words: string; fields: object }[];
  port: number;
  url: string;
  close(): Promise<void>;
}

export function sign(body: string | Buffer, key = secret): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

/** Sends a webhook as GitHub does; `headers` replace those that GitHub would send, undefined leaves one out. */
export async function deliver(
  url: string,
  name: string,
  payload: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<{ status: number; words: string }> {
  const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  const all = {
    'content-type': 'application/json',
    'x-github-event': name,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': sign(body),
    ...headers,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(url, { method: 'POST', body, headers: sent });
  return { status: response.status, words: await response.text() };
}
