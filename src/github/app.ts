import { Probot, type ProbotOctokit } from 'probot';
import { classify, GitHubError } from './github-error.ts';
import { appOctokit, tokenOctokit } from './octokit.ts';
import type { RepositoryRef } from './types.ts';

/** The app itself, as GitHub has it registered. Every function throws GitHubError. */
export interface App {
  about(): Promise<AboutApp>;
  /** Where GitHub sends webhooks, and whether it signs them. */
  webhook(): Promise<{ url: string | undefined; signed: boolean }>;
  installations(): Promise<Installation[]>;
  /** Every repository of every installation that is not suspended and can be asked; throws where none can. */
  repositories(): Promise<CoveredRepository[]>;
  /** Webhooks since then that nobody took, oldest first. GitHub keeps them for three days and sends none again by itself. */
  failedDeliveries(since: number): Promise<FailedDelivery[]>;
  /** What such a webhook said. */
  payloadOf(delivery: FailedDelivery): Promise<object>;
}

export interface AboutApp {
  id: number;
  slug: string;
  /** Where people see and install it. */
  url: string;
  /** `read`, `write` or `admin` by GitHub's names. */
  permissions: Record<string, string>;
  events: string[];
  /** GitHub's clock when it answered, milliseconds since the epoch; undefined when it did not say. */
  answeredAt: number | undefined;
}

export interface CoveredRepository extends RepositoryRef {
  defaultBranch: string;
  archived: boolean;
  /** Of the last push, as GitHub writes it: files can have changed when this has. */
  pushedAt: string;
}

export interface Installation {
  id: number;
  suspended: boolean;
  /** Empty while it is suspended: GitHub does not tell them then. And where it could not be asked. */
  repositories: CoveredRepository[];
  /** Why it could not be asked: its owner lets in only some addresses, or GitHub failed. Nothing follows from that. */
  trouble: GitHubError | undefined;
}

export interface FailedDelivery {
  /** GitHub's number of the attempt. */
  attempt: number;
  /** X-GitHub-Delivery */
  id: string;
  /** X-GitHub-Event */
  name: string;
}

interface AppKey {
  appId: number;
  privateKey: string;
  apiUrl: string;
}

/** A client that signs as the app; asks GitHub for nothing yet. */
export function appClient({ appId, privateKey, apiUrl }: AppKey): () => Promise<ProbotOctokit> {
  const probot = new Probot({ appId, privateKey, baseUrl: apiUrl, Octokit: appOctokit(), logLevel: 'fatal' });
  return () => probot.auth();
}

export function createApp(client: () => Promise<ProbotOctokit>): App {
  const call = async <T>(act: (octokit: ProbotOctokit) => Promise<T>): Promise<T> => {
    try {
      return await act(await client());
    } catch (error) {
      throw classify(error, Date.now());
    }
  };
  return {
    about: () =>
      call(async (octokit) => {
        const { data, headers } = await octokit.rest.apps.getAuthenticated();
        if (!data?.slug) throw new Error('GitHub names no slug for this app.');
        const { id, slug, html_url: url, permissions, events } = data;
        const answeredAt = headers.date === undefined ? undefined : Date.parse(headers.date);
        return {
          id,
          slug,
          url,
          permissions: { ...permissions } as Record<string, string>,
          events,
          answeredAt,
        };
      }),
    webhook: () =>
      call(async (octokit) => {
        const { data } = await octokit.rest.apps.getWebhookConfigForApp();
        return { url: data.url || undefined, signed: Boolean(data.secret) };
      }),
    installations: () => call(installations),
    repositories: () =>
      call(async (octokit) => {
        const all = await installations(octokit);
        const [first] = all;
        if (first?.trouble && all.every(({ trouble }) => trouble)) throw first.trouble;
        return all.flatMap(({ repositories }) => repositories);
      }),
    failedDeliveries: (since) => call((octokit) => failedDeliveries(octokit, since)),
    payloadOf: ({ attempt }) =>
      call(async (octokit) => {
        const { data } = await octokit.rest.apps.getWebhookDelivery({ delivery_id: attempt });
        return data.request.payload ?? {};
      }),
  };
}

async function installations(octokit: ProbotOctokit): Promise<Installation[]> {
  const all = await octokit.paginate(octokit.rest.apps.listInstallations, { per_page: 100 });
  const found: Installation[] = [];
  for (const { id, suspended_at: suspended } of all) {
    const covered = suspended ? { repositories: [], trouble: undefined } : await coveredBy(octokit, id);
    found.push({ id, suspended: Boolean(suspended), ...covered });
  }
  return found;
}

/** Anybody can install a public app: one that cannot be asked must not keep it from the others. */
async function coveredBy(
  octokit: ProbotOctokit,
  id: number,
): Promise<Pick<Installation, 'repositories' | 'trouble'>> {
  try {
    return { repositories: await repositoriesOf(octokit, id), trouble: undefined };
  } catch (error) {
    const trouble = classify(error, Date.now());
    if (trouble instanceof GitHubError) return { repositories: [], trouble };
    throw trouble;
  }
}

async function repositoriesOf(octokit: ProbotOctokit, installationId: number): Promise<CoveredRepository[]> {
  const { data } = await octokit.rest.apps.createInstallationAccessToken({
    installation_id: installationId,
    permissions: { metadata: 'read' },
  });
  const { baseUrl } = octokit.request.endpoint.DEFAULTS;
  const inside = tokenOctokit({ baseUrl, token: data.token });
  const route = inside.rest.apps.listReposAccessibleToInstallation;
  return (await inside.paginate(route, { per_page: 100 })).map((repository) => ({
    installationId,
    owner: repository.owner.login,
    name: repository.name,
    id: repository.id,
    defaultBranch: repository.default_branch,
    archived: repository.archived,
    pushedAt: repository.pushed_at ?? '',
  }));
}

async function failedDeliveries(octokit: ProbotOctokit, since: number): Promise<FailedDelivery[]> {
  const found: FailedDelivery[] = [];
  const pages = octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, {
    status: 'failure',
    per_page: 100,
  });
  for await (const { data } of pages) {
    const recent = data.filter(({ delivered_at: at }) => Date.parse(at) >= since);
    found.push(...recent.map(({ id, guid, event }) => ({ attempt: id, id: guid, name: event })));
    if (recent.length < data.length) break;
  }
  return found.reverse();
}

/** What GitHub hands out once for an app that was made from a manifest. */
export interface NewApp {
  id: number;
  slug: string;
  url: string;
  privateKey: string;
  webhookSecret: string | undefined;
}

/** Exchanges the code of the manifest flow; it is good for one exchange within an hour. Throws GitHubError. */
export async function convertManifest({ apiUrl, code }: { apiUrl: string; code: string }): Promise<NewApp> {
  const Octokit = appOctokit();
  try {
    const { data } = await new Octokit({ baseUrl: apiUrl }).rest.apps.createFromManifest({ code });
    const { id, slug, html_url: url, pem: privateKey, webhook_secret: secret } = data;
    return { id, slug: slug ?? '', url, privateKey, webhookSecret: secret ?? undefined };
  } catch (error) {
    throw classify(error, Date.now());
  }
}
