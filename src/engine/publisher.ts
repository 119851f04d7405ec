import { GitHubError, type GitHubErrorKind } from '../github/github-error.ts';
import type { Repository } from '../github/types.ts';
import type { Effects } from '../phases/effects-port.ts';
import type { Preflight } from '../run/artifacts.ts';
import type { Fact, PhaseName } from '../run/facts.ts';
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

interface Slot {
  next: (() => Promise<void>) | undefined;
  writing: Promise<void> | undefined;
  /** The words that the comment has, and the check. */
  written: string | undefined;
  checked: string | undefined;
}

export function createPublisher(ports: PublisherPorts): Publisher {
  const slots = new Map<string, Slot>();
  const slotOf = (run: RunRow) => {
    const slot = slots.get(run.id) ?? {
      next: undefined,
      writing: undefined,
      written: undefined,
      checked: undefined,
    };
    slots.set(run.id, slot);
    return slot;
  };

  async function drain(slot: Slot, run: RunRow): Promise<void> {
    for (let next = slot.next; next; next = slot.next) {
      slot.next = undefined;
      await next().catch((error) => ports.warn(error, run));
    }
  }

  async function write(run: RunRow, facts: readonly Fact[], now: AtWork | null): Promise<void> {
    const repository = ports.github(run);
    const effects = ports.effects(run.id);
    await effects.ensure({
      key: 'eyes',
      kind: 'reaction',
      intent: { issue: run.issue, content: 'eyes' },
      look: async () => undefined,
      act: async () => {
        await repository.reactions.add({ issue: run.issue }, 'eyes');
        return 'eyes';
      },
    });
    const view = await ports.view(run, facts, now);
    const marker = formatMarker({ kind: 'sticky', issue: run.issue });
    const body = stickyComment(view);
    await correctCheck(repository, run, view);
    if (now === null && view.state === 'failed') await report(repository, effects, run, view);
    const slot = slotOf(run);
    if (slot.written === body) return;
    const id = await effects.ensure({
      key: 'sticky',
      kind: 'comment',
      intent: { issue: run.issue, marker },
      look: async () => (await repository.comments.findByMarker(run.issue, marker))?.id.toString(),
      act: async () => (await repository.comments.create(run.issue, body)).id.toString(),
    });
    await update(repository, run, Number(id), marker, body);
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
      look: async () => (await repository.comments.findByMarker(run.issue, marker))?.id.toString(),
      act: async () => (await repository.comments.create(run.issue, issueReport(view))).id.toString(),
    });
  }

  /** Somebody may have deleted the comment: then there is one new one. */
  async function update(repository: Repository, run: RunRow, id: number, marker: string, body: string) {
    try {
      await repository.comments.update(id, body);
    } catch (error) {
      if (!(error instanceof GitHubError) || error.kind !== 'not-found') throw error;
      const there = await repository.comments.findByMarker(run.issue, marker);
      if (there) await repository.comments.update(there.id, body);
      else await repository.comments.create(run.issue, body);
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
      await slot.writing;
      await write(run, facts, null).catch((error: unknown) => {
        // Nobody will ever be able to write there: a locked or deleted issue, an app without rights.
        if (!(error instanceof GitHubError) || !finalRefusals.includes(error.kind)) throw error;
        ports.warn(error, run);
      });
      await ports.store.effects.intend(run.id, `settled:${facts.length}`, 'settled', {});
      await ports.store.effects.done(run.id, `settled:${facts.length}`, run.state);
    },
    async isSettled(run) {
      const effects = await ports.store.effects.list(run.id);
      return effects.some((effect) => effect.key === `settled:${run.length}` && effect.state === 'done');
    },
    async close() {
      await Promise.all([...slots.values()].map((slot) => slot.writing));
    },
  };
}
