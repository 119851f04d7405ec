import type { Seen } from '../run/facts.ts';
import { type EventPorts, type Of, refOf } from './event-ports.ts';

/** The app was installed, suspended or taken off: runs hear of it, and what is not ours to keep any more is deleted. */
export async function onInstallation(
  event: Of<'installation-changed'> | Of<'installation-repositories'>,
  ports: EventPorts,
): Promise<void> {
  const { installationId } = event;
  if (event.type === 'installation-repositories') {
    const repoIds = event.removed.map(({ id }) => id);
    if (repoIds.length === 0) return;
    await tellRuns('uninstalled', installationId, ports, repoIds);
    return ports.purge({ installationId, repoIds });
  }
  switch (event.action) {
    case 'deleted':
      await tellRuns('uninstalled', installationId, ports);
      return ports.purge({ installationId });
    case 'suspend':
      return tellRuns('suspended', installationId, ports);
    case 'unsuspend':
      return tellRuns('active', installationId, ports);
    case 'created':
    case 'new_permissions_accepted':
      return;
  }
}

/** The repository goes by another name, can no longer be written to, or is no more. */
export async function onRepository(event: Of<'repository-changed'>, ports: EventPorts): Promise<void> {
  const { installationId, repo } = event;
  switch (event.action) {
    case 'renamed':
    case 'transferred':
      return ports.moved(refOf(event));
    case 'archived':
    case 'unarchived':
      return seeRepository(repo.id, { what: 'repository', state: event.action }, ports);
    case 'deleted':
      await tellRuns('uninstalled', installationId, ports, [repo.id]);
      return ports.purge({ installationId, repoIds: [repo.id] });
    case 'edited':
    case 'privatized':
    case 'publicized':
      return;
  }
}

async function seeRepository(repoId: number, seen: Seen, { store, engine }: EventPorts): Promise<void> {
  for (const run of await store.runsNotTerminal()) {
    if (run.repoId === repoId) await engine.see(run.id, seen);
  }
}

async function tellRuns(
  state: 'active' | 'suspended' | 'uninstalled',
  installationId: number,
  { store, engine }: EventPorts,
  repoIds?: readonly number[],
): Promise<void> {
  for (const run of await store.runsNotTerminal()) {
    if (run.installationId !== installationId || (repoIds && !repoIds.includes(run.repoId))) continue;
    await engine.see(run.id, { what: 'app', state });
  }
}
