import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { ApiError, notAccessible, notFound, validationFailed } from './errors.ts';
import { appActor, type Host } from './host.ts';
import type { AccessLevel, Permissions } from './public-types.ts';
import type { AccessToken, Actor, Installation, Repository } from './world.ts';

/** Who calls: nobody, the app itself by JWT, or the app on an installation by token. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly token: AccessToken };

/** `contents:write`; write includes read. */
export type Need = `${string}:${AccessLevel}`;

const tokenLifetimeMs = 60 * 60 * 1000;
const jwtLifetimeSeconds = 10 * 60;

/** Reads an `Authorization` header. Throws ApiError 401 for anything that is not valid now. */
export function authenticate(host: Host, header: string | undefined): Caller {
  if (header === undefined) return { kind: 'anonymous' };
  const [scheme = '', credentials = ''] = header.trim().split(/\s+/, 2);
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return credentials.split('.').length === 3
        ? verifyJwt(host, credentials)
        : verifyToken(host, credentials);
    case 'token':
      return verifyToken(host, credentials);
    case 'basic': {
      const pair = Buffer.from(credentials, 'base64').toString();
      return verifyToken(host, pair.slice(pair.indexOf(':') + 1));
    }
    default:
      throw badCredentials();
  }
}

function badCredentials(): ApiError {
  return new ApiError(401, 'Bad credentials');
}

function verifyToken(host: Host, text: string): Caller {
  const token = host.world.tokens.get(text);
  if (!token || token.expiresAt <= host.authClock()) throw badCredentials();
  demandActive(token.installation);
  return { kind: 'installation', token };
}

function demandActive(installation: Installation): void {
  if (installation.suspended) throw new ApiError(403, 'This installation has been suspended');
}

function verifyJwt(host: Host, jwt: string): Caller {
  const undecodable = () => new ApiError(401, 'A JSON web token could not be decoded');
  const [header, payload, signature] = jwt.split('.') as [string, string, string];
  const { alg } = decodePart(header) ?? {};
  const claims = decodePart(payload);
  if (alg !== 'RS256' || !claims) throw undecodable();
  const key = createPublicKey(host.app.publicKey);
  const bytes = Buffer.from(signature, 'base64url');
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, bytes)) throw undecodable();
  if (String(claims.iss) !== String(host.app.id) && claims.iss !== `Iv1.${host.app.id}`) {
    throw new ApiError(401, "'Issuer' claim ('iss') must be an Integer");
  }
  const now = Math.floor(host.authClock().getTime() / 1000);
  // The words matter: Octokit reads them to correct its clock.
  if (typeof claims.iat !== 'number' || claims.iat > now + 5) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof claims.exp !== 'number' || claims.exp <= now) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (claims.exp > now + jwtLifetimeSeconds) {
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  return { kind: 'app' };
}

function decodePart(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a token for an installation, narrowed as asked. Throws ApiError 422 for more than was granted. */
export function issueToken(
  host: Host,
  installation: Installation,
  asked: {
    repositories?: readonly string[];
    repository_ids?: readonly number[];
    permissions?: Permissions;
  },
): AccessToken {
  demandActive(installation);
  const token: AccessToken = {
    token: `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`,
    installation,
    repositoryIds: narrowRepositories(host, installation, asked),
    permissions: narrowPermissions(host.app.permissions, asked.permissions),
    expiresAt: new Date(host.authClock().getTime() + tokenLifetimeMs),
  };
  host.world.tokens.set(token.token, token);
  return token;
}

function narrowRepositories(
  host: Host,
  installation: Installation,
  asked: { repositories?: readonly string[]; repository_ids?: readonly number[] },
): ReadonlySet<number> {
  if (!asked.repositories && !asked.repository_ids) return installation.repositoryIds;
  const byName = (asked.repositories ?? []).map(
    (name) => host.world.repository(installation.account.login, name)?.id ?? -1,
  );
  const ids = new Set([...byName, ...(asked.repository_ids ?? [])]);
  for (const id of ids) {
    if (!installation.repositoryIds.has(id)) {
      throw new ApiError(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    }
  }
  return ids;
}

function narrowPermissions(granted: Permissions, asked: Permissions | undefined): Permissions {
  if (!asked) return granted;
  for (const [name, level] of Object.entries(asked)) {
    if (!allows(granted, `${name}:${level}`)) {
      const message = 'The permissions requested are not granted to this installation.';
      throw validationFailed({ resource: 'IntegrationInstallation', field: name, code: 'invalid', message });
    }
  }
  // Every token reads metadata.
  return { metadata: 'read', ...asked };
}

function allows(permissions: Permissions, need: Need): boolean {
  const [name, level] = need.split(':') as [string, AccessLevel];
  const has = permissions[name];
  return has === 'write' || (has === 'read' && level === 'read');
}

/**
 * Answers who acts on a repository. Any one of the needs is enough. A private repository that the caller may not
 * see does not exist for it (404); a public one can be read by all, and written only with the permission (403).
 */
export function authorize(caller: Caller, host: Host, repo: Repository, needs: readonly Need[]): Actor {
  const reading = needs.every((need) => need.endsWith(':read'));
  if (caller.kind === 'installation' && caller.token.repositoryIds.has(repo.id)) {
    if (needs.some((need) => allows(caller.token.permissions, need))) return appActor(host);
    throw notAccessible();
  }
  if (repo.private) throw notFound();
  if (reading) return appActor(host);
  throw caller.kind === 'anonymous' ? new ApiError(401, 'Requires authentication') : notAccessible();
}

/** Whose rate limit a request counts against. */
export function payerOf(caller: Caller): string {
  return caller.kind === 'installation' ? `installation ${caller.token.installation.id}` : caller.kind;
}
