import type { CoveredRepository, FailedDelivery, Installation } from '../github/app.ts';
import type { News, Versions } from '../github/news.ts';
import { readHistory } from '../run/heads.ts';
import type { RunRow, Store } from '../store/store.ts';
import { labelAgain } from '../text/label.ts';
import { formatMarker } from '../text/markers.ts';
import { createAttempt } from './attempt.ts';
import { commentOnce } from './comment-once.ts';
import { identityOf } from './event.ts';
import { type EventPorts, permission } from './event-ports.ts';
import type { Intake } from './intake.ts';
import { parseEvent } from './parse-event.ts';
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
/** So long is tried again what failed in a way that should pass. */
const triedForMs = 24 * 60 * 60_000;

/** What of a repository could not be acted on yet, and until when GitHub has been asked all the same. */
interface Left {
  news: ReadonlyMap<string, { each: News; toldAt: number }>;
  until: number;
}

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
  const left = new Map<number, Left>();
  const troubled = new Set<number>();
  const attempt = createAttempt(log);
  /** From when on a repository is heard from that was never looked at: this life's beginning, later when it is first seen. */
  let begun: number | undefined = ports.now();

  async function offerFailed(failed: NonNullable<RefreshPorts['failed']>): Promise<void> {
    const startedAt = ports.now();
    const since = (await store.heard.until('deliveries')) ?? begun ?? startedAt;
    let isLeft = false;
    for (const delivery of await failed.since(since - overlapMs)) {
      const { id, name } = delivery;
      const outcome = await attempt({ delivery: id, name }, async () => {
        if ((await store.deliveries.payload(id)) !== undefined) return;
        await intake.offer({ id, name, payload: await failed.payload(delivery) });
        log.info({ id, name }, 'A webhook that had failed was fetched');
      });
      isLeft ||= outcome === 'again';
    }
    if (!isLeft) await store.heard.set('deliveries', startedAt);
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

  /** @param begunAt of the refresh: what GitHub could not deliver later than that has not been asked for */
  async function lookAt(
    repository: CoveredRepository,
    live: readonly RunRow[],
    begunAt: number,
  ): Promise<void> {
    const { id, defaultBranch, owner, name } = repository;
    const github = ports.repository(repository);
    const before = left.get(id);
    const since = before?.until ?? (await store.heard.until(`repo:${id}`)) ?? begun ?? begunAt;
    const told = await github.news({
      since: since - overlapMs,
      label: await labelOf(repository),
      defaultBranch,
      live: await Promise.all(live.map(liveRun)),
      versions: versions.get(id) ?? {},
    });
    const where = { repository: `${owner}/${name}` };
    const news = new Map(before?.news);
    for (const each of told.news) {
      const key = keyOf(each);
      news.set(key, { each, toldAt: news.get(key)?.toldAt ?? begunAt });
    }
    const again = new Map<string, { each: News; toldAt: number }>();
    for (const [key, { each, toldAt }] of news) {
      const outcome = await attempt({ ...where, news: key }, () => ports.act(each.name, each.payload));
      if (outcome === 'again' && begunAt - toldAt < triedForMs) again.set(key, { each, toldAt });
    }
    const late = told.changed.filter(({ at }) => at < begunAt - onItsWayMs);
    let isAsked = true;
    for (const changed of late) {
      const outcome = await attempt({ ...where, issue: changed.issue }, () => askAgain(repository, changed));
      isAsked &&= outcome !== 'again';
    }
    // How runs stand is told anew each time: what fails here is seen the next time.
    for (const { issue, state } of told.gone) {
      const run = live.find((each) => each.issue === issue);
      if (!run) continue;
      await attempt({ run: run.id }, async () => void (await engine.see(run.id, { what: 'issue', state })));
    }
    for (const run of live) {
      await attempt({ run: run.id }, async () => {
        const seen = await lookAtWait(run, store, github);
        if (seen) await engine.see(run.id, seen);
      });
    }
    // What was left for the next time has to be seen again then.
    if (isAsked && late.length === told.changed.length) versions.set(id, told.versions);
    left.set(id, { news: again, until: isAsked ? begunAt : since });
    // A new life knows nothing of what is left, and has to ask for it.
    if (!isAsked || again.size > 0) return;
    await store.heard.set(`repo:${id}`, begunAt);
    left.delete(id);
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
    await commentOnce(github, issue, marker, labelAgain(marker, by.login));
  }

  /** First those with a run, then the rest, those that were not looked at longest first. */
  function inTurn(covered: readonly CoveredRepository[], live: readonly RunRow[]): CoveredRepository[] {
    const busy = new Set(live.map((run) => run.repoId));
    const idle = covered
      .filter(({ id }) => !busy.has(id))
      .toSorted((a, b) => (lookedAt.get(a.id) ?? 0) - (lookedAt.get(b.id) ?? 0));
    return [...covered.filter(({ id }) => busy.has(id)), ...idle.slice(0, idleAtMost)];
  }

  /** Once for each time that it begins: a stranger's installation may be in trouble for months. */
  function reportTrouble({ id, trouble }: Installation): void {
    if (!trouble) troubled.delete(id);
    if (!trouble || troubled.has(id)) return;
    troubled.add(id);
    log.warn(
      { installation: id, err: trouble.words },
      'An installation cannot be asked for its repositories',
    );
  }

  return async function refresh(signal) {
    const begunAt = ports.now();
    intake.takeUp();
    const { failed } = ports;
    if (failed) await attempt({ what: 'failed webhooks' }, () => offerFailed(failed));
    const installations = await ports.installations();
    for (const each of installations) reportTrouble(each);
    await attempt({ what: 'installations' }, () => seeStanding(installations, ports, attempt));
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
      await attempt({ repository: `${owner}/${name}` }, () => lookAt(repository, here, begunAt));
    }
    begun = undefined;
  };
}

/** The same news told twice has the same. */
function keyOf({ name, payload }: News): string {
  const event = parseEvent(name, payload);
  return ('ignored' in event ? undefined : identityOf(event)) ?? JSON.stringify([name, payload]);
}
