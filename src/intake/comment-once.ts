import { once } from '../engine/once.ts';
import type { Repository } from '../github/types.ts';
import { oneComment } from '../phases/one-comment.ts';

const underWay = new Map<string, Promise<string>>();

/**
 * A comment that is there once, told by its marker, without a run whose ledger would know of it. A webhook and a refresh
 * may bring the same news at the same time: the second finds the first under way. Throws GitHubError.
 */
export async function commentOnce(
  repository: Repository,
  number: number,
  marker: string,
  words: string,
): Promise<void> {
  const key = `${repository.ref.id} ${number} ${marker}`;
  const write = oneComment(repository, number, marker, () => words);
  const writing = underWay.get(key) ?? once(write, { lagMs: repository.lagMs });
  underWay.set(key, writing);
  try {
    await writing;
  } finally {
    underWay.delete(key);
  }
}
