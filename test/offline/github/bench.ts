import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { ProbotOctokit } from 'probot';
import { onTestFinished } from 'vitest';
import {
  type LocalGitHub,
  type LocalGitHubOptions,
  type NewRepository,
  type Permissions,
  startLocalGitHub,
} from '../../../src/offline/github/local-github.ts';

export const appId = 4711;
export const webhookSecret = 'a secret of the tests';
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const privateKey = pem(pair.privateKey);

function pem(key: KeyObject): string {
  return key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
}

export const at = { owner: 'acme', repo: 'lib' };
const name = { owner: 'acme', name: 'lib' };

export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'local-github-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function folderWith(files: Record<string, string>): Promise<string> {
  const dir = await temporaryDir();
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
    await writeFile(path.join(dir, file), content);
  }
  return dir;
}

/** A GitHub with acme/lib, where ann writes, tim triages and rob reads. */
export async function startGitHub(
  options: Partial<LocalGitHubOptions> = {},
  repository: Partial<NewRepository> = {},
) {
  const github = await startLocalGitHub({
    dataDir: await temporaryDir(),
    appId,
    publicKey: pem(pair.publicKey),
    webhookSecret,
    ...options,
  });
  onTestFinished(() => github.close());
  const folder = await folderWith({ 'README.md': '# lib\n', 'src/index.js': 'export const one = 1;\n' });
  const { sha, dir } = await github.createRepository({ ...name, source: { folder }, ...repository });
  github.setRole(name, 'ann', 'write');
  github.setRole(name, 'tim', 'triage');
  github.setRole(name, 'rob', 'read');
  return {
    github,
    sha,
    dir,
    ann: github.as('ann', name),
    tim: github.as('tim', name),
    rob: github.as('rob', name),
  };
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function octokit(github: LocalGitHub, auth: Record<string, unknown>, key = privateKey) {
  return new ProbotOctokit({
    baseUrl: github.apiUrl,
    auth: { appId, privateKey: key, ...auth },
    retry: { enabled: false },
    throttle: { enabled: false },
    log: silent,
  });
}

/** The app by its JWT. */
export function asApp(github: LocalGitHub, key = privateKey) {
  return octokit(github, {}, key);
}

/** The app on acme's installation. */
export async function asInstallation(github: LocalGitHub) {
  const { data } = await asApp(github).rest.apps.getRepoInstallation(at);
  return octokit(github, { installationId: data.id });
}

export async function newToken(
  github: LocalGitHub,
  narrowing: { permissions?: Permissions; repositories?: string[] } = {},
): Promise<string> {
  const app = asApp(github);
  const { data } = await app.rest.apps.getRepoInstallation(at);
  const installation_id = data.id;
  return (await app.rest.apps.createInstallationAccessToken({ installation_id, ...narrowing })).data.token;
}

/** A bare HTTP call, for what Octokit would not send. */
export async function call(
  github: LocalGitHub,
  token: string,
  method: string,
  route: string,
  body?: unknown,
) {
  const answer = await fetch(`${github.apiUrl}${route}`, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), headers: answer.headers };
}

/** The git CLI with a configuration of nobody. */
export async function git(cwd: string, ...args: string[]) {
  return execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
    cwd,
    env: { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' },
  });
}

export function cloneUrl(github: LocalGitHub, token?: string): string {
  const url = new URL(`${github.url}/acme/lib.git`);
  if (token !== undefined) Object.assign(url, { username: 'x-access-token', password: token });
  return url.href;
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An app that keeps what it is sent and answers with a status that can be changed. */
export async function startReceiver() {
  const received: Received[] = [];
  const answer = { status: 202 };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    response.writeHead(answer.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(async () => {
    await stop();
  });
  const names = () =>
    received.map(({ headers, body }) => {
      const { action } = JSON.parse(body) as { action?: string };
      return [headers['x-github-event'], action].filter(Boolean).join('.');
    });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    names,
    answer,
    stop,
  };
}
