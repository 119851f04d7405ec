import type { CoveredRepository, Installation } from '../github/app.ts';
import { GitHubError, type GitHubErrorKind } from '../github/github-error.ts';
import { readHistory } from '../run/heads.ts';
import type { RunRow, Store } from '../store/store.ts';
import type { Attempt } from './attempt.ts';
import type { EventPorts } from './event-ports.ts';

export interface StandingPorts extends Pick<EventPorts, 'engine' | 'moved' | 'repository'> {
  store: Pick<Store, 'repositories' | 'runsNotTerminal' | 'facts'>;
}

/** GitHub's answers where an installation, or a repository of it, is no more. */
const goneAnswers: readonly GitHubErrorKind[] = ['not-found', 'gone', 'unprocessable'];

/**
 * Where the app stands with the repositories that it knows: renamed, archived, suspended or taken away since it last
 * heard of them? What is kept of one that is gone is deleted only where GitHub says so itself (on-installation.ts): the
 * list is empty as well for an operator who has set the id of another app. Of what could not be asked nothing is known.
 */
export async function seeStanding(
  installations: readonly Installation[],
  ports: StandingPorts,
  attempt: Attempt,
): Promise<void> {
  const covered = new Map(installations.flatMap((each) => each.repositories.map((one) => [one.id, one])));
  const suspended = new Set(installations.flatMap((each) => (each.suspended ? [each.id] : [])));
  const unknown = new Set(installations.flatMap((each) => (each.trouble ? [each.id] : [])));
  for (const known of await ports.store.repositories()) {
    const now = covered.get(known.id);
    if (!now) continue;
    const { owner, name, installationId, id } = now;
    if (owner !== known.owner || name !== known.name || installationId !== known.installationId) {
      await attempt({ moved: `${owner}/${name}` }, () => ports.moved({ owner, name, installationId, id }));
    }
  }
  for (const run of await ports.store.runsNotTerminal()) {
    const now = covered.get(run.repoId);
    if (!now && unknown.has(run.installationId)) continue;
    await attempt({ run: run.id }, () => seeRun(run, now, suspended.has(run.installationId), ports));
  }
}

async function seeRun(
  run: RunRow,
  now: CoveredRepository | undefined,
  isSuspended: boolean,
  ports: StandingPorts,
): Promise<void> {
  if (!now && !isSuspended) return seeGone(run, ports);
  const known = readHistory(await ports.store.facts(run.id));
  if (known.suspended !== isSuspended) {
    await ports.engine.see(run.id, { what: 'app', state: isSuspended ? 'suspended' : 'active' });
  }
  if (now && known.archived !== now.archived) {
    await ports.engine.see(run.id, { what: 'repository', state: now.archived ? 'archived' : 'unarchived' });
  }
}

/** A list may be wrong for a moment; what ends a run is asked for by itself. */
async function seeGone(run: RunRow, { repository, engine }: StandingPorts): Promise<void> {
  const { owner, repo: name, repoId: id, installationId } = run;
  try {
    await repository({ owner, name, id, installationId }).about();
  } catch (error) {
    if (!(error instanceof GitHubError) || !goneAnswers.includes(error.kind)) throw error;
    await engine.see(run.id, { what: 'app', state: 'uninstalled' });
  }
}
