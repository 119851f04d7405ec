import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Probot } from 'probot';
import { createGitHub } from '../../src/github/github.ts';
import { appOctokit } from '../../src/github/octokit.ts';
import type { GitHub, Repository } from '../../src/github/types.ts';
import { type LocalGitHub, startLocalGitHub } from '../../src/offline/github/local-github.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

/** The door, as main.ts opens it. */
export function door(baseUrl: string): GitHub {
  const probot = new Probot({
    appId: 7,
    privateKey,
    secret: 'a secret for tests',
    baseUrl,
    Octokit: appOctokit(),
    logLevel: 'fatal',
  });
  return createGitHub({ app: () => probot.auth() });
}

export const name = { owner: 'acme', name: 'tiny' };

export interface TestWorld extends AsyncDisposable {
  local: LocalGitHub;
  github: GitHub;
  repository: Repository;
  sha: string;
}

/** A local GitHub with one repository, `mona` who may write and `jules` who may read. */
export async function testWorld(): Promise<TestWorld> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'auto-build-github-'));
  const local = await startLocalGitHub({ dataDir, appId: 7, publicKey, webhookSecret: 'a secret for tests' });
  const folder = path.resolve(import.meta.dirname, '../../fixtures/repos/slugify');
  const { id, sha } = await local.createRepository({ ...name, source: { folder } });
  local.setRole(name, 'mona', 'write');
  local.setRole(name, 'jules', 'triage');
  const github = door(local.apiUrl);
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
