import { generateKeyPairSync } from 'node:crypto';
import { on, once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { createNodeMiddleware, Probot } from 'probot';
import { createIntake } from '../src/intake/intake.ts';
import { openStore } from '../src/store/open.ts';

/** What is asked of a server under load, a process of its own. */
export interface Peer {
  kind: PeerKind;
  secret: string;
  /** An empty folder on the disk that is to be measured. */
  folder: string;
}
export type PeerKind = 'auto-build' | 'probot' | 'probot with an insert';

interface Served {
  listener: RequestListener;
  /** How many deliveries it kept, or handled where it keeps none. */
  kept(): number | Promise<number>;
  close(): Promise<void> | void;
}

// Listened to from the beginning to the end: otherwise the process would end while it is still setting up.
const asked = on(process, 'message');
const { kind, secret, folder } = await question<Peer>();
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const probot = new Probot({
  appId: 1,
  privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  secret,
  log: pino({ level: 'error' }),
});
const served = await serve();
const server = createServer(served.listener).listen(0, '127.0.0.1');
await once(server, 'listening');
process.send!((server.address() as AddressInfo).port);
await question<'kept'>();
const kept = await served.kept();
process.send!(kept, () => process.disconnect());
server.close();
await served.close();

async function question<Question>(): Promise<Question> {
  const { value } = (await asked.next()) as { value: [Question] };
  return value[0];
}

function serve(): Promise<Served> {
  if (kind === 'auto-build') return serveIntake();
  return kind === 'probot' ? serveProbot() : serveInsert();
}

/** As the program wires it, with the same handler at the end. */
async function serveIntake(): Promise<Served> {
  const store = await openStore({ path: path.join(folder, 'auto-build.sqlite') });
  probot.on('issues.labeled', async () => {});
  const intake = createIntake({
    store,
    secret,
    receive: ({ id, name, payload }) => probot.receive({ id, name, payload } as never),
    log: pino({ level: 'info' }, pino.destination({ dest: path.join(folder, 'log') })),
  });
  intake.start();
  return {
    listener: intake.handle,
    kept: async () => (await store.deliveries.list({ limit: 10_000_000 })).length,
    async close() {
      await intake.close();
      await store.close();
    },
  };
}

async function serveProbot(): Promise<Served> {
  let handled = 0;
  const listener = await createNodeMiddleware(
    (app) =>
      app.on('issues.labeled', async () => {
        handled += 1;
      }),
    { probot },
  );
  return { listener, kept: () => handled, close() {} };
}

/** What one writes first: a handler stores the delivery, synced to disk, and then Probot answers. */
async function serveInsert(): Promise<Served> {
  const sqlite = new Database(path.join(folder, 'deliveries.sqlite'));
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.exec('create table deliveries (id text primary key, name text, payload text)');
  const insert = sqlite.prepare('insert into deliveries values (?, ?, ?)');
  const listener = await createNodeMiddleware(
    (app) =>
      app.on('issues.labeled', async ({ id, name, payload }) => {
        insert.run(id, name, JSON.stringify(payload));
      }),
    { probot },
  );
  return {
    listener,
    kept: () => sqlite.prepare<[], number>('select count(*) from deliveries').pluck().get()!,
    close: () => void sqlite.close(),
  };
}
