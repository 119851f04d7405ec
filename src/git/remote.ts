import { UserError } from '../run/user-error.ts';

/** True for a full SHA-1 id. */
export function isObjectId(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-f]{40}$/.test(text);
}

/**
 * Refuses transports that were not allowed and URLs that carry credentials, which would end up in argv.
 * @throws UserError, without the URL in it when it holds credentials
 */
export function requireRemoteUrl(text: string, protocols: readonly string[]): void {
  const url = URL.parse(text);
  if (url && (url.username !== '' || url.password !== '')) {
    throw new UserError('The address of a repository must not contain credentials.', {
      next: 'Give the address without user name and password; the app authenticates by itself.',
    });
  }
  if (!url || !protocols.includes(url.protocol.slice(0, -1))) {
    throw new UserError(`The address ${text} of a repository cannot be used.`, {
      next: `Use one that starts with ${protocols.map((protocol) => `${protocol}:`).join(' or ')}`,
    });
  }
}
