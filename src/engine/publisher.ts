import { GitHubError, type GitHubErrorKind } from '../github/github-error.ts';
import type { Repository } from '../github/types.ts';
import type { Effects } from '../phases/effects-port.ts';
import { oneComment } from '../phases/one-comment.ts';
import type { Preflight } from '../run/artifacts.ts';
import type { Fact, PhaseName } from '../run/facts.ts';
import { isTerminal } from '../run/state.ts';
import type { RunRow, Store } from '../store/store.ts';
import { summaryCheck } from '../text/checks.ts';
import { formatMarker } from '../text/markers.ts';
import { issueReport } from '../text/report.ts';
import { stickyComment } from '../text/sticky.ts';
import type { RunView } from '../text/view.ts';
import type { EffectsOf } from './effects.ts';

/** What is at work right now; facts only know what is over. */
export interface AtWork {
  phase: PhaseName;
  attempt: number;
  /** What preflight has found so far. */
  found?: Preflight;
}

/** Keeps the one sticky comment of an issue true. */
export interface Publisher {
  /** Shows a run that goes on, soon: newer words replace older ones that were not written yet. Never throws. */
  show(run: RunRow, facts: readonly Fact[], now: AtWork): void;
  /** Shows a run that waits or has ended, and resolves when it is there. Throws GitHubError. */
  settle(run: RunRow, facts: readonly Fact[]): Promise<void>;
  /** Have the last words of a run that ended reached GitHub? */
  isSettled(run: RunRow): Promise<boolean>;
  /** All runs of which they have not, or may not have. */
  unsettled(): Promise<RunRow[]>;
  /** Resolves when nothing is being written. */
  close(): Promise<void>;
}

export interface PublisherPorts {
  store: Store;
  effects: EffectsOf;
  github(run: RunRow): Repository;
  view(run: RunRow, facts: readonly Fact[], now: AtWork | null): Promise<RunView>;
  warn(error: unknown, run: RunRow): void;
}

const finalRefusals: readonly GitHubErrorKind[] = ['forbidden', 'not-found', 'gone'];

/** Ledger key of the last words, followed by the number of facts that they speak of. */
const settled = 'settled';

interface Slot {
  next: (() => Promise<void>) | undefined;
  writing: Promise<void> | undefined;
  /** Ends the wait for room. */
  hurry: AbortController;
  /** The comment, once it is known to be there. */
  comment: number | undefined;
  /** The words that the comment has, and the check. */
  written: string | undefined;
  checked: string | undefined;
}

interface Saying {
  repository: Repository;
  effects: Effects;
  run: RunRow;
  /** The comment, where it is known. */
  known: number | undefined;
  /** The run has ended: what is there now stays. */
  isLast: boolean;
}

export function createPublisher(ports: PublisherPorts): Publisher {
  const slots = new Map<string, Slot>();
  const slotOf = (run: RunRow) => {
    const slot = slots.get(run.id) ?? {
      next: undefined,
      writing: undefined,
      hurry: new AbortController(),
      comment: undefined,
      written: undefined,
      checked: undefined,
    };
    slots.set(run.id, slot);
    return slot;
  };

  /** The first words at once, later ones when there is room for them: by then the newest. */
  async function drain(slot: Slot, run: RunRow): Promise<void> {
    while (slot.next) {
      if (slot.written !== undefined) {
        const { signal } = slot.hurry;
        const hasRoom = await ports
          .github(run)
          .roomForEdit(signal)
          .then(() => true)
          .catch(() => false);
        if (!hasRoom) return;
      }
      const next: Slot['next'] = slot.next;
      slot.next = undefined;
      await next?.().catch((error) => ports.warn(error, run));
    }
  }

  async function write(run: RunRow, facts: readonly Fact[], now: AtWork | null): Promise<void> {
    const repository = ports.github(run);
    const effects = ports.effects(run.id);
    await effects.ensure({
      key: 'eyes',
      kind: 'reaction',
      intent: { issue: run.issue, content: 'eyes' },
      act: async () => {
        await repository.reactions.add({ issue: run.issue }, 'eyes');
        return 'eyes';
      },
    });
    const view = await ports.view(run, facts, now);
    const body = stickyComment(view);
    await correctCheck(repository, run, view);
    if (now === null && view.state === 'failed') await report(repository, effects, run, view);
    const slot = slotOf(run);
    if (slot.written === body) return;
    const isLast = now === null && isTerminal(view.state);
    slot.comment = await say({ repository, effects, run, known: slot.comment, isLast }, body);
    slot.written = body;
  }

  /** The check of the delivered commit stays true after people or the world have moved on. */
  async function correctCheck(repository: Repository, run: RunRow, view: RunView): Promise<void> {
    const check = summaryCheck(view);
    const key = `check:${view.head}:${check.name}`;
    const known = (await ports.store.effects.list(run.id)).find((effect) => effect.key === key);
    if (view.head === null || known?.state !== 'done' || known.externalId === undefined) return;
    const slot = slotOf(run);
    const said = JSON.stringify(check);
    if (slot.checked === said) return;
    const request = { ...check, sha: view.head, externalId: `${run.id}:${check.name}` };
    await repository.checkRuns.update(Number(known.externalId), request);
    slot.checked = said;
  }

  /** For people who take over: what was done and what was not. Once per run. */
  async function report(repository: Repository, effects: Effects, run: RunRow, view: RunView): Promise<void> {
    const marker = formatMarker({ kind: 'report', issue: run.issue, run: run.id });
    await effects.ensure({
      key: 'report',
      kind: 'comment',
      intent: { issue: run.issue, marker },
      ...oneComment(repository, run.issue, marker, () => issueReport(view)),
    });
  }

  /** Resolves to the comment that has these words now. */
  async function say({ repository, effects, run, known, isLast }: Saying, body: string): Promise<number> {
    const marker = formatMarker({ kind: 'sticky', issue: run.issue });
    let made: string | undefined;
    const ensured = async (key: string) => {
      const one = oneComment(repository, run.issue, marker, () => body);
      const act = async () => {
        made = await one.act();
        return made;
      };
      const sticky = { ...one, act };
      return Number(
        await effects.ensure({ key, kind: 'comment', intent: { issue: run.issue, marker }, ...sticky }),
      );
    };
    let id = known ?? (await ensured('sticky'));
    // Two lives, or a list that lagged for longer than anybody looked, may have made two.
    if (isLast) id = (await repository.comments.keepOldest(run.issue, marker, id)) ?? id;
    for (;;) {
      if (made === `${id}`) return id;
      try {
        await repository.comments.update(id, body);
        return id;
      } catch (error) {
        if (!(error instanceof GitHubError) || error.kind !== 'not-found') throw error;
        // Somebody deleted it: then there is one new one.
        const next = await ensured(`sticky:after:${id}`);
        if (next === id) throw error;
        id = next;
      }
    }
  }

  return {
    show(run, facts, now) {
      const slot = slotOf(run);
      slot.next = () => write(run, facts, now);
      slot.writing ??= drain(slot, run).finally(() => {
        slot.writing = undefined;
      });
    },
    async settle(run, facts) {
      const slot = slotOf(run);
      slot.next = undefined;
      slot.hurry.abort();
      slot.hurry = new AbortController();
      await slot.writing;
      await write(run, facts, null).catch((error: unknown) => {
        // Nobody will ever be able to write there: a locked or deleted issue, an app without rights.
        if (!(error instanceof GitHubError) || !finalRefusals.includes(error.kind)) throw error;
        ports.warn(error, run);
      });
      await ports.store.effects.intend(run.id, `${settled}:${facts.length}`, settled, {});
      await ports.store.effects.done(run.id, `${settled}:${facts.length}`, run.state);
    },
    async isSettled(run) {
      const effects = await ports.store.effects.list(run.id);
      return effects.some((effect) => effect.key === `${settled}:${run.length}` && effect.state === 'done');
    },
    unsettled: () => ports.store.runsEndedWithout(settled),
    async close() {
      for (const slot of slots.values()) slot.hurry.abort();
      await Promise.all([...slots.values()].map((slot) => slot.writing));
    },
  };
}
