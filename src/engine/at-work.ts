import type { Decision } from '../run/decide.ts';
import type { History } from '../run/history.ts';
import type { Clock } from './clock.ts';
import { OutOfTime } from './run-phase.ts';

/** A phase that is at work for a run. */
export interface AtWork {
  controller: AbortController;
  /** The decision that it works on. */
  asked: string;
  /** Resolves when the merge that is under way is over. */
  merging: Promise<void> | undefined;
  /** Resolves when the delivery, or the merge, that is under way is over. */
  delivering: Promise<void> | undefined;
  /** A phase may use what is left of the run's active time, and is stopped where it stands when that is over. */
  limitTime(history: History): void;
  /** Stops it if that time is over, and otherwise looks again when it will be. */
  stopIfLate(): void;
  /** It is over, and what came of it is in the history. */
  finish(): void;
}

export interface Works {
  begin(run: string, decision: Extract<Decision, { do: 'make' }>): AtWork;
  of(run: string): AtWork | undefined;
  /** Stops what is late; for a clock that was put forward. */
  stopLate(): void;
}

/** Node fires at once beyond this. */
const longestTimerMs = 2 ** 31 - 1;

/** What is at work, at most one phase for each run. */
export function createWorks(clock: Clock): Works {
  const works = new Map<string, AtWork>();

  return {
    begin(run, decision) {
      const done = Promise.withResolvers<void>();
      const delivering = decision.phase === 'deliver' ? done.promise : undefined;
      const controller = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      /** What the phase had when it began, and when that is over by the engine's clock. */
      let limit: { leftMs: number; at: number } | undefined;
      const work: AtWork = {
        controller,
        asked: JSON.stringify(decision),
        merging: decision.kind === 'merge' ? done.promise : undefined,
        delivering,
        limitTime({ policy, cost }) {
          // What was proven is delivered, however long the proof took; preflight is seconds, and waits for its place.
          if (delivering || decision.phase === 'preflight') return;
          const leftMs = policy.budgets.activeMs - cost.ms;
          limit = { leftMs, at: clock.now() + leftMs };
          work.stopIfLate();
        },
        stopIfLate() {
          if (!limit) return;
          clearTimeout(timer);
          const leftMs = limit.at - clock.now();
          // Timers and clocks differ: one is set back now and then, the other has a longest time.
          if (leftMs <= 0) controller.abort(new OutOfTime(limit.leftMs));
          else timer = setTimeout(work.stopIfLate, Math.min(leftMs, longestTimerMs)).unref();
        },
        finish() {
          clearTimeout(timer);
          works.delete(run);
          done.resolve();
        },
      };
      works.set(run, work);
      return work;
    },
    of: (run) => works.get(run),
    stopLate() {
      for (const work of works.values()) work.stopIfLate();
    },
  };
}
