import type { CoveredRepository } from '../github/app.ts';
import type { News, NewsRequest } from '../github/news.ts';
import type { Store } from '../store/store.ts';

/** What polling needs of the rest of the program. */
export interface PollPorts {
  repositories(): Promise<CoveredRepository[]>;
  /** The label that starts runs there. */
  label(repository: CoveredRepository): Promise<string>;
  news(repository: CoveredRepository, request: Omit<NewsRequest, 'installationId'>): Promise<News[]>;
  offer(told: News): Promise<void>;
  store: Pick<Store, 'runsNotTerminal'> & { deliveries: Pick<Store['deliveries'], 'list'> };
  now(): number;
  log: { warn(fields: object, words: string): void };
}

/** GitHub's clock and ours differ, and its lists lag: each look goes back a little; what is known is not taken twice. */
const overlapMs = 5 * 60_000;

/**
 * Looks for news where webhooks cannot reach. The first look goes back to the last thing that was heard of, so that a
 * server that was away misses nothing, and one that is new does not start on what was labelled long ago.
 */
export function createPoll(ports: PollPorts): (signal: AbortSignal) => Promise<void> {
  const heardUntil = new Map<number, number>();
  let begun: number | undefined;

  return async function look(signal) {
    begun ??= (await ports.store.deliveries.list({ limit: 1 }))[0]?.receivedAt ?? ports.now();
    const live = await ports.store.runsNotTerminal();
    for (const repository of await ports.repositories()) {
      if (signal.aborted) return;
      if (repository.archived) continue;
      const startedAt = ports.now();
      try {
        const news = await ports.news(repository, {
          since: (heardUntil.get(repository.id) ?? begun) - overlapMs,
          label: await ports.label(repository),
          live: live.filter((run) => run.repoId === repository.id),
        });
        for (const told of news) await ports.offer(told);
        heardUntil.set(repository.id, startedAt);
      } catch (error) {
        const { owner, name } = repository;
        ports.log.warn(
          { err: error, repository: `${owner}/${name}` },
          'No news could be asked for; later again',
        );
      }
    }
  };
}
