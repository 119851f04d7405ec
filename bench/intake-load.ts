import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import examples from '@octokit/webhooks-examples' with { type: 'json' };

/** What is asked of the load generator, a process of its own: it shall not take time from what it measures. */
export interface Load {
  port: number;
  path: string;
  secret: string;
  /** Kept open all the time. */
  connections: number;
  /** Deliveries per second, sent when they are due; left out: each connection sends as soon as it was answered. */
  rate?: number;
  /** Answered before counting begins, so that the code is compiled and the files have grown. */
  warmup: number;
  seconds: number;
}

export interface Measured {
  /** Answered with 2xx, warm-up included. */
  accepted: number;
  /** 2xx answers per second. */
  rate: number;
  /** Milliseconds from the moment at which a delivery was due to its answer, ascending. */
  latencies: number[];
  bytes: number;
}

process.once('message', async (load: Load) => {
  const measured = await (load.rate === undefined ? flood(load) : pace(load, load.rate));
  process.send!(measured, () => process.disconnect());
});

/** How fast can it go: every connection sends the next delivery as soon as the last one was answered. */
async function flood(load: Load): Promise<Measured> {
  const connections = await open(load);
  const next = deliveries(load);
  const latencies: number[] = [];
  let [accepted, counted] = [0, 0];
  let [from, until] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        const sent = performance.now();
        if (sent >= until) return;
        await connection.send(next());
        const answered = performance.now();
        accepted += 1;
        if (accepted === load.warmup) {
          from = answered;
          until = from + load.seconds * 1000;
        }
        if (sent < from || answered >= until) continue;
        counted += 1;
        latencies.push(answered - sent);
      }
    }),
  );
  for (const { close } of connections) close();
  return { accepted, rate: counted / load.seconds, ...summary(latencies, next().length) };
}

/** How long does an answer take at a given rate: late answers do not hold the next delivery up. */
async function pace(load: Load, rate: number): Promise<Measured> {
  const idle = await open(load);
  const all = new Set(idle);
  const next = deliveries(load);
  const latencies: number[] = [];
  const sending = new Set<Promise<void>>();
  const total = load.warmup + rate * load.seconds;
  const begun = performance.now();
  const deliver = async (due: number, counts: boolean) => {
    // The one that was idle longest: after 5 s the server would close it.
    const connection = idle.shift() ?? (await open({ ...load, connections: 1 }))[0]!;
    all.add(connection);
    await connection.send(next());
    if (counts) latencies.push(performance.now() - due);
    idle.push(connection);
  };
  for (let index = 0; index < total; index += 1) {
    const due = begun + (index * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    const sent = deliver(due, index >= load.warmup).finally(() => sending.delete(sent));
    sending.add(sent);
  }
  await Promise.all(sending);
  const took = (performance.now() - begun) / 1000;
  for (const { close } of all) close();
  return { accepted: total, rate: total / took, ...summary(latencies, next().length) };
}

function summary(latencies: number[], bytes: number): Pick<Measured, 'latencies' | 'bytes'> {
  return { latencies: latencies.sort((a, b) => a - b), bytes };
}

/** GitHub's own example of `issues.labeled`, signed; each time another issue of the same repository. */
function deliveries({ port, path, secret }: Load): () => Buffer {
  const example = (examples as unknown as { name: string; examples: Record<string, unknown>[] }[])
    .find(({ name }) => name === 'issues')
    ?.examples.find(({ action }) => action === 'labeled');
  const mark = 9_000_000_000;
  const issue = { ...(example?.issue as object), id: mark };
  const [before, after, ...more] = JSON.stringify({ ...example, installation: { id: 5 }, issue }).split(
    String(mark),
  );
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error('the example of issues.labeled is not what it was');
  }
  let number = mark;
  return () => {
    number += 1;
    const body = `${before}${number}${after}`;
    const bytes = Buffer.byteLength(body);
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    return Buffer.from(
      [
        `POST ${path} HTTP/1.1`,
        `host: 127.0.0.1:${port}`,
        'user-agent: GitHub-Hookshot/0000000',
        'accept: */*',
        'content-type: application/json',
        'x-github-event: issues',
        `x-github-delivery: ${deliveryId(number)}`,
        `x-hub-signature-256: sha256=${signature}`,
        `content-length: ${bytes}`,
        '',
        body,
      ].join('\r\n'),
    );
  };
}

/** GitHub's are UUIDs of version 1: they begin with the time, in units of 100 ns. */
function deliveryId(number: number): string {
  const time = (BigInt(Date.now()) * 10_000n + BigInt(number % 10_000)).toString(16).padStart(15, '0');
  return `${time.slice(7)}-${time.slice(3, 7)}-1${time.slice(0, 3)}-81ab-4c9367dc0958`;
}

interface Connection {
  /** Resolves when it was answered with 2xx; anything else ends the bench. */
  send(request: Buffer): Promise<void>;
  close(): void;
}

function open({ port, connections }: Pick<Load, 'port' | 'connections'>): Promise<Connection[]> {
  return Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay();
      await once(socket, 'connect');
      return answers(socket);
    }),
  );
}

/** A client of a few lines: node's own would need more time than the server. One request at a time. */
function answers(socket: Socket): Connection {
  let waiting: { resolve(): void; reject(error: Error): void } | undefined;
  let received = '';
  const fail = (error: Error) => waiting?.reject(error);
  socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    const accepted = /^HTTP\/1\.1 2\d\d /.test(received);
    const words = received.slice(0, 200);
    received = '';
    if (accepted) waiting?.resolve();
    else fail(new Error(`it was refused: ${words}`));
  });
  return {
    send(request) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      });
    },
    close() {
      waiting = undefined;
      socket.destroy();
    },
  };
}
