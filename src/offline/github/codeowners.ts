import { readBlob, resolveCommit, treeEntries } from './git-read.ts';
import type { Host } from './host.ts';
import { pullFiles } from './pull-diff.ts';
import type { PullRequest, Repository } from './world.ts';

/** Reads CODEOWNERS as GitHub does: from the base branch, the first of three places, the last pattern that fits. */

interface OwnedPattern {
  readonly pattern: RegExp;
  /** Logins and `org/team`s in lower case, without the @. None: nobody owns these files. */
  readonly owners: readonly string[];
}

const places = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/** The owners of each group of changed files, without repetition. */
export async function ownersOf(host: Host, repo: Repository, issue: PullRequest): Promise<string[][]> {
  const text = await codeOwnersText(host, repo, issue.pull.baseRef);
  if (text === undefined) return [];
  const patterns = parseCodeOwners(text);
  const groups = new Map<string, string[]>();
  for (const { path, previousPath } of await pullFiles(host, repo, issue)) {
    for (const file of [path, ...(previousPath === null ? [] : [previousPath])]) {
      const owners = patterns.findLast(({ pattern }) => pattern.test(file))?.owners ?? [];
      if (owners.length > 0) groups.set(owners.join(' '), [...owners]);
    }
  }
  return [...groups.values()];
}

async function codeOwnersText(host: Host, repo: Repository, branch: string): Promise<string | undefined> {
  const commit = await resolveCommit(host.git, repo.dir, `refs/heads/${branch}`);
  if (!commit) return undefined;
  const entries = await treeEntries(host.git, repo.dir, commit, places);
  const first = places
    .map((place) => entries.find(({ path, type }) => path === place && type === 'blob'))
    .find(Boolean);
  return first && (await readBlob(host.git, repo.dir, first.sha)).toString();
}

function parseCodeOwners(text: string): OwnedPattern[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean)
    .map((line) => {
      const [pattern = '', ...owners] = line.split(/\s+/);
      return {
        pattern: patternOf(pattern),
        owners: owners.filter((owner) => owner.startsWith('@')).map((owner) => owner.slice(1).toLowerCase()),
      };
    });
}

/** gitignore's patterns, without `!` and `[ ]`, which CODEOWNERS does not know. */
function patternOf(text: string): RegExp {
  const anchored = text.slice(0, -1).includes('/');
  const folder = text.endsWith('/');
  const bare = text.replace(/^\//, '').replace(/\/$/, '');
  const source = bare.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll(/\*\*\/|\*\*|\*|\?/g, (glob) => {
    if (glob === '**/') return '(?:.*/)?';
    return glob === '**' ? '.*' : glob === '*' ? '[^/]*' : '[^/]';
  });
  // `docs/*` owns the files of that folder, not those of its folders.
  const deeper = folder ? '/.*' : bare.endsWith('/*') ? '' : '(?:/.*)?';
  return new RegExp(`^${anchored ? '' : '(?:.*/)?'}${source}${deeper}$`);
}
