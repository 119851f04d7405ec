import { notFound } from './errors.ts';
import { listTree, readBlob, type TreeEntry, treeEntry } from './git-read.ts';
import { type ApiAnswer, ok, type RepoCall } from './route.ts';
import type { Json } from './shapes-accounts.ts';
import { repoApi, repoHtml } from './shapes-repository.ts';

const types: Record<TreeEntry['type'], string> = { blob: 'file', tree: 'dir', commit: 'submodule' };

/** A file with its content, or the entries of a folder, at a commit. Throws ApiError 404. */
export async function contentsAnswer(call: RepoCall, commit: string): Promise<ApiAnswer> {
  const { git } = call.host;
  const { dir } = call.repo;
  const file = (call.params.path ?? '').replace(/^\/+|\/+$/g, '');
  const entry = file === '' ? undefined : await treeEntry(git, dir, commit, file);
  if (file !== '' && !entry) throw notFound();
  if (entry?.type === 'blob') {
    const bytes = await readBlob(git, dir, entry.sha);
    if (/\braw\b/.test(call.accept)) {
      return {
        status: 200,
        body: bytes.toString(),
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      };
    }
    const content = bytes.toString('base64').replaceAll(/.{60}/g, '$&\n').concat('\n');
    return ok({ ...entryJson(call, commit, entry), encoding: 'base64', content });
  }
  const entries = await listTree(git, dir, file === '' ? commit : `${commit}:${file}`);
  return ok(
    entries.map((one) =>
      entryJson(call, commit, { ...one, path: file === '' ? one.path : `${file}/${one.path}` }),
    ),
  );
}

/** A file without its content, at a commit; undefined when it is not there. */
export async function contentsEntry(call: RepoCall, commit: string, file: string): Promise<Json | undefined> {
  const entry = await treeEntry(call.host.git, call.repo.dir, commit, file);
  return entry && entryJson(call, commit, entry);
}

function entryJson(call: RepoCall, commit: string, entry: TreeEntry): Json {
  const { host, repo } = call;
  const where = entry.path.split('/').map(encodeURIComponent).join('/');
  const ref = String(call.query.ref ?? repo.defaultBranch);
  const self = `${repoApi(host, repo)}/contents/${where}?ref=${encodeURIComponent(ref)}`;
  const kind = entry.type === 'tree' ? 'tree' : 'blob';
  const html = `${repoHtml(host, repo)}/${kind}/${commit}/${where}`;
  const objects = `${repoApi(host, repo)}/git/${kind}s/${entry.sha}`;
  return {
    type: types[entry.type],
    name: entry.path.split('/').pop(),
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url: self,
    html_url: html,
    git_url: objects,
    download_url: entry.type === 'blob' ? `${repoHtml(host, repo)}/raw/${commit}/${where}` : null,
    _links: { self, git: objects, html },
  };
}
