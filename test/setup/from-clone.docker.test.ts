import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseEnv, promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { inheritedEnv } from '../../src/config/inherited-env.ts';
import { type LocalGitHub, startLocalGitHub } from '../../src/offline/github/local-github.ts';
import { loadScripts } from '../../src/offline/model/script.ts';
import { startScriptedModel } from '../../src/offline/model/scripted-model.ts';
import { shipped } from '../scenarios/play.ts';
import { pressThrough } from './browser.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const repo = { owner: 'acme', name: 'widgets' };

/** The lines of a document's first block of shell commands that has all of these words in it. */
async function commandsOf(document: string, ...words: string[]): Promise<string[]> {
  const blocks = (await readFile(path.join(root, document), 'utf8')).matchAll(/```sh\n(.*?)```/gs);
  const block = [...blocks]
    .map(([, lines = '']) => lines)
    .find((each) => words.every((word) => each.includes(word)));
  return (block ?? '')
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+#.*/, ''));
}

/** What `git clone` would bring, with the packages that `npm ci` would put beside it. */
async function clone(): Promise<string> {
  const folder = await temporary('clone');
  const list = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', list, { cwd: root, maxBuffer: 64 * 2 ** 20 });
  const files = stdout.split('\0').filter((file) => file !== '');
  for (const file of files) {
    const there = await stat(path.join(root, file)).catch(() => undefined);
    if (there) await cp(path.join(root, file), path.join(folder, file));
  }
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

async function temporary(what: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `auto-build-${what}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A model service that answers doctor's single word, and everything else from the scripts of a scenario. */
async function modelService(folders: readonly string[]): Promise<string> {
  const scripted = await startScriptedModel({ scripts: await loadScripts(...folders) });
  const server = createServer(async (request, response) => {
    const body = await text(request);
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== 'Bearer sk-of-mine') {
      const error = { type: 'authentication_error', message: 'invalid key' };
      response.writeHead(401).end(JSON.stringify({ type: 'error', error }));
      return;
    }
    if (!body.includes('auto-build:')) {
      response.end(JSON.stringify({ id: 'm', content: [], usage: {} }));
      return;
    }
    const { connection: _, host: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(`${scripted.url}${request.url}`, {
      method: 'POST',
      body,
      headers: headers as Record<string, string>,
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(await answer.text());
  });
  const port = await listen(server);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await scripted.close();
  });
  return `http://127.0.0.1:${port}`;
}

/** A command as a person types it; everything it says, and its end. */
function type(command: string, options: { cwd: string; env: Record<string, string>; answers?: string[] }) {
  const child: ChildProcess = spawn(command, { ...options, shell: true, stdio: 'pipe', detached: true });
  const heard = { words: '' };
  const told: ((words: string) => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      heard.words += piece;
      for (const tell of told) tell(heard.words);
    });
  }
  child.stdin?.end((options.answers ?? []).map((answer) => `${answer}\n`).join(''));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    heard,
    ended,
    /** The first match in what it says; rejects when it ends without having said so. */
    says: (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const look = (words: string) => {
          const found = pattern.exec(words);
          if (found) resolve(found[1] ?? found[0]);
        };
        told.push(look);
        look(heard.words);
        void ended.then((code) => reject(new Error(`ended with ${code}:\n${heard.words}`)));
      }),
    async stop() {
      // As Ctrl-C does, to everything that the command started: npm passes no signal on.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}

async function until<T>(look: () => Promise<T | undefined>, said: { words: string }): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (Date.now() > deadline) throw new Error(`It did not come to that:\n${said.words}`);
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function localGitHub(): Promise<LocalGitHub> {
  const { publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const dataDir = await temporary('github');
  // Nobody has that key or that secret: setup makes the app that counts.
  const github = await startLocalGitHub({
    dataDir,
    appId: 7,
    publicKey,
    webhookSecret: 'unknown to everybody',
  });
  onTestFinished(() => github.close());
  return github;
}

test('from git clone to a merged pull request by the commands of the README, with no file edited by hand', async () => {
  const readme = await commandsOf('README.md', 'npm run setup', 'npm start');
  expect(readme).toEqual(['npm ci && npm run setup', 'npm run doctor -- --live', 'npm start']);
  const [setup = '', doctor = '', start = ''] = readme.map((line) => line.replace('npm ci && ', ''));
  const scenario = await shipped('one-line-fix');
  const github = await localGitHub();
  const cwd = await clone();
  // A free port, so that this machine may have a server of its own: the one thing that the defaults do not give.
  const free = createServer();
  const port = await listen(free);
  await new Promise((resolve) => free.close(resolve));
  const env = {
    ...inheritedEnv(),
    ANTHROPIC_BASE_URL: await modelService(scenario.modelFolders),
    PORT: String(port),
  };

  const setting = type(`${setup} -- --github ${github.url}`, {
    cwd,
    env,
    answers: ['', `http://127.0.0.1:${port}`, 'sk-of-mine'],
  });
  expect(await pressThrough(await setting.says(/Open (http:\S+) in a browser/))).toBe(200);
  expect(await setting.ended, setting.heard.words).toBe(0);
  expect(setting.heard.words).toContain(`${github.url}/apps/auto-build/installations/new`);
  expect(setting.heard.words).toContain('3. Start the server: npm start');
  expect(Object.keys(parseEnv(await readFile(path.join(cwd, '.env'), 'utf8'))).sort()).toEqual(
    ['ANTHROPIC_API_KEY', 'APP_ID', 'GITHUB_API_URL', 'PRIVATE_KEY', 'WEBHOOK_SECRET'].sort(),
  );

  // The installation that the link leads to.
  await github.createRepository({ ...repo, source: scenario.repo });
  github.setRole(repo, 'mona', 'write');

  const looking = type(doctor, { cwd, env });
  expect(await looking.ended, looking.heard.words).toBe(0);
  expect(looking.heard.words).toMatch(/All is well|\n0 to mend/);

  const server = type(start, { cwd, env });
  onTestFinished(() => server.stop());
  await server.says(/"listening":"([^"]+)"/);
  const mona = github.as('mona', repo);
  const { number } = await mona.createIssue(scenario.issue);
  await mona.addLabel(number, 'auto-build');
  const seen = async () => (await github.snapshot()).repositories[0];
  const issue = await until(async () => {
    const found = (await seen())?.issues[0];
    return found && found.comments.length > 0 && found.reactions.eyes ? found : undefined;
  }, server.heard);
  expect(issue.reactions.eyes).toEqual(['auto-build[bot]']);
  const merged = await until(async () => (await seen())?.pulls.find((pull) => pull.merged), server.heard);
  expect(merged.body).toContain(`Fixes #${number}`);
  await server.stop();
  expect(server.heard.words).not.toMatch(/"level":[56]0/);
  expect(github.violations()).toEqual([]);
});

test('docs/operations.md names the same commands', async () => {
  const known = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')).scripts as Record<
    string,
    string
  >;
  const lines = await commandsOf('docs/operations.md', 'npm run setup', 'npm start');
  expect(lines).toEqual(['npm ci', 'npm run setup', 'npm run auto-build -- doctor --live', 'npm start']);
  expect(known.doctor).toBe(`${known['auto-build']} doctor`);
});
