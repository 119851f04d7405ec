import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAllowedRepository } from '../../src/config/allowed-repositories.ts';
import { type LocalGitHub, startLocalGitHub } from '../../src/offline/github/local-github.ts';
import { runcIsMended } from '../../src/sandbox/engine-report.ts';
import { type Check, renderChecks } from '../../src/setup/check.ts';
import { isolation } from '../../src/setup/check-engine.ts';
import { checkClock, checkRights } from '../../src/setup/check-github.ts';
import { checkGit, checkNode } from '../../src/setup/check-machine.ts';
import { examine } from '../../src/setup/doctor.ts';
import { readAppFile } from '../../src/setup/manifest.ts';
import { openStore } from '../../src/store/open.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
let folder: string;
let github: LocalGitHub;
let model: Server;
let source: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'auto-build-doctor-'));
  const { default_permissions: permissions, default_events: events } = await readAppFile();
  const webhookSecret = 'sixteen or more characters';
  const dataDir = path.join(folder, 'github');
  github = await startLocalGitHub({ dataDir, appId: 7, publicKey, webhookSecret, permissions, events });
  await writeFile(path.join(folder, 'README'), 'x');
  const here = path.join(folder, 'repo');
  await import('node:fs/promises').then(({ mkdir }) => mkdir(here));
  await writeFile(path.join(here, 'a'), 'a');
  await github.createRepository({ owner: 'acme', name: 'widgets', source: { folder: here } });
  model = createServer((request, response) => {
    const known = request.headers.authorization === 'Bearer good';
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        known
          ? { id: 'm', content: [], usage: {} }
          : { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } },
      ),
    );
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  source = {
    APP_ID: '7',
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: webhookSecret,
    ANTHROPIC_API_KEY: 'good',
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
    GITHUB_API_URL: github.apiUrl,
    DATA_DIR: path.join(folder, 'data'),
  };
});
afterAll(async () => {
  model.close();
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

/** What doctor says, but not about this machine's Docker and disk. */
async function said(change: Record<string, string> = {}, live = false): Promise<string[]> {
  const checks = await examine({ live, source: { ...source, ...change } });
  return checks
    .filter(
      ({ name }) =>
        !['docker', 'isolation', 'seccomp', 'cgroups', 'runc', 'image', 'disk', 'node', 'git'].includes(name),
    )
    .map(
      ({ level, name, words }) =>
        `${level} ${name}: ${words.replaceAll(folder, '…').replaceAll(/127\.0\.0\.1:\d+/g, 'host')}`,
    );
}

test('all is well', async () => {
  github.setWebhookTarget('http://127.0.0.1:9/webhooks');
  expect(await said()).toMatchInlineSnapshot(`
    [
      "ok environment: Everything that is required is set and can be read.",
      "ok github: http://host/api/v3 knows the app auto-build.",
      "ok clock: The clock agrees with that of GitHub.",
      "ok permissions: The app may do what it needs.",
      "ok events: The app hears of everything it needs.",
      "ok webhook: Webhooks go to http://host/webhooks.",
      "ok repositories: 1 of 1 that the app is installed on are worked for.",
      "ok model service: http://host answers; --live tries the key.",
      "ok database: There is none yet; the server makes it in …/data.",
    ]
  `);
});

test('without a webhook it cannot hear, unless it polls; what it is told to leave out is said', async () => {
  github.setWebhookTarget(undefined);
  expect(await said()).toContain('fail webhook: The app has no webhook address.');
  expect(await said({ POLL_SECONDS: '60' })).toContain(
    'ok webhook: It polls every 60 s; webhooks are not needed.',
  );
  expect((await said({ ALLOWED_REPOSITORIES: 'other/*' })).join()).toContain('leaves out all of them');
});

test('another key, nobody there, and a broken environment', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const PRIVATE_KEY = other.export({ type: 'pkcs1', format: 'pem' }).toString();
  expect((await said({ PRIVATE_KEY })).join()).toContain(
    "fail github: http://host/api/v3 does not take the app's signature",
  );
  const away = await said({ GITHUB_API_URL: 'http://127.0.0.1:9/api/v3' });
  expect(away.join()).toContain('fail github: http://host/api/v3 gave no answer');
  expect((await said({ APP_ID: '' })).join()).toMatch(
    /^fail environment: One setting is missing or wrong:\n {2}APP_ID/,
  );
});

test('the model service: out of reach, a wrong key, and an answer', async () => {
  const away = { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' };
  for (const live of [false, true]) {
    expect((await said(away, live)).join()).toContain('fail model service: http://host cannot be reached.');
  }
  expect((await said({ ANTHROPIC_API_KEY: 'bad' }, true)).join()).toContain('invalid x-api-key');
  expect((await said({}, true)).join()).toMatch(/ok model service: claude-\S+ answered/);
});

test('a sound database, a damaged one and a kill switch are told', async () => {
  const file = path.join(folder, 'data', 'auto-build.sqlite');
  await (await openStore({ path: file })).close();
  await writeFile(path.join(folder, 'data', 'STOP'), '');
  const lines = await said();
  expect(lines).toContain('ok database: …/data/auto-build.sqlite is sound.');
  expect(lines).toContain('warn kill switch: …/data/STOP exists: no run goes on.');

  const bytes = await readFile(file);
  await writeFile(file, bytes.fill(0xa5, bytes.length / 2));
  const checks = await examine({ live: false, source });
  expect(checks.find(({ name }) => name === 'database')).toMatchObject({
    level: 'fail',
    next: 'Stop the server and put back the last good copy: npm run auto-build -- restore <file>.',
  });
  await rm(path.join(folder, 'data'), { recursive: true });
});

const sound = {
  version: '29.0.0',
  rootless: true,
  userNamespaces: true,
  seccomp: true,
  cgroups: '2',
  runtime: 'runc',
  runc: '1.3.3',
};
const levels = (checks: Check[]) => checks.map(({ name, level }) => `${name} ${level}`);

describe('isolation', () => {
  test.each([
    ['rootless', {}, ['isolation ok', 'cgroups ok', 'runc ok']],
    ['user namespaces', { rootless: false }, ['isolation ok', 'cgroups ok', 'runc ok']],
    ['plain root', { rootless: false, userNamespaces: false }, ['isolation warn', 'cgroups ok', 'runc ok']],
    ['gVisor', { runtime: 'runsc', runc: '1.1.0' }, ['isolation ok', 'cgroups ok']],
    ['no seccomp', { seccomp: false }, ['isolation ok', 'seccomp fail', 'cgroups ok', 'runc ok']],
    ['old', { cgroups: '1', runc: '1.1.5+ds1' }, ['isolation ok', 'cgroups warn', 'runc warn']],
  ])('%s', (_, change, expected) => {
    expect(levels(isolation({ ...sound, ...change }))).toEqual(expected);
  });

  test.each([
    ['1.2.7', false],
    ['1.2.8', true],
    ['1.3.2', false],
    ['1.3.3', true],
    ['v1.4.0', true],
    ['2.0.0', true],
    ['unknown', false],
  ])('runc %s is mended: %s', (version, mended) => {
    expect(runcIsMended(version)).toBe(mended);
  });
});

test('rights are compared with what is asked for', async () => {
  const file = await readAppFile();
  const about = {
    url: 'https://x',
    permissions: { ...file.default_permissions },
    events: [...file.default_events],
  };
  expect(levels(checkRights(about, file))).toEqual(['permissions ok', 'events ok']);
  about.permissions.contents = 'read';
  about.permissions.administration = 'write';
  about.events.pop();
  const checks = checkRights(about, file);
  expect(levels(checks)).toEqual(['permissions fail', 'permissions warn', 'events fail']);
  expect(checks.map(({ words }) => words).join()).toMatch(
    /lacks contents: write\..*needs: administration: write\..*hear of status/,
  );
});

test('clocks, versions and names', async () => {
  expect(checkClock(1_000_000, 1_020_000).level).toBe('ok');
  expect(checkClock(1_000_000, 1_040_000).words).toContain('40 s ahead');
  expect(checkNode('20.11.0').level).toBe('fail');
  expect(checkNode('24.1.0').level).toBe('ok');
  expect((await checkGit()).level).toBe('ok');
  expect((await checkGit('no-such-git')).level).toBe('fail');
  expect(isAllowedRepository([], { owner: 'a', name: 'b' })).toBe(true);
  expect(isAllowedRepository(['acme/*', 'me/api-*'], { owner: 'Me', name: 'api-x' })).toBe(true);
  expect(isAllowedRepository(['acme/*'], { owner: 'acme-evil', name: 'x' })).toBe(false);
  expect(isAllowedRepository(['a.b/c'], { owner: 'axb', name: 'c' })).toBe(false);
});

test('lines say what to do', () => {
  const text = renderChecks([
    { name: 'a', level: 'ok', words: 'Fine.' },
    { name: 'long', level: 'fail', words: 'Two\nlines.', next: 'Mend it.' },
  ]);
  expect(text).toBe(
    'ok    a     Fine.\nfail  long  Two\n            lines.\n            → Mend it.\n\n1 to mend before it can work, 0 to think about.\n',
  );
});
