import { contentsAnswer } from './contents.ts';
import { writeFile } from './contents-write.ts';
import { ApiError, notFound } from './errors.ts';
import { aheadBehind, changedFiles, mergeBase, readCommit, readCommits, resolveCommit } from './git-read.ts';
import { legacyPermission } from './permissions.ts';
import { list, ok, onRepository, type RepoCall, type Routes } from './route.ts';
import { userJson } from './shapes-accounts.ts';
import {
  commitJson,
  fileJson,
  gitCommitJson,
  repoApi,
  repoHtml,
  repositoryJson,
} from './shapes-repository.ts';
import { roleOf } from './world.ts';

/** A commit that the request names. Throws ApiError 404 or 422 in GitHub's words. */
export async function commitNamed(call: RepoCall, name: string, status: 404 | 422 = 404): Promise<string> {
  const sha = await resolveCommit(call.host.git, call.repo.dir, name);
  if (sha) return sha;
  throw status === 404 ? notFound() : new ApiError(422, `No commit found for SHA: ${name}`);
}

async function compare(call: RepoCall) {
  const { host, repo, params } = call;
  const [baseName, headName] = (params.basehead ?? '')
    .split('...')
    .map((side) => side.split(':').pop() ?? '');
  const base = await commitNamed(call, baseName ?? '');
  const head = await commitNamed(call, headName ?? '');
  const common = await mergeBase(host.git, repo.dir, base, head);
  if (!common) throw new ApiError(404, `No common ancestor between ${baseName} and ${headName}.`);
  const { ahead, behind } = await aheadBehind(host.git, repo.dir, base, head);
  const commits = await readCommits(host.git, repo.dir, ['--reverse', `${base}..${head}`]);
  const files = await changedFiles(host.git, repo.dir, common, head);
  const html = `${repoHtml(host, repo)}/compare/${base}...${head}`;
  const status = ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical';
  const page = await list(call, commits, (commit) => commitJson(host, repo, commit));
  return {
    ...page,
    body: {
      url: `${repoApi(host, repo)}/compare/${base}...${head}`,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitJson(host, repo, await readCommit(host.git, repo.dir, base)),
      merge_base_commit: commitJson(host, repo, await readCommit(host.git, repo.dir, common)),
      status,
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: page.body,
      files: files.map((file) => fileJson(host, repo, head, file)),
    },
  };
}

export const repositoryRoutes: Routes = {
  'repos/get': onRepository(['metadata:read'], ({ host, repo }) => ok(repositoryJson(host, repo))),
  'repos/get-content': onRepository(['contents:read'], async (call) => {
    const ref = call.query.ref === undefined ? call.repo.defaultBranch : String(call.query.ref);
    return contentsAnswer(call, await commitNamed(call, ref));
  }),
  'repos/create-or-update-file-contents': onRepository(['contents:write'], writeFile),
  'repos/delete-file': onRepository(['contents:write'], writeFile),
  'repos/list-commits': onRepository(['contents:read'], async (call) => {
    const { host, repo, query } = call;
    const sha = await commitNamed(call, String(query.sha ?? repo.defaultBranch));
    return list(call, await readCommits(host.git, repo.dir, [sha]), (commit) =>
      commitJson(host, repo, commit),
    );
  }),
  'repos/get-commit': onRepository(['contents:read'], async (call) => {
    const { host, repo } = call;
    const sha = await commitNamed(call, call.params.ref ?? '', 422);
    const commit = await readCommit(host.git, repo.dir, sha);
    const parent = commit.parents[0] ?? (await emptyTree(call));
    const files = await changedFiles(host.git, repo.dir, parent, sha);
    const sum = (key: 'additions' | 'deletions') => files.reduce((total, file) => total + file[key], 0);
    const [additions, deletions] = [sum('additions'), sum('deletions')];
    return ok({
      ...commitJson(host, repo, commit),
      stats: { additions, deletions, total: additions + deletions },
      files: files.map((file) => fileJson(host, repo, sha, file)),
    });
  }),
  'git/get-commit': onRepository(['contents:read'], async (call) => {
    const sha = await commitNamed(call, call.params.commit_sha ?? '');
    return ok(gitCommitJson(call.host, call.repo, await readCommit(call.host.git, call.repo.dir, sha)));
  }),
  'repos/compare-commits-with-basehead': onRepository(['contents:read'], compare),
  'repos/get-collaborator-permission-level': onRepository(['metadata:read'], ({ host, repo, params }) => {
    const account = host.world.account(params.username ?? '');
    if (!account) throw new ApiError(404, `${params.username} is not a user`);
    const role = roleOf(repo, account);
    return ok({
      permission: legacyPermission(role),
      role_name: role ?? 'none',
      user: { ...userJson(host, account), role_name: role ?? 'none' },
    });
  }),
};

async function emptyTree(call: RepoCall): Promise<string> {
  return call.host.git.word(call.repo.dir, ['hash-object', '-t', 'tree', '--stdin', '-w'], { input: '' });
}
