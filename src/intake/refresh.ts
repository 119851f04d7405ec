import { once } from '../engine/once.ts';
import type { CoveredRepository, FailedDelivery, Installation } from '../github/app.ts';
import type { Versions } from '../github/news.ts';
import { oneComment } from '../phases/one-comment.ts';
import { readHistory } from '../run/heads.ts';
import type { RunRow, Store } from '../store/store.ts';
import { labelAgain } from '../text/label.ts';
import { formatMarker } from '../text/markers.ts';
import { type EventPorts, permission } from './event-ports.ts';
import type { Intake } from './intake.ts';
import { type StandingPorts, seeStanding } from './standing.ts';
import { lookAtWait } from './waits.ts';

/** What a refresh needs of the rest of the program. */
export interface RefreshPorts extends Pick<EventPorts, 'engine' | 'repository' | 'moved' | 'now'> {
  store: StandingPorts['store'] & Pick<Store, 'heard' | 'latestRun' | 'artifact' | 'deliveries'>;
  intake: Pick<Intake, 'offer' | 'takeUp' | 'idle'>;
  installations(): Promise<Installation[]>;
  /** Is this repository worked for? */
  allowed(repository: CoveredRepository): boolean;
  /** The label that starts runs there. */
  label(repository: CoveredRepository): Promise<string>;
  /** What GitHub could not deliver; undefined where webhooks are not expected. */
  failed:
    | { since(at: number): Promise<FailedDelivery[]>; payload(of: FailedDelivery): Promise<object> }
    | undefined;
  /** Acts on what a webhook would have said. */
  act(name: string, payload: object): Promise<void>;
  log: { info(fields: object, words: string): void; warn(fields: object, words: string): void };
}

/** GitHub's clock and ours differ, and its lists lag: each look goes back a little. Nothing counts twice. */
const overlapMs = 5 * 60_000;
/** So long a webhook may be under way, or be listed as failed only later; it has the text as it was. */
const onItsWayMs = 60_000;
/** Repositories without a run that are looked at in one refresh; with more, those that were not looked at longest. */
const idleAtMost = 100;
/** An organisation's file may name another label without a push here. */
const labelForMs = 60 * 60_000;

/**
 * Webhooks are hints: they get lost, come late, or cannot come at all. This looks at the world and tells runs what has
 * become of it, the way a webhook would have: once at the start, then every few minutes, or every few seconds where no
 * webhook arrives. How far it has heard survives restarts; a repository that is seen for the first time is heard from then on, so that
 * nothing starts on what was labelled long ago.
 */
export function createRefresh(ports: RefreshPorts): (signal: AbortSignal) => Promise<void> {
  const { store, engine, intake, log } = ports;
  const versions = new Map<number, Versions>();
  const labels = new Map<number, { label: string; pushedAt: string; until: number }>();
  const lookedAt = new Map<number, number>();
  /** From when on a repository is heard from that was never looked at: this life's beginning, later when it is first seen. */
  let begun: number | undefined = ports.now();

  async function offerFailed(failed: NonNullable<RefreshPorts['failed']>): Promise<void> {
    const startedAt = ports.now();
    const since = (await store.heard.until('deliveries')) ?? begun ?? startedAt;
    for (const delivery of await failed.since(since - overlapMs)) {
      if ((await store.deliveries.payload(delivery.id)) !== undefined) continue;
      await intake.offer({ id: delivery.id, name: delivery.name, payload: await failed.payload(delivery) });
      log.info({ id: delivery.id, name: delivery.name }, 'A webhook that had failed was fetched');
    }
    await store.heard.set('deliveries', startedAt);
    // What it says of a label is the text as it was then: better than anything that can be asked for now.
    await intake.idle();
  }

  async function labelOf(repository: CoveredRepository): Promise<string> {
    const { id, pushedAt } = repository;
    const known = labels.get(id);
    if (known && known.pushedAt === pushedAt && known.until > ports.now()) return known.label;
    const label = await ports.label(repository);
    labels.set(id, { label, pushedAt, until: ports.now() + labelForMs });
    return label;
  }

  async function lookAt(repository: CoveredRepository, live: readonly RunRow[]): Promise<void> {
    const startedAt = ports.now();
    const { id, defaultBranch } = repository;
    const github = ports.repository(repository);
    const told = await github.news({
      since: ((await store.heard.until(`repo:${id}`)) ?? begun ?? startedAt) - overlapMs,
      label: await labelOf(repository),
      defaultBranch,
      live: await Promise.all(live.map(liveRun)),
      versions: versions.get(id) ?? {},
    });
    for (const { name, payload } of told.news) await ports.act(name, payload);
    for (const { issue, state } of told.gone) {
      const run = live.find((each) => each.issue === issue);
      if (run) await engine.see(run.id, { what: 'issue', state });
    }
    const late = told.changed.filter(({ at }) => at < startedAt - onItsWayMs);
    for (const changed of late) await askAgain(repository, changed);
    for (const run of live) {
      const seen = await lookAtWait(run, store, github);
      if (seen) await engine.see(run.id, seen);
    }
    // What was left for the next time has to be seen again then.
    if (late.length === told.changed.length) versions.set(id, told.versions);
    await store.heard.set(`repo:${id}`, startedAt);
  }

  async function liveRun({ id, issue, pullRequest }: RunRow) {
    const { asked, newest, foreignCommit } = readHistory(await store.facts(id));
    const head = foreignCommit ?? newest.delivery?.result.head;
    const pull = pullRequest === undefined || head === undefined ? undefined : { number: pullRequest, head };
    return { issue, askedAt: asked.at, pull };
  }

  /** The text that the label was put on is lost, and nobody with write access asked for the one that is there now. */
  async function askAgain(
    repository: CoveredRepository,
    {
      issue,
      at,
      by,
      author,
    }: { issue: number; at: number; by: { login: string; type: string }; author: string },
  ): Promise<void> {
    const latest = await store.latestRun(repository.id, issue);
    if (latest && readHistory(await store.facts(latest.id)).asked.at >= at) return;
    const github = ports.repository(repository);
    if (!(await permission('label', { ...by, id: 0 }, author, github)).allowed) return;
    const marker = formatMarker({ kind: 'label-again', issue, at });
    const { lagMs } = github;
    await once(
      oneComment(github, issue, marker, () => labelAgain(marker, by.login)),
      { lagMs },
    );
  }

  /** First those with a run, then the rest, those that were not looked at longest first. */
  function inTurn(covered: readonly CoveredRepository[], live: readonly RunRow[]): CoveredRepository[] {
    const busy = new Set(live.map((run) => run.repoId));
    const idle = covered
      .filter(({ id }) => !busy.has(id))
      .toSorted((a, b) => (lookedAt.get(a.id) ?? 0) - (lookedAt.get(b.id) ?? 0));
    return [...covered.filter(({ id }) => busy.has(id)), ...idle.slice(0, idleAtMost)];
  }

  /** One that cannot be looked at must not keep the others from it. */
  async function attempt(what: object, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      log.warn({ err: error, ...what }, 'GitHub could not be asked for what was missed; later again');
    }
  }

  return async function refresh(signal) {
    intake.takeUp();
    const { failed } = ports;
    if (failed) await attempt({ what: 'failed webhooks' }, () => offerFailed(failed));
    const installations = await ports.installations();
    await attempt({ what: 'installations' }, () => seeStanding(installations, ports));
    const covered = installations.flatMap(({ repositories }) => repositories).filter(ports.allowed);
    const live = await store.runsNotTerminal();
    for (const repository of inTurn(
      covered.filter(({ archived }) => !archived),
      live,
    )) {
      if (signal.aborted) return;
      const { id, owner, name } = repository;
      lookedAt.set(id, ports.now());
      const here = live.filter((run) => run.repoId === id);
      await attempt({ repository: `${owner}/${name}` }, () => lookAt(repository, here));
    }
    begun = undefined;
  };
}
