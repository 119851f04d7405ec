/** Where GitHub is: the REST API, and the site that people and git go to. Both without a slash at the end. */
export interface GitHubAddress {
  apiUrl: string;
  webUrl: string;
}

/**
 * From the address of the API: GitHub.com, GitHub Enterprise Server (`…/api/v3`) or GitHub Enterprise Cloud with data
 * residency (`api.<name>.ghe.com`). Undefined for an address that is none of these.
 */
export function githubAddress(api: string): GitHubAddress | undefined {
  const apiUrl = api.replace(/\/+$/, '');
  const { protocol, hostname, pathname, host } = new URL(apiUrl);
  if (pathname === '/' && (hostname === 'api.github.com' || /^api\.[\w-]+\.ghe\.com$/.test(hostname))) {
    return { apiUrl, webUrl: `${protocol}//${host.slice('api.'.length)}` };
  }
  if (pathname === '/api/v3') return { apiUrl, webUrl: `${protocol}//${host}` };
  return undefined;
}

/** Whether an address can only mean this machine. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
