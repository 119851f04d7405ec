import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { openMirrors } from '../../src/git/mirrors.ts';
import type { Mirror, Mirrors, MirrorsOptions } from '../../src/git/types.ts';

/** A directory that disappears with the test. */
export async function tempDir(): Promise<string> {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'git-door-'));
  onTestFinished(() => fs.rm(dir, { recursive: true, force: true }));
  return dir;
}

export type OriginFile = string | Buffer | { mode: string; content: string | Buffer } | { submodule: string };

/** Somebody else's repository, as a server has it. */
export interface Origin {
  dir: string;
  url: string;
  /** Commits exactly these files on a branch; answers its id. */
  commit(
    files: Record<string, OriginFile>,
    options?: { branch?: string; parents?: string[] },
  ): Promise<string>;
  git(args: string[], input?: string | Buffer): Promise<string>;
}

export async function createOrigin(files: Record<string, OriginFile> = {}): Promise<Origin> {
  const dir = await tempDir();
  const env = {
    GIT_AUTHOR_NAME: 'Ann',
    GIT_AUTHOR_EMAIL: 'ann@example.com',
    GIT_AUTHOR_DATE: '@1700000000 +0000',
    GIT_COMMITTER_NAME: 'Ann',
    GIT_COMMITTER_EMAIL: 'ann@example.com',
    GIT_COMMITTER_DATE: '@1700000000 +0000',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const git = async (args: string[], input: string | Buffer = '') =>
    (await execa('git', args, { cwd: dir, env, input })).stdout;
  await git(['init', '--quiet', '--bare', '--initial-branch=main', '.']);
  await git(['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  const origin: Origin = {
    dir,
    url: pathToFileURL(dir).href,
    git,
    async commit(tree, { branch = 'main', parents = [] } = {}) {
      const who = 'Ann <ann@example.com> 1700000000 +0000';
      const [first, ...others] = parents;
      const stream: Array<string | Buffer> = [
        `commit refs/heads/${branch}\nauthor ${who}\ncommitter ${who}\ndata 9\na commit\n`,
        ...(first ? [`from ${first}\n`, ...others.map((parent) => `merge ${parent}\n`)] : []),
        'deleteall\n',
      ];
      for (const [name, file] of Object.entries(tree)) {
        if (typeof file === 'object' && 'submodule' in file) {
          stream.push(`M 160000 ${file.submodule} ${name}\n`);
          continue;
        }
        const plain = typeof file === 'string' || Buffer.isBuffer(file);
        const content = Buffer.from(plain ? file : file.content);
        stream.push(
          `M ${plain ? '100644' : file.mode} inline ${name}\ndata ${content.length}\n`,
          content,
          '\n',
        );
      }
      await git(
        ['fast-import', '--quiet', '--force'],
        Buffer.concat(stream.map((part) => Buffer.from(part))),
      );
      return git(['rev-parse', `refs/heads/${branch}`]);
    },
  };
  await origin.commit(files);
  return origin;
}

/** A mirror of an origin with one commit on `main`, and that commit. */
export async function mirrorOf(
  files: Record<string, OriginFile>,
  options: Partial<MirrorsOptions> = {},
): Promise<{ origin: Origin; mirrors: Mirrors; dir: string; mirror: Mirror; base: string }> {
  const origin = await createOrigin(files);
  const dir = await tempDir();
  const mirrors = await openMirrors({ dir, protocols: ['file'], ...options });
  const mirror = await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  return { origin, mirrors, dir, mirror, base: await mirror.resolve('main') };
}

/** A stand-in for git that writes down its arguments as `ps` would show them, then is git. */
export async function spyOnGit(): Promise<{ gitPath: string; argv(): Promise<string[]> }> {
  const gitPath = path.join(await tempDir(), 'git');
  const log = `${gitPath}.argv`;
  const real = (await execa('sh', ['-c', 'command -v git'])).stdout;
  const script = `#!/bin/sh\n{ tr '\\0' ' ' < /proc/$$/cmdline; echo; } >> ${log}\nexec ${real} "$@"\n`;
  await fs.writeFile(gitPath, script, { mode: 0o755 });
  return { gitPath, argv: async () => (await fs.readFile(log, 'utf8')).split('\n') };
}

/** git over HTTP with basic authentication; `seen` has the authorization of every request. */
export async function serveOverHttp(
  origin: Origin,
  password: string,
): Promise<{ url: string; seen: Array<string | undefined> }> {
  await origin.git(['config', 'http.receivepack', 'true']);
  const seen: Array<string | undefined> = [];
  const expected = `Basic ${Buffer.from(`x-access-token:${password}`).toString('base64')}`;
  const server = http.createServer((request, response) => {
    seen.push(request.headers.authorization);
    if (request.headers.authorization !== expected) {
      // So unwise as to repeat what it was sent; git shows a plain text to its user.
      response.writeHead(403, { 'content-type': 'text/plain' });
      response.end(`denied: ${request.headers.authorization}`);
      return;
    }
    const url = new URL(request.url!, 'http://localhost');
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...{ PATH: '/usr/local/bin:/usr/bin:/bin', GIT_PROJECT_ROOT: origin.dir, GIT_HTTP_EXPORT_ALL: '1' },
        ...{ PATH_INFO: url.pathname.replace('/ann/lib.git', ''), QUERY_STRING: url.search.slice(1) },
        ...{ REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '' },
        ...{ HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', REMOTE_USER: 'app' },
        ...{ GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), GIT_CONFIG_GLOBAL: '/dev/null' },
      },
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.on('close', () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf('\r\n\r\n');
      for (const line of answer.toString('latin1', 0, end).split('\r\n')) {
        const [name, value] = line.split(': ') as [string, string];
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(answer.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ann/lib.git`, seen };
}
