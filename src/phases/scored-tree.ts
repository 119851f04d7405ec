import type { Mirror } from '../git/types.ts';
import type { Patch, SealedTests } from '../run/artifacts.ts';
import { candidateCommit } from './build.ts';

/**
 * The tree that is scored and delivered: the candidate plus the sealed tests at the place where the repository keeps
 * such tests. The same id every time.
 */
export async function scoredTree(mirror: Mirror, patch: Patch, tests: SealedTests): Promise<string> {
  const base = await candidateCommit(mirror, patch);
  const content = Buffer.from(tests.content);
  const { tree } = await mirror.applyEdits({ base, edits: [{ kind: 'write', path: tests.file, content }] });
  return tree;
}
