import type { Host } from './host.ts';
import type { ApiAnswer } from './route.ts';

/** Repositories that were renamed are still found under their old names. */

const byName = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/;
const byId = /^\/repositories\/(\d+)(\/.*)?$/;

/** The path of a request by name, when it names a repository by id as redirects do. */
export function pathByName(host: Host, path: string): string {
  const found = byId.exec(path);
  const repo = found && host.world.repositoryById(Number(found[1]));
  return repo ? `/repos/${repo.owner.login}/${repo.name}${found[2] ?? ''}` : path;
}

/** The redirect from a former name; undefined when nothing was renamed. Only GET and HEAD may lose their body. */
export function redirect(
  host: Host,
  { method, path, search }: { method: string; path: string; search: string },
): ApiAnswer | undefined {
  const found = byName.exec(path);
  const repo = found && host.world.renamed(found[1] ?? '', found[2] ?? '');
  if (!repo) return undefined;
  return movedTo(method, `${host.apiUrl}/repositories/${repo.id}${found[3] ?? ''}${search}`);
}

export function movedTo(method: string, url: string): ApiAnswer {
  const permanent = method === 'GET' || method === 'HEAD';
  return {
    status: permanent ? 301 : 307,
    body: {
      message: permanent ? 'Moved Permanently' : 'Temporary Redirect',
      url,
      documentation_url:
        'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects',
    },
    headers: { location: url },
  };
}
