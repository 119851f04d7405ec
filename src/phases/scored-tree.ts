import type { Mirror } from '../git/types.ts';
import type { Patch, SealedTests } from '../run/artifacts.ts';

/**
 * The tree that is scored and delivered: the candidate plus the sealed tests at the place where the repository keeps
 * such tests. The same id every time.
 */
export async function scoredTree(mirror: Mirror, patch: Patch, tests: SealedTests): Promise<string> {
  const base = await commitOfTree(mirror, patch.tree, patch.base);
  const content = Buffer.from(tests.content);
  const { tree } = await mirror.applyEdits({ base, edits: [{ kind: 'write', path: tests.file, content }] });
  return tree;
}

/** A commit of a tree on a base, the same id every time: for what git gives only for commits. Never delivered. */
export function commitOfTree(mirror: Pick<Mirror, 'commit'>, tree: string, base: string): Promise<string> {
  return mirror.commit({
    tree,
    parents: [base],
    message: 'candidate\n',
    author: { name: 'auto-build', email: 'auto-build@localhost' },
    date: new Date(0),
  });
}
