import { setTimeout as after } from 'node:timers/promises';
import { type IssueWords, searchTerms, similarities, suspectedFrom } from '../../gate/duplicates.ts';
import { isMissing } from '../../github/github-error.ts';
import type { Repository } from '../../github/types.ts';
import type { FoundIssue, IssueIndex } from '../../store/store.ts';

/** A first filling of a large repository goes on in the background; the run does not wait for it. */
const patienceMs = 5_000;
/** As many as a person would look at, times ten: what decides looks at the texts themselves. */
const candidates = 30;
/** How many are looked up at GitHub, and named. */
const named = 3;

export interface SimilarIssue {
  number: number;
  kind: 'issue' | 'pull-request';
  state: 'open' | 'closed' | 'merged';
  title: string;
  /** 0 to 1. */
  similarity: number;
}

/** Brings the index of a repository up to date, one filling at a time per repository. */
export function createIssueFiller(index: IssueIndex, failed: (error: unknown) => void) {
  const filling = new Map<number, Promise<void>>();

  async function fill(github: Repository): Promise<void> {
    const repoId = github.ref.id;
    const since = await index.filledUntil(repoId);
    let newest = since ?? 0;
    for await (const page of github.around.changed(since)) {
      await index.put(repoId, page);
      newest = page.reduce((last, { updatedAt }) => Math.max(last, updatedAt), newest);
      // Changes come oldest first: what was read is complete up to there. A first filling is not until its end.
      if (since !== undefined) await index.setFilledUntil(repoId, newest);
    }
    await index.setFilledUntil(repoId, newest);
  }

  return {
    /** Resolves to whether the index is complete; never rejects, and never takes longer than five seconds. */
    async upToDate(github: Repository): Promise<boolean> {
      const repoId = github.ref.id;
      const running =
        filling.get(repoId) ??
        fill(github)
          .catch(failed)
          .finally(() => filling.delete(repoId));
      filling.set(repoId, running);
      const patience = new AbortController();
      const late = after(patienceMs, undefined, { signal: patience.signal, ref: false }).catch(() => {});
      await Promise.race([running, late]);
      patience.abort();
      return (await index.filledUntil(repoId)) !== undefined;
    },
  };
}

/** What the index has that shares words with the issue, most alike first. */
export async function alike(
  index: IssueIndex,
  repoId: number,
  issue: IssueWords & { number: number },
): Promise<(FoundIssue & { similarity: number })[]> {
  const terms = searchTerms(issue);
  const found = await index.search(repoId, { terms, except: issue.number, limit: candidates });
  const scores = similarities(issue, found);
  return found
    .map((each, at) => ({ ...each, similarity: scores[at]! }))
    .sort((a, b) => b.similarity - a.similarity || b.number - a.number);
}

/** Those that a person has to compare, as GitHub has them now: the index may remember what was deleted since. */
export async function suspects(
  found: readonly (FoundIssue & { similarity: number })[],
  issue: number,
  ports: { github: Repository; index: IssueIndex },
): Promise<SimilarIssue[]> {
  const over = found.filter(
    (each) =>
      each.similarity >= suspectedFrom &&
      // A pull request that was given up is no work that exists, and one for this very issue is open work.
      !(each.kind === 'pull-request' && (each.state === 'closed' || closes(each, issue))),
  );
  const there: SimilarIssue[] = [];
  for (const { number, kind, similarity, state } of over.slice(0, named)) {
    try {
      const now = await ports.github.issue(number);
      const current = state === 'merged' ? state : now.state;
      there.push({ number, kind, state: current, title: now.title, similarity });
    } catch (error) {
      if (!isMissing(error)) throw error;
      await ports.index.remove(ports.github.ref.id, number);
    }
  }
  return there;
}

/** Does a text say that it closes the issue, in GitHub's words? */
export function closes({ title, body }: IssueWords, issue: number): boolean {
  const words = new RegExp(`\\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\\s+#${issue}\\b`, 'i');
  return words.test(title) || words.test(body);
}
