import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Of `docker inspect`, what says how a container is shut in. */
export interface Inspected {
  Id: string;
  Name: string;
  Config: { Labels: Record<string, string>; User: string; Env: string[] };
  HostConfig: {
    NetworkMode: string;
    ReadonlyRootfs: boolean;
    CapDrop: string[];
    CapAdd: string[] | null;
    SecurityOpt: string[];
    Binds: string[] | null;
    Privileged: boolean;
  };
}

/** A command that was started in a container, and as whom. */
interface Exec {
  container: string;
  ProcessConfig: { user: string; entrypoint: string; arguments: string[]; privileged: boolean };
}

interface Event {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
}

export interface Watch {
  containers: Map<string, Inspected>;
  execs: Exec[];
  /** Resolves when everything seen was looked at. */
  stop(): Promise<void>;
}

/** Looks at every container with a label of ours, and at every command in them, as soon as the engine tells of it. */
export async function watchContainers(): Promise<Watch> {
  const at = await endpoint();
  const containers = new Map<string, Inspected>();
  const execs: Exec[] = [];
  const looking = new Set<Promise<void>>();
  const look = (what: Promise<void>) => {
    looking.add(what);
    void what.finally(() => looking.delete(what));
  };

  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], label: ['auto-build.instance'] }));
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    get({ ...at, path: `/events?filters=${filters}` }, resolve).once('error', reject);
  });
  createInterface({ input: response }).on('line', (line) => {
    const { Action, Actor } = JSON.parse(line) as Event;
    if (Action === 'create')
      look(
        ask<Inspected>(at, `/containers/${Actor.ID}/json`).then(
          (found) => void containers.set(Actor.ID, found),
          // Gone already: whoever knows which containers there were will miss it.
          () => {},
        ),
      );
    const { execID } = Actor.Attributes;
    if (Action.startsWith('exec_start') && execID !== undefined)
      look(
        ask<Exec>(at, `/exec/${execID}/json`).then(
          (found) => void execs.push({ ...found, container: Actor.ID }),
          () => {},
        ),
      );
  });
  return {
    containers,
    execs,
    async stop() {
      response.destroy();
      await Promise.all(looking);
    },
  };
}

/** Ids of the containers of a run, running or not. */
export async function containersOf(runId: string): Promise<string[]> {
  const filter = ['--filter', `label=auto-build.run=${runId}`];
  return (await run('docker', ['ps', '--all', '--quiet', ...filter])).stdout.split('\n').filter(Boolean);
}

/** Removes the images that a repository's dependencies were installed into. */
export async function removeEnvironments(key: string): Promise<void> {
  const filter = ['--filter', `label=auto-build.key=${key}`];
  const ids = (await run('docker', ['images', '--quiet', ...filter])).stdout.split('\n').filter(Boolean);
  if (ids.length > 0) await run('docker', ['rmi', '--force', ...ids]);
}

type Endpoint = { socketPath: string } | { host: string; port: string };

async function endpoint(): Promise<Endpoint> {
  const format = '{{.Endpoints.docker.Host}}';
  const { stdout } = await run('docker', ['context', 'inspect', '--format', format]);
  const url = new URL(stdout.trim());
  return url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
}

function ask<T>(at: Endpoint, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    get({ ...at, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`${path} was answered ${response.statusCode}: ${text}`));
      });
    }).once('error', reject);
  });
}
