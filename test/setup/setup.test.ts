import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEnv } from '../../src/config/env.ts';
import { appClient, createApp } from '../../src/github/app.ts';
import { type LocalGitHub, startLocalGitHub } from '../../src/offline/github/local-github.ts';
import { writeEnvFile } from '../../src/setup/env-file.ts';
import { readAppFile } from '../../src/setup/manifest.ts';
import { startManifestFlow } from '../../src/setup/manifest-flow.ts';
import { type Conversation, type SetupOptions, setup } from '../../src/setup/setup-command.ts';
import { pressThrough } from './browser.ts';

let folder: string;
let envFile: string;
let github: LocalGitHub;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'auto-build-setup-'));
  envFile = path.join(folder, '.env');
  // The key that it is registered with is nobody's: what setup makes replaces it.
  const { publicKey } = await import('node:crypto').then((crypto) =>
    crypto.generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }),
  );
  github = await startLocalGitHub({
    dataDir: folder,
    appId: 7,
    publicKey,
    webhookSecret: 'nobody knows this one',
  });
});
afterEach(async () => {
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

/** A person with a terminal and a browser: reads the page, presses both buttons, answers questions. */
function person(answers: Record<string, string>): Conversation & { heard: string; browsed: Promise<number> } {
  const browsed = Promise.withResolvers<number>();
  return {
    heard: '',
    browsed: browsed.promise,
    tell(words) {
      this.heard += `${words}\n`;
      const page = /http:\/\/127\.0\.0\.1:\d+\//.exec(words)?.[0];
      if (words.startsWith('Open ')) pressThrough(page!).then(browsed.resolve, browsed.reject);
    },
    async ask(question) {
      this.heard += `${question}\n`;
      const known = Object.entries(answers).find(([start]) => question.startsWith(start));
      if (!known) throw new Error(`nobody expected the question: ${question}`);
      return known[1];
    },
  };
}

const run = (talk: Conversation, options: Partial<SetupOptions> = {}) =>
  setup({ envFile, github: github.url, polling: false, ...options }, talk, AbortSignal.timeout(15_000));

test('from nothing to an app that GitHub knows, with an env file that the server takes', async () => {
  const me = person({ 'Name of': '', Address: 'https://hooks.example', 'Key for': 'sk-of-mine' });
  await run(me);
  expect(await me.browsed).toBe(200);
  const values = parseEnv(await readFile(envFile, 'utf8'));
  expect((await stat(envFile)).mode & 0o777).toBe(0o600);
  const env = readEnv(values);
  expect(env.anthropic.apiKey.reveal()).toBe('sk-of-mine');
  const app = createApp(
    appClient({ appId: env.appId, privateKey: env.privateKey.reveal(), apiUrl: env.github.apiUrl }),
  );
  const file = await readAppFile();
  expect(await app.about()).toMatchObject({
    permissions: file.default_permissions,
    events: file.default_events,
  });
  expect(await app.webhook()).toEqual({ url: 'https://hooks.example/webhooks', signed: true });
  expect(me.heard).toContain('/apps/auto-build/installations/new');
  // Any node may be first in the PATH.
  expect(me.heard).toContain(`: node_modules/.bin/node --env-file=${envFile} src/cli.ts server\n`);
  expect(github.violations()).toEqual([]);
});

test('an installation that polls has no webhook; an organisation can own the app', async () => {
  const me = person({ 'Key for': '' });
  await run(me, { polling: true, org: 'acme', name: 'acme-builds' });
  const values = parseEnv(await readFile(envFile, 'utf8'));
  expect(values).toMatchObject({ POLL_SECONDS: '60', GITHUB_API_URL: github.apiUrl });
  expect(values).not.toHaveProperty('ANTHROPIC_API_KEY');
  expect(me.heard).toContain('Put ANTHROPIC_API_KEY into');
});

test('nothing is replaced without a yes, and everything else in the file stays', async () => {
  const before =
    '# mine\nLOG_LEVEL=debug\nAPP_ID=1\nPRIVATE_KEY="-----BEGIN\nPORT=9\n-----END"\nexport HOST=0.0.0.0\n';
  await writeFile(envFile, `${before}ANTHROPIC_API_KEY=sk-old\n`);
  await chmod(envFile, 0o644);
  const no = person({ 'Replace them?': '' });
  await expect(run(no, { polling: true, name: 'x' })).rejects.toThrow('Nothing was changed.');
  expect(await readFile(envFile, 'utf8')).toContain(before);

  await run(person({ 'Replace them?': 'y' }), { polling: true, name: 'x' });
  const text = await readFile(envFile, 'utf8');
  expect(text).toMatch(
    /^# mine\nLOG_LEVEL=debug\nAPP_ID=7\nPRIVATE_KEY='-----BEGIN [^\n]*'\nexport HOST=0\.0\.0\.0\n/,
  );
  expect(parseEnv(text)).toMatchObject({ LOG_LEVEL: 'debug', HOST: '0.0.0.0', ANTHROPIC_API_KEY: 'sk-old' });
  expect((await stat(envFile)).mode & 0o777).toBe(0o600);
});

test.each([
  ['a wrong state', '/made?state=guessed&code=abc', 400],
  ['no code', '/made', 400],
  ['another path', '/made/else', 404],
])('the local page takes no answer with %s', async (_, target, status) => {
  const flow = await startManifestFlow('http://github.invalid/settings/apps/new', (redirectUrl) => ({
    name: '<b>"',
    description: '',
    url: 'https://x.example',
    public: false,
    default_permissions: {},
    default_events: [],
    redirect_url: redirectUrl,
    hook_attributes: { url: 'https://x.example', active: true },
  }));
  try {
    expect((await fetch(new URL(target, flow.url))).status).toBe(status);
    expect((await fetch(flow.url, { method: 'POST' })).status).toBe(405);
    expect(await (await fetch(flow.url)).text()).not.toContain('<b>');
    expect(await Promise.race([flow.code, 'still waiting'])).toBe('still waiting');
  } finally {
    await flow.close();
  }
});

test('a value is written once, whatever the file had', async () => {
  await writeFile(envFile, 'A=1\nB=2\nA=3');
  await writeEnvFile(envFile, { A: 'two words', C: 'c' });
  expect(await readFile(envFile, 'utf8')).toBe("A='two words'\nB=2\nC=c\n");
  await expect(writeEnvFile(envFile, { A: "it's" })).rejects.toThrow('A has a');
});
