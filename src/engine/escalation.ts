import ignore from 'ignore';
import type { Repository } from '../github/types.ts';
import { oneComment } from '../phases/one-comment.ts';
import type { Patch } from '../run/artifacts.ts';
import type { History } from '../run/history.ts';
import type { RunRow, Store } from '../store/store.ts';
import { escalationComment } from '../text/escalation.ts';
import { formatMarker } from '../text/markers.ts';
import type { EffectsOf } from './effects.ts';

/** Where GitHub looks for code owners, in its order. */
const ownersFiles = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/**
 * Asks people again, because nobody answered in time: those that the repository's file names, else the owners of the
 * paths that were touched. Nobody is chosen silently: where there is nobody to ask, the comment says so.
 */
export async function escalate(
  ports: { store: Store; effects: EffectsOf; github(run: RunRow): Repository },
  run: RunRow,
  history: History,
  head: string,
): Promise<void> {
  const github = ports.github(run);
  const effects = ports.effects(run.id);
  const people =
    history.policy.reviewers.length > 0
      ? { who: history.policy.reviewers, because: 'named in `.github/auto-build.yml`' }
      : { who: await ownersOf(ports.store, github, history), because: 'owners of the paths that it touches' };
  if (run.pullRequest !== undefined) {
    // One whom GitHub refuses is reached by the comment all the same.
    for (const name of people.who) await github.pullRequests.requestReviewer(run.pullRequest, name);
  }
  const on = run.pullRequest ?? run.issue;
  const marker = formatMarker({ kind: 'escalation', issue: run.issue, run: run.id, head });
  await effects.ensure({
    key: `escalation:${head}`,
    kind: 'comment',
    intent: { on, people: people.who },
    ...oneComment(github, on, marker, () => {
      const hours = history.policy.humanReviewMs / 3_600_000;
      return escalationComment({ marker, head, hours, people: people.who, because: people.because });
    }),
  });
}

/** Owners by CODEOWNERS at the base: for each path the last line that fits, as GitHub reads it. */
async function ownersOf(store: Store, github: Repository, history: History): Promise<string[]> {
  const patch = history.newest.patch && (await store.artifact(history.newest.patch.hash, 'patch'));
  const base = history.heads.base.hash;
  if (!patch || base === null) return [];
  for (const file of ownersFiles) {
    const text = await github.readFile(file, base);
    if (text !== undefined)
      return [...new Set((patch.body as Patch).files.flatMap(({ path }) => ownersIn(text, path)))];
  }
  return [];
}

export function ownersIn(codeowners: string, path: string): string[] {
  const lines = codeowners
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean)
    .map((line) => line.split(/\s+/));
  const last = lines.findLast(([pattern = '']) => ignore().add(pattern).ignores(path));
  return (last ?? []).slice(1).flatMap((owner) => (owner.startsWith('@') ? [owner.slice(1)] : []));
}
