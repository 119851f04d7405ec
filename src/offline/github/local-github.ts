import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { UserError } from '../../run/user-error.ts';
import { Faults } from './faults.ts';
import { openGit } from './git.ts';
import { importRepository } from './git-import.ts';
import { readBlob, resolveCommit, treeEntry } from './git-read.ts';
import type { Host } from './host.ts';
import { install, installationAdmin } from './installation-life.ts';
import { Ledger } from './ledger.ts';
import { loadOpenApi } from './openapi.ts';
import { personAt } from './people.ts';
import type {
  LocalGitHub,
  LocalGitHubOptions,
  NewRepository,
  PageHandler,
  Permissions,
  RepositoryName,
} from './public-types.ts';
import { RateLimits } from './rate-limits.ts';
import { repositoryAdmin } from './repository-admin.ts';
import { createLabel } from './repository-labels.ts';
import { apiPrefix, listen } from './server.ts';
import { snapshotOf } from './snapshot.ts';
import { Webhooks } from './webhooks.ts';
import { type Repository, World } from './world.ts';

export type * from './public-types.ts';

const defaultPermissions: Permissions = {
  actions: 'read',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'read',
};

const defaultEvents = [
  'check_run',
  'check_suite',
  'issue_comment',
  'issues',
  'merge_group',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'push',
  'repository',
  'status',
];

/** Labels that GitHub puts into every new repository. */
const firstLabels: readonly (readonly [name: string, color: string, description: string])[] = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['duplicate', 'cfd3d7', 'This issue or pull request already exists'],
  ['enhancement', 'a2eeef', 'New feature or request'],
  ['good first issue', '7057ff', 'Good for newcomers'],
  ['help wanted', '008672', 'Extra attention is needed'],
  ['invalid', 'e4e669', "This doesn't seem right"],
  ['question', 'd876e3', 'Further information is requested'],
  ['wontfix', 'ffffff', 'This will not be worked on'],
];

/** Starts a GitHub of its own on 127.0.0.1. State is in memory, git in `dataDir`; close it when done. */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const reposDir = path.join(options.dataDir, 'repositories');
  await mkdir(reposDir, { recursive: true });
  const clock = options.clock ?? (() => new Date());
  const world = new World();
  const webhooks = new Webhooks({
    secret: options.webhookSecret,
    appId: options.appId,
    clock,
    nextId: () => world.nextId(),
  });
  const [git, openApi] = await Promise.all([openGit(options.dataDir), loadOpenApi()]);
  let page: PageHandler | undefined;
  let started: Host | undefined;
  const { server, port } = await listen({ host: () => started!, page: () => page }, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const slug = options.appSlug ?? 'auto-build';
  const host: Host = {
    url,
    apiUrl: `${url}${apiPrefix}`,
    app: {
      id: options.appId,
      slug,
      owner: world.addAccount('app-owner', 'User'),
      bot: world.addAccount(`${slug}[bot]`, 'Bot'),
      publicKey: options.publicKey,
      permissions: options.permissions ?? defaultPermissions,
      events: options.events ?? defaultEvents,
      createdAt: clock(),
    },
    manifests: new Map(),
    world,
    git,
    openApi,
    ledger: new Ledger(clock),
    faults: new Faults(),
    webhooks,
    clock,
    authClock: options.authClock ?? clock,
    rateLimits: new RateLimits(options.rateLimit ?? 5000),
    exclusively: oneAtATime(),
  };
  started = host;

  function repositoryNamed({ owner, name }: RepositoryName): Repository {
    const repo = world.repository(owner, name);
    if (!repo) throw new Error(`there is no repository ${owner}/${name}`);
    return repo;
  }
  async function close(): Promise<void> {
    server.closeAllConnections();
    await Promise.all([new Promise((resolve) => server.close(resolve)), webhooks.close()]);
  }

  return {
    url,
    apiUrl: host.apiUrl,
    setWebhookTarget: (target) => webhooks.setTarget(target),
    requestsCounted: () => host.rateLimits.counted(),
    dropWebhooks: (how) => webhooks.drop(how),
    webhooksIdle: () => webhooks.idle(),
    deliveries: () => webhooks.deliveries(),
    redeliver: (id) => webhooks.redeliver(id),
    addUser: ({ login, type = 'User' }) => {
      world.addAccount(login, type);
    },
    createRepository: (input) => createRepository(host, reposDir, input),
    setRole(repo, login, role) {
      const { roles } = repositoryNamed(repo);
      const key = world.addAccount(login, 'User').login.toLowerCase();
      if (role === null) roles.delete(key);
      else roles.set(key, role);
    },
    as(login, repo) {
      const account = world.account(login);
      if (!account) throw new Error(`there is no user ${login}`);
      return personAt(host, repositoryNamed(repo), account);
    },
    repository: (repo) => repositoryAdmin(host, repositoryNamed(repo)),
    installation: (login) => installationAdmin(host, login),
    setRateLimitRemaining(login, remaining) {
      const installation = [...world.installations.values()].find(({ account }) => account.login === login);
      if (!installation) throw new Error(`the app is not installed on ${login}`);
      host.rateLimits.leave(`installation ${installation.id}`, remaining, host.authClock());
    },
    plan: (fault) => host.faults.plan(fault),
    planned: () => host.faults.left(),
    ledger: () => host.ledger.entries(),
    violations: () => host.ledger.violations(),
    setPageHandler(handler) {
      page = handler;
    },
    snapshot: () => snapshotOf(host),
    async readFile(name, ref, file) {
      const { dir } = repositoryNamed(name);
      const commit = await resolveCommit(git, dir, ref);
      const entry = commit && (await treeEntry(git, dir, commit, file));
      return entry && entry.type === 'blob' ? (await readBlob(git, dir, entry.sha)).toString() : undefined;
    },
    gitDir: (name) => repositoryNamed(name).dir,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function createRepository(host: Host, reposDir: string, input: NewRepository) {
  const { world } = host;
  if (world.repository(input.owner, input.name)) {
    throw new UserError(`The repository ${input.owner}/${input.name} is there already.`, {
      next: 'Give each repository a name of its own.',
    });
  }
  const id = world.nextId();
  const dir = path.join(reposDir, `${id}.git`);
  const defaultBranch = input.defaultBranch ?? 'main';
  const sha = await importRepository(host.git, { dir, source: input.source, defaultBranch });
  const now = host.clock();
  const repo: Repository = {
    id,
    owner: world.addAccount(input.owner, 'User'),
    name: input.name,
    description: input.description ?? null,
    defaultBranch,
    private: input.private ?? false,
    dir,
    createdAt: now,
    pushedAt: now,
    roles: new Map(),
    labels: new Map(),
    issues: new Map(),
    comments: new Map(),
    checkRuns: new Map(),
    statuses: [],
    rules: new Map(),
    gone: new Map(),
    signed: new Set(),
    lastNumber: 0,
    archived: false,
    allowAutoMerge: false,
  };
  for (const [name, color, description] of firstLabels) createLabel(host, repo, { name, color, description });
  world.repositories.set(world.keyOf(input.owner, input.name), repo);
  install(host, repo);
  return { id, dir, sha };
}

function oneAtATime(): Host['exclusively'] {
  const queues = new Map<number, PQueue>();
  return (repo, work) => {
    const queue = queues.get(repo.id) ?? new PQueue({ concurrency: 1 });
    queues.set(repo.id, queue);
    return queue.add(work);
  };
}
