import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { readEnv } from '../../src/config/env.ts';
import { githubAddress, isLoopback } from '../../src/config/github-address.ts';
import { UserError } from '../../src/run/user-error.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pem = String(rsa.export({ type: 'pkcs1', format: 'pem' }));
const good = {
  APP_ID: '123',
  PRIVATE_KEY: pem,
  WEBHOOK_SECRET: 'sixteen or more characters',
  ANTHROPIC_API_KEY: 'sk-ant-secret',
};
const bench = {
  ...good,
  GITHUB_API_URL: 'http://127.0.0.1:4000/api/v3',
  ANTHROPIC_BASE_URL: 'http://localhost:4001',
};

function refusal(source: Record<string, string | undefined>, options = {}): string {
  try {
    readEnv(source, options);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('it was accepted');
}

describe('readEnv', () => {
  test('the required four are enough', () => {
    const env = readEnv(good);
    expect(env).toMatchObject({
      appId: 123,
      anthropic: { baseUrl: undefined },
      github: { apiUrl: 'https://api.github.com', webUrl: 'https://github.com' },
      port: 3000,
      host: '127.0.0.1',
      dataDir: path.resolve('.auto-build'),
      sandbox: 'auto',
      logLevel: 'info',
      limits: { budgets: {}, dryRun: false },
      allowedRepositories: [],
      pollSeconds: undefined,
      crashAt: undefined,
    });
    expect(env.privateKey.reveal()).toBe(pem);
    expect(env.webhookSecret.reveal()).toBe(good.WEBHOOK_SECRET);
  });

  test('everything missing is named at once, with what to set and where to get it', () => {
    expect(refusal({})).toMatchInlineSnapshot(`
      "4 settings are missing or wrong:
        APP_ID is not set. The number of your GitHub App. From: the page of your app on GitHub (Settings › Developer settings › GitHub Apps), under "About": App ID.
        WEBHOOK_SECRET is not set. What GitHub signs webhooks with; the same text as in the settings of your app. From: you make it up (for example: openssl rand -hex 32) and paste it there, under "Webhook secret".
        ANTHROPIC_API_KEY is not set. Key for the model service. From: the console of the model service, under "API keys".
        PRIVATE_KEY is not set, nor is PRIVATE_KEY_PATH. The private key of your GitHub App: the text of the .pem file, line breaks as \\n, or all of it in base64. From: the page of your app on GitHub, under "Private keys": Generate a private key."
    `);
  });

  test.each([
    ['unset', undefined, 'is not set'],
    ['empty', '', 'is not set'],
    ["Probot's default", 'development', 'well-known default'],
    ['short', '15 characters..', 'at least 16 characters'],
  ])('a webhook secret that is %s is refused', (_name, WEBHOOK_SECRET, words) => {
    const message = refusal({ ...good, WEBHOOK_SECRET });
    expect(message).toMatch(/^ {2}WEBHOOK_SECRET /m);
    expect(message).toContain(words);
  });

  test.each([
    ['APP_ID', 'abc'],
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['ANTHROPIC_BASE_URL', 'ftp://models.example'],
    ['GITHUB_API_URL', 'https://github.com'],
    ['GHE_HOST', 'ghe.example/with/path'],
    ['GHE_PROTOCOL', 'gopher'],
    ['SANDBOX', 'none'],
    ['LOG_LEVEL', 'loud'],
    ['AUTO_BUILD_USD_PER_RUN', '11'],
    ['AUTO_BUILD_USD_PER_RUN', '-1'],
    ['AUTO_BUILD_MINUTES_PER_RUN', 'many'],
    ['PRIVATE_KEY', 'no key'],
    ['NPM_REGISTRY', 'registry.example'],
  ])('%s=%s is refused by name, without quoting the value', (name, value) => {
    const message = refusal({ ...good, [name]: value });
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test('a value in the wrong place is not shown', () => {
    expect(refusal({ ...good, APP_ID: 'sk-ant-oops' })).not.toContain('sk-ant-oops');
  });

  test.each([
    ['as it is', pem],
    ['PKCS#8', String(rsa.export({ type: 'pkcs8', format: 'pem' }))],
    ['with \\n written out', pem.replaceAll('\n', '\\n')],
    ['in one line', pem.replaceAll('\n', '')],
    ['in base64', Buffer.from(pem).toString('base64')],
  ])('a private key %s', (_name, PRIVATE_KEY) => {
    expect(readEnv({ ...good, PRIVATE_KEY }).privateKey.reveal()).toMatch(
      /^-----BEGIN (RSA )?PRIVATE KEY-----\n/,
    );
  });

  test('a private key of another kind is refused', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const PRIVATE_KEY = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(refusal({ ...good, PRIVATE_KEY })).toContain('PRIVATE_KEY does not hold an RSA private key');
  });

  test('a private key from a file', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-env-'));
    const file = path.join(folder, 'key.pem');
    await writeFile(file, pem);
    const source = { ...good, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: file };
    expect(readEnv(source).privateKey.reveal()).toBe(pem);
    await rm(folder, { recursive: true });
    expect(refusal(source)).toMatch(/PRIVATE_KEY_PATH names a file that cannot be read \(ENOENT\)/);
  });

  test('GitHub Enterprise Server, by host or by address', () => {
    const github = { apiUrl: 'https://ghe.example/api/v3', webUrl: 'https://ghe.example' };
    expect(readEnv({ ...good, GHE_HOST: 'ghe.example' }).github).toEqual(github);
    expect(readEnv({ ...good, GITHUB_API_URL: 'https://ghe.example/api/v3/' }).github).toEqual(github);
    expect(refusal({ ...good, GHE_HOST: 'ghe.example', GITHUB_API_URL: github.apiUrl })).toContain(
      'keep one of them',
    );
  });

  test('limits of the operator', () => {
    const limits = { AUTO_BUILD_USD_PER_RUN: '2.5', AUTO_BUILD_MINUTES_PER_RUN: '30' };
    expect(readEnv({ ...good, ...limits }).limits).toEqual({
      budgets: { usd: 2.5, activeMs: 1_800_000 },
      dryRun: false,
    });
  });

  test('the operator’s switches', () => {
    const set = {
      ALLOWED_REPOSITORIES: 'acme/*, me/api-*',
      DRY_RUN: 'true',
      STOP: 'true',
      POLL_SECONDS: '60',
      RETENTION_DAYS: '30',
      AUTO_BUILD_USD_PER_DAY: '40',
      DATA_DIR: '/data',
    };
    expect(readEnv({ ...good, ...set })).toMatchObject({
      allowedRepositories: ['acme/*', 'me/api-*'],
      limits: { dryRun: true },
      stop: { now: true, file: '/data/STOP' },
      pollSeconds: 60,
      retentionDays: 30,
      usdPerDay: 40,
    });
    const wrong = { ALLOWED_REPOSITORIES: 'acme', DRY_RUN: 'yes', POLL_SECONDS: '5', RETENTION_DAYS: '0' };
    const words = refusal({ ...good, ...wrong });
    for (const name of Object.keys(wrong)) expect(words).toContain(`${name} must be`);
  });

  test.each(['*', 'simple-git', 'express:*,simple-git:*', 's*', 'a -b simple-git:task:*'])(
    'debug output that would show tokens is refused: %s',
    (DEBUG) => expect(refusal({ ...good, DEBUG })).toContain('DEBUG must not cover simple-git'),
  );

  test.each(['express:*', '-simple-git', 'octokit', ''])('other debug output is not: "%s"', (DEBUG) =>
    expect(() => readEnv({ ...good, DEBUG })).not.toThrow(),
  );

  test('no isolation, and crashes on purpose, only on the bench', () => {
    for (const setting of [{ SANDBOX: 'process' }, { AUTO_BUILD_CRASH_AT: 'effect:pr' }]) {
      const [name] = Object.keys(setting);
      expect(() => readEnv({ ...bench, ...setting }, { offline: true })).not.toThrow();
      expect(refusal({ ...bench, ...setting })).toContain(name);
      expect(refusal({ ...good, ...setting }, { offline: true })).toContain(name);
      expect(refusal({ ...bench, ...setting, ANTHROPIC_BASE_URL: undefined }, { offline: true })).toContain(
        name,
      );
      expect(
        refusal({ ...bench, ...setting, GITHUB_API_URL: 'http://10.0.0.1/api/v3' }, { offline: true }),
      ).toContain(name);
    }
  });

  test('secrets do not print', () => {
    const env = readEnv(good);
    for (const text of [
      JSON.stringify(env),
      inspect(env, { depth: 9, showHidden: true }),
      `${env.anthropic.apiKey}`,
    ]) {
      expect(text).toContain('[secret]');
      for (const part of [good.ANTHROPIC_API_KEY, good.WEBHOOK_SECRET, 'BEGIN'])
        expect(text).not.toContain(part);
    }
  });
});

test('the registry of npm, unless there is one for repositories', () => {
  expect(readEnv(good).npmRegistry).toBeUndefined();
  const npm = { ...good, npm_config_registry: 'https://a.example' };
  expect(readEnv(npm).npmRegistry).toBe('https://a.example');
  expect(readEnv({ ...npm, NPM_REGISTRY: 'https://b.example/npm/' }).npmRegistry).toBe(
    'https://b.example/npm/',
  );
});

test('.env lies beneath the environment, and the bench does not look at it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'auto-build-env-'));
  const lines = Object.entries(good).map(([name, value]) => `${name}="${value.replaceAll('\n', '\\n')}"`);
  await writeFile(path.join(folder, '.env'), `${lines.join('\n')}\nPORT=1\nHOST=::1\n`);
  const script = (options: string) => `
    const { readEnv } = await import(${JSON.stringify(path.resolve('src/config/env.ts'))});
    console.log(readEnv(undefined, ${options}).host, readEnv(undefined, ${options}).port);`;
  const run = (options: string) =>
    execa(process.execPath, ['--input-type=module', '-e', script(options)], {
      cwd: folder,
      extendEnv: false,
      env: { PORT: '2' },
      reject: false,
    });
  expect((await run('{}')).stdout).toBe('::1 2');
  expect((await run('{ offline: true }')).stderr).toContain('APP_ID is not set');
  await rm(folder, { recursive: true });
});

test('addresses', () => {
  expect(githubAddress('https://api.acme.ghe.com')).toEqual({
    apiUrl: 'https://api.acme.ghe.com',
    webUrl: 'https://acme.ghe.com',
  });
  expect(githubAddress('http://127.0.0.1:99/api/v3')?.webUrl).toBe('http://127.0.0.1:99');
  expect(githubAddress('https://api.evil.example')).toBeUndefined();
  for (const address of ['http://localhost:1', 'http://127.8.9.1', 'http://[::1]:80/x']) {
    expect(isLoopback(address)).toBe(true);
  }
  for (const address of [
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://0.0.0.0',
  ]) {
    expect(isLoopback(address)).toBe(false);
  }
});
