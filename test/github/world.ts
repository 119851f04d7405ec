import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Probot } from 'probot';
import { createGitHub } from '../../src/github/github.ts';
import { appOctokit } from '../../src/github/octokit.ts';
import { localPace, type Pace } from '../../src/github/pace.ts';
import type { GitHub, Repository } from '../../src/github/types.ts';
import { type LocalGitHub, startLocalGitHub } from '../../src/offline/github/local-github.ts';

export const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const { privateKey, publicKey } = keys;

/** As fast as this machine; no test waits for a limit to be over. */
export const testPace: Pace = { ...localPace, waitsMs: [1, 10, 50], limitMs: 5_000 };

/** Signs as the app. */
export function client(baseUrl: string): () => ReturnType<Probot['auth']> {
  const probot = new Probot({
    appId: 7,
    privateKey,
    secret: 'a secret for tests',
    baseUrl,
    Octokit: appOctokit(),
    logLevel: 'fatal',
  });
  return () => probot.auth();
}

/** The door, as main.ts opens it. */
export function door(baseUrl: string, pace = testPace): GitHub {
  return createGitHub({ app: client(baseUrl), pace });
}

export const name = { owner: 'acme', name: 'tiny' };

export interface TestWorld extends AsyncDisposable {
  local: LocalGitHub;
  github: GitHub;
  repository: Repository;
  sha: string;
}

/**
 * A local GitHub with one repository, `mona` who may write and `jules` who may read.
 * @param clock dates of everything that happens there; default: the machine's
 */
export async function testWorld(pace = testPace, clock?: () => Date): Promise<TestWorld> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'auto-build-github-'));
  const local = await startLocalGitHub({
    dataDir,
    appId: 7,
    publicKey,
    webhookSecret: 'a secret for tests',
    ...(clock && { clock, authClock: () => new Date() }),
  });
  const folder = path.resolve(import.meta.dirname, '../../fixtures/repos/slugify');
  const { id, sha } = await local.createRepository({ ...name, source: { folder } });
  local.setRole(name, 'mona', 'write');
  local.setRole(name, 'jules', 'triage');
  const github = door(local.apiUrl, pace);
  const installationId = await installationOf(local);
  return {
    local,
    github,
    repository: github.repository({ ...name, id, installationId }),
    sha,
    async [Symbol.asyncDispose]() {
      await local.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

async function installationOf(local: LocalGitHub): Promise<number> {
  const probot = new Probot({
    appId: 7,
    privateKey,
    baseUrl: local.apiUrl,
    Octokit: appOctokit(),
    logLevel: 'fatal',
  });
  const octokit = await probot.auth();
  const { data } = await octokit.rest.apps.getRepoInstallation({ owner: name.owner, repo: name.name });
  return data.id;
}
