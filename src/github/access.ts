import type { Octokit } from '@octokit/rest';
import type { ProbotOctokit } from 'probot';
import { classify, GitHubError, untilReset } from './github-error.ts';
import type { Limits } from './limits.ts';
import { tokenOctokit } from './octokit.ts';
import type { RepositoryRef } from './types.ts';

/** What one call needs, by GitHub's names. Never more than app.yml asks for the app as a whole. */
export interface Permissions {
  metadata?: 'read';
  contents?: 'read' | 'write';
  issues?: 'read' | 'write';
  pull_requests?: 'read' | 'write';
  checks?: 'read' | 'write';
  statuses?: 'read';
}

/** Does something once with a client that may do exactly that in exactly one repository. Throws GitHubError. */
export type Attempt = <T>(permissions: Permissions, act: (octokit: Octokit) => Promise<T>) => Promise<T>;

interface Issued {
  octokit: Octokit;
  token: string;
  expiresAt: number;
}

/** A token is not begun to be used in its last minutes: a push or a merge may take a while. */
const renewBeforeMs = 5 * 60_000;

export interface Access {
  attempt(ref: RepositoryRef): Attempt;
  /** Another repository of the same installation, by name; undefined when the installation does not cover it. */
  sibling(ref: RepositoryRef, name: string): Promise<RepositoryRef | undefined>;
  /** What the owner of the installation has granted. */
  granted(ref: RepositoryRef): Promise<Readonly<Record<string, string>>>;
  /** A fresh token, for use outside of the API. */
  token(ref: RepositoryRef, permissions: Permissions): Promise<string>;
}

/**
 * Issues installation tokens, each for one repository and the permissions of one call. Octokit's own app auth would
 * use one token with everything that the installation grants, so it only signs the requests that issue ours.
 */
export function createAccess(
  app: () => Promise<ProbotOctokit>,
  requestMs: number,
  limitsOf: (ref: RepositoryRef) => Limits,
  mayWrite: () => void,
): Access {
  const issued = new Map<string, Promise<Issued>>();

  const issue = async (ref: RepositoryRef, permissions: Permissions): Promise<Issued> => {
    const octokit = await app();
    const { data } = await octokit.rest.apps.createInstallationAccessToken({
      installation_id: ref.installationId,
      repository_ids: [ref.id],
      permissions,
    });
    const { baseUrl } = octokit.request.endpoint.DEFAULTS;
    const client = tokenOctokit({ baseUrl, token: data.token, requestMs });
    client.hook.before('request', ({ method }) => {
      if (method !== 'GET') mayWrite();
    });
    client.hook.after('request', ({ status, headers }) => {
      const left = untilReset(headers, Date.now());
      if (left === undefined) return;
      const words = 'The hour has no more requests.';
      limitsOf(ref).reached(
        new GitHubError({ kind: 'rate-limited', status, words, retryAfterMs: left, cause: undefined }),
      );
    });
    return { octokit: client, token: data.token, expiresAt: Date.parse(data.expires_at) };
  };

  const issuedFor = async (ref: RepositoryRef, permissions: Permissions): Promise<Issued> => {
    const key = keyOf(ref, permissions);
    const known = await issued.get(key);
    if (known && known.expiresAt - renewBeforeMs > Date.now()) return known;
    const fresh = issue(ref, permissions);
    issued.set(key, fresh);
    // A token that could not be issued must not be remembered as a failure.
    fresh.catch(() => issued.get(key) === fresh && issued.delete(key));
    return fresh;
  };

  return {
    attempt: (ref) => async (permissions, act) => {
      try {
        const { octokit } = await issuedFor(ref, permissions);
        try {
          return await act(octokit);
        } catch (error) {
          // Revoked before its time (the app's rights were changed): nothing was carried out, a new one may do.
          if (!isUnauthorized(error)) throw error;
          issued.delete(keyOf(ref, permissions));
          return await act((await issuedFor(ref, permissions)).octokit);
        }
      } catch (error) {
        throw classify(error, Date.now());
      }
    },
    sibling: async (ref, name) => {
      try {
        const octokit = await app();
        const { data } = await octokit.rest.apps.createInstallationAccessToken({
          installation_id: ref.installationId,
          repositories: [name],
          permissions: { metadata: 'read' },
        });
        const found = data.repositories?.find((repository) => repository.name === name);
        return found && { installationId: ref.installationId, owner: ref.owner, name, id: found.id };
      } catch (error) {
        const classified = classify(error, Date.now());
        // GitHub's answer where the installation has no repository of that name.
        if (classified instanceof GitHubError && classified.kind === 'unprocessable') return undefined;
        throw classified;
      }
    },
    granted: async (ref) => {
      try {
        const octokit = await app();
        const { data } = await octokit.rest.apps.getInstallation({ installation_id: ref.installationId });
        return data.permissions as Record<string, string>;
      } catch (error) {
        throw classify(error, Date.now());
      }
    },
    token: async (ref, permissions) => {
      try {
        return (await issue(ref, permissions)).token;
      } catch (error) {
        throw classify(error, Date.now());
      }
    },
  };
}

function keyOf(ref: RepositoryRef, permissions: Permissions): string {
  const sorted = Object.entries(permissions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([ref.installationId, ref.id, sorted]);
}

function isUnauthorized(error: unknown): boolean {
  const classified = classify(error, Date.now());
  return classified instanceof GitHubError && classified.kind === 'unauthorized';
}
