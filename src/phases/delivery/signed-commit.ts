import type { Mirror, TreeFile } from '../../git/types.ts';
import type { Repository } from '../../github/types.ts';
import { type PhaseContext, PhaseFailure } from '../phase.ts';

/** GraphQL takes files as text in one request. */
const maxFileBytes = 16 * 1024 * 1024;

/** Do rules ask for signatures, on the branch that is merged into or on our own? Then GitHub has to sign, we cannot. */
export async function mustBeSigned({ github, run }: PhaseContext<never>): Promise<boolean> {
  const rules = await Promise.all([github.rulesFor(run.baseBranch), github.rulesFor(run.branch)]);
  return rules.some(({ signatures }) => signatures);
}

/**
 * The scored tree as a commit that GitHub made and signed. It is made on a branch beside ours, because only what is
 * there already can be compared with what was scored; that branch goes when ours stands at the commit.
 */
export async function signedCommit(
  context: PhaseContext<never>,
  mirror: Mirror,
  wanted: { tree: string; title: string; message: string },
): Promise<string> {
  const { github, run } = context;
  const branch = besides(run.branch);
  const { tree, title, message } = wanted;
  const changes = await changesOf(mirror, run.base, tree);
  return context.effects.ensure({
    key: `signed:${run.base}:${tree}`,
    kind: 'commit',
    intent: { branch, parent: run.base, tree },
    look: async () => {
      const tip = await github.branchTip(branch);
      return tip !== undefined && (await isIt(github, tip, run.base, tree)) ? tip : undefined;
    },
    act: async () => {
      const from = (await github.branchTip(branch)) ?? null;
      const sha = await github.signedCommits.create({
        branch,
        from,
        parent: run.base,
        title,
        message,
        ...changes,
      });
      if (await isIt(github, sha, run.base, tree)) return sha;
      throw new PhaseFailure(
        'input',
        'The commit that GitHub signed does not hold what was scored: it is not delivered.',
        {
          next: 'Exempt the branches `auto-build/**` from the rule that asks for signatures, and say `/retry`.',
        },
      );
    },
  });
}

/** Where the commit is made. */
export function besides(branch: string): string {
  return `${branch}-signing`;
}

async function isIt(github: Repository, sha: string, base: string, tree: string): Promise<boolean> {
  const there = await github.signedCommits.read(sha);
  return there.tree === tree && there.parents.join() === base;
}

/** What makes the tree from the base. @throws PhaseFailure where the API has no way to say it */
async function changesOf(
  mirror: Mirror,
  base: string,
  tree: string,
): Promise<{ additions: { path: string; content: Buffer }[]; deletions: string[] }> {
  const before = byPath(await mirror.listFiles(base));
  const after = byPath(await mirror.listFiles(tree));
  const changed = [...after.values()].filter(({ path, sha, mode }) => {
    const was = before.get(path);
    return was?.sha !== sha || was.mode !== mode;
  });
  const odd = changed.find(({ mode }) => mode !== '100644');
  if (odd) {
    throw new PhaseFailure(
      'input',
      `The rules ask for signed commits, and ${odd.path} is executable or a link: GitHub signs such files for nobody.`,
      {
        next: 'Exempt the branches `auto-build/**` from that rule and say `/retry`, or make the change by hand.',
      },
    );
  }
  const additions: { path: string; content: Buffer }[] = [];
  for (const { path } of changed) {
    const content = await mirror.readFile(tree, path, maxFileBytes);
    if (content === undefined) throw new Error(`${path} is in the tree ${tree} and cannot be read`);
    additions.push({ path, content });
  }
  return { additions, deletions: [...before.keys()].filter((path) => !after.has(path)) };
}

function byPath(files: readonly TreeFile[]): Map<string, TreeFile> {
  return new Map(files.map((file) => [file.path, file]));
}
