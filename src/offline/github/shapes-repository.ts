import type { ChangedFile, Commit, Signature } from './git-read.ts';
import { emailOf, type Host } from './host.ts';
import { dateText, type Json, nodeId, userJson } from './shapes-accounts.ts';
import type { Account, Fork, Label, Repository } from './world.ts';
import { pullRequestsOf } from './world.ts';

/** JSON of repositories and what git holds. */

export function repoApi(host: Host, repo: Repository): string {
  return `${host.apiUrl}/repos/${repo.owner.login}/${repo.name}`;
}

export function repoHtml(host: Host, repo: Repository): string {
  return `${host.url}/${repo.owner.login}/${repo.name}`;
}

const urlTemplates = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export function repositoryJson(host: Host, repo: Repository): Json {
  const api = repoApi(host, repo);
  const html = repoHtml(host, repo);
  const openIssues = [...repo.issues.values()].filter((issue) => issue.state === 'open').length;
  return {
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: `${repo.owner.login}/${repo.name}`,
    owner: userJson(host, repo.owner),
    private: repo.private,
    visibility: repo.private ? 'private' : 'public',
    html_url: html,
    description: repo.description,
    fork: false,
    url: api,
    ...Object.fromEntries(Object.entries(urlTemplates).map(([key, template]) => [key, `${api}${template}`])),
    git_url: `git://${host.url.slice('http://'.length)}/${repo.owner.login}/${repo.name}.git`,
    ssh_url: `git@${new URL(host.url).hostname}:${repo.owner.login}/${repo.name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    is_template: false,
    size: 0,
    default_branch: repo.defaultBranch,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
    subscribers_count: 0,
    network_count: 0,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    has_downloads: true,
    archived: repo.archived,
    disabled: false,
    allow_forking: true,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    allow_auto_merge: repo.allowAutoMerge,
    allow_update_branch: false,
    delete_branch_on_merge: false,
    web_commit_signoff_required: false,
    created_at: dateText(repo.createdAt),
    updated_at: dateText(repo.pushedAt),
    pushed_at: dateText(repo.pushedAt),
  };
}

export function labelJson(host: Host, repo: Repository, label: Label): Json {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${repoApi(host, repo)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

/** GitHub links a commit to an account by its email. */
function accountOf(host: Host, signature: Signature): Account | null {
  const accounts = [...host.world.accounts.values()];
  return accounts.find((account) => emailOf(account) === signature.email) ?? null;
}

function verification(repo: Repository, commit: Commit): Json {
  return repo.signed.has(commit.sha)
    ? {
        verified: true,
        reason: 'valid',
        signature: '-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n',
        payload: `tree ${commit.tree}\n`,
        verified_at: commit.committer.date,
      }
    : { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };
}

export function commitJson(host: Host, repo: Repository, commit: Commit): Json {
  const api = repoApi(host, repo);
  const html = repoHtml(host, repo);
  const [author, committer] = [accountOf(host, commit.author), accountOf(host, commit.committer)];
  return {
    sha: commit.sha,
    node_id: nodeId('C', Number.parseInt(commit.sha.slice(0, 12), 16)),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      verification: verification(repo, commit),
    },
    author: author && userJson(host, author),
    committer: committer && userJson(host, committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
}

export function gitCommitJson(host: Host, repo: Repository, commit: Commit): Json {
  const api = repoApi(host, repo);
  return {
    sha: commit.sha,
    node_id: nodeId('C', Number.parseInt(commit.sha.slice(0, 12), 16)),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${repoHtml(host, repo)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url: `${repoHtml(host, repo)}/commit/${sha}`,
    })),
    verification: verification(repo, commit),
  };
}

/** A file of a diff whose new side is `head`. */
export function fileJson(host: Host, repo: Repository, head: string, file: ChangedFile): Json {
  const where = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${repoHtml(host, repo)}/blob/${head}/${where}`,
    raw_url: `${repoHtml(host, repo)}/raw/${head}/${where}`,
    contents_url: `${repoApi(host, repo)}/contents/${where}?ref=${head}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}

export function refJson(host: Host, repo: Repository, ref: string, sha: string): Json {
  return {
    ref,
    node_id: nodeId('REF', Number.parseInt(sha.slice(0, 12), 16)),
    url: `${repoApi(host, repo)}/git/${ref}`,
    object: { type: 'commit', sha, url: `${repoApi(host, repo)}/git/commits/${sha}` },
  };
}

/** A fork, as far as pull requests from it tell of it. */
export function forkJson(host: Host, repo: Repository, { id, owner }: Fork): Json {
  return { ...repositoryJson(host, { ...repo, id, owner, issues: new Map() }), fork: true };
}

/** Open pull requests whose head is a commit, as check runs list them: none from forks. */
export function minimalPulls(host: Host, repo: Repository, headSha: string): Json[] {
  const place = { id: repo.id, url: repoApi(host, repo), name: repo.name };
  return pullRequestsOf(repo)
    .filter(({ state, pull }) => state === 'open' && pull.headSha === headSha && !pull.fork)
    .map(({ number, pull }) => ({
      id: pull.id,
      number,
      url: `${repoApi(host, repo)}/pulls/${number}`,
      head: { ref: pull.headRef, sha: pull.headSha, repo: place },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo: place },
    }));
}
