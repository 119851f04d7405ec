import type { Repository } from '../github/types.ts';
import { oneComment } from '../phases/one-comment.ts';
import { type Hash, Preflight } from '../run/artifacts.ts';
import type { Fact } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import type { RunRow, Store } from '../store/store.ts';
import { duplicateComment } from '../text/duplicate.ts';
import { formatMarker } from '../text/markers.ts';
import type { EffectsOf } from './effects.ts';

/**
 * A person confirmed that the issue asks for what another one asks for: it is closed as its duplicate, with a comment
 * that links the two. Where the other is a pull request, or somebody is at work on this very issue, it stays open:
 * closing it is what that work does.
 */
export async function closeDuplicate(
  ports: { store: Pick<Store, 'artifact'>; effects: EffectsOf; github(run: RunRow): Repository },
  run: RunRow,
  facts: readonly Fact[],
): Promise<void> {
  const { preflight } = readHistory(facts).newest;
  const other = preflight && (await otherIssue(ports.store, preflight.hash));
  const said = facts.findLast((fact) => fact.fact === 'said' && fact.verb === 'reject');
  if (other === undefined || said?.fact !== 'said') return;
  const github = ports.github(run);
  const effects = ports.effects(run.id);
  const marker = formatMarker({ kind: 'duplicate', issue: run.issue, run: run.id });
  await effects.ensure({
    key: 'duplicate-comment',
    kind: 'comment',
    intent: { issue: run.issue, of: other },
    ...oneComment(github, run.issue, marker, () =>
      duplicateComment({ marker, of: other, by: said.who, reason: said.text }),
    ),
  });
  await effects.ensure({
    key: 'close',
    kind: 'close',
    intent: { issue: run.issue, reason: 'duplicate' },
    look: async () => ((await github.issue(run.issue)).state === 'closed' ? 'closed' : undefined),
    act: async () => {
      await github.closeIssue(run.issue, 'duplicate');
      return 'closed';
    },
  });
}

async function otherIssue(store: Pick<Store, 'artifact'>, hash: Hash): Promise<number | undefined> {
  const body = Preflight.parse((await store.artifact(hash, 'preflight'))?.body);
  const atWork = body.checks.some(({ name, ok }) => name === 'open-work' && !ok);
  const [first] = body.similar;
  return !atWork && first?.kind === 'issue' ? first.number : undefined;
}
