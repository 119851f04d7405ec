import type { Preflight } from '../run/artifacts.ts';
import type { Fact } from '../run/facts.ts';
import type { RunRow, Store } from '../store/store.ts';
import type { RunView } from '../text/view.ts';
import { artifactsShown, viewOf } from '../text/view-of.ts';

export interface ViewOptions {
  /** Is a phase at work right now? */
  atWork: boolean;
  /** A fact that is about to be recorded: texts that are written before it speak as if it were. */
  assumed?: Fact;
  /** What preflight has found, before it is a fact. */
  found?: Preflight | undefined;
}

/** Makes the view of a run that all texts are written from: facts plus the bodies of the artifacts that they show. */
export function runView(ports: { store: Pick<Store, 'artifact'>; webUrl: string }) {
  return async (
    run: RunRow,
    facts: readonly Fact[],
    options: ViewOptions = { atWork: false },
  ): Promise<RunView> => {
    const bodies = new Map<string, unknown>();
    for (const { kind, hash } of artifactsShown(facts)) {
      const artifact = await ports.store.artifact(hash, kind);
      if (artifact) bodies.set(hash, artifact.body);
    }
    return viewOf({
      run: { id: run.id, owner: run.owner, repo: run.repo, branch: run.branch ?? '' },
      url: `${ports.webUrl}/${run.owner}/${run.repo}`,
      facts: options.assumed ? [...facts, options.assumed] : facts,
      bodies,
      atWork: options.atWork,
      ...(options.found && { found: options.found }),
    });
  };
}
