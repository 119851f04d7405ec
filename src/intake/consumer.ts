import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Deliveries, Delivery } from '../store/store.ts';
import { createBatcher } from './batch.ts';

/** As much of a pino logger as is needed here. */
export interface IntakeLog {
  debug(fields: object, words: string): void;
  info(fields: object, words: string): void;
  warn(fields: object, words: string): void;
  error(fields: object, words: string): void;
}

/** What probot's `receive` takes. */
export interface Received {
  id: string;
  name: string;
  payload: unknown;
}

export interface Consumer {
  start(): void;
  /** Something was stored. */
  wake(): void;
  /** Takes up what could not be read from the store before, or not be marked in it, unless something is in hand. */
  takeUp(): void;
  /** Resolves when all that is in hand is processed; what arrives meanwhile is not waited for. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Handlers at work at the same time, over all lanes. */
const concurrency = 8;
/** Every commit syncs the disk. A mark that is lost with the process costs a repetition, so marks wait for each other. */
const markWaitMs = 50;
/** What is stored moves on all the same while more and more arrives, but slowly. */
const whileAnsweringMs = 20;
/** Deliveries (without payloads) that are read at once, and that may wait in memory. */
const page = 200;
const maxWaiting = 5_000;

/**
 * Processes stored deliveries: those of one lane in order, lanes side by side. A failing one holds up its own lane
 * until it is given up; its words stay in the store. At least once: a crash between handler and mark repeats it.
 */
export function createConsumer(options: {
  deliveries: Deliveries;
  receive(delivery: Received): Promise<void>;
  log: Omit<IntakeLog, 'debug'>;
  retryWaits: readonly number[];
  /** Is GitHub waiting for an answer? */
  isAnswering?(): boolean;
}): Consumer {
  const { deliveries, receive, log, retryWaits } = options;
  const slots = new PQueue({ concurrency });
  const lanes = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const markProcessed = createBatcher(async (ids: string[]) => {
    await deliveries.markProcessed(ids);
    return ids;
  }, markWaitMs);
  const marks = new Set<Promise<void>>();
  let started = false;
  let position = 0;
  let waiting = 0;
  let pumping: Promise<void> | undefined;
  let wanted = false;

  function wake(): void {
    wanted = true;
    if (!started || pumping || stopping.signal.aborted) return;
    pumping = pump().finally(() => {
      pumping = undefined;
      // Woken after the last look, before this line.
      if (wanted && waiting < maxWaiting) wake();
    });
  }

  async function pump(): Promise<void> {
    while (wanted && waiting < maxWaiting && !stopping.signal.aborted) {
      wanted = false;
      try {
        const rows = await deliveries.take({ after: position, limit: page });
        for (const row of rows) enqueue(row);
        position = rows.at(-1)?.position ?? position;
        wanted ||= rows.length === page;
      } catch (error) {
        log.error({ err: error }, 'Stored webhooks could not be read; the next one tries again');
        return;
      }
    }
  }

  function enqueue(row: Delivery): void {
    waiting += 1;
    const tail = (lanes.get(row.lane) ?? Promise.resolve()).then(async () => {
      await process(row).catch((error) => reportUnmarked(row, error));
      waiting -= 1;
      if (lanes.get(row.lane) === tail) lanes.delete(row.lane);
      if (wanted) wake();
    });
    lanes.set(row.lane, tail);
  }

  async function process(row: Delivery): Promise<void> {
    for (let attempt = row.attempts; !stopping.signal.aborted; attempt += 1) {
      const outcome = await slots.add(() => attemptOnce(row));
      if (outcome === 'stopped') return;
      if (outcome === 'done') {
        mark(row);
        return;
      }
      const pause = retryWaits[attempt];
      const final = pause === undefined;
      log.error(
        { err: outcome, id: row.id, name: row.name, attempt: attempt + 1 },
        final ? 'A webhook was given up' : 'A webhook failed and is tried again',
      );
      await deliveries.markFailed(row.id, { error: wordsOf(outcome), final });
      if (final) return;
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  /** The next one of the lane does not wait for it. */
  function mark(row: Delivery): void {
    const marked = markProcessed(row.id)
      .then(
        () => {},
        (error) => reportUnmarked(row, error),
      )
      .finally(() => marks.delete(marked));
    marks.add(marked);
  }

  function reportUnmarked({ id }: Delivery, error: unknown): void {
    log.error({ err: error, id }, 'A webhook could not be marked in the store; it is processed once more');
  }

  async function attemptOnce({ id, name }: Delivery): Promise<'done' | 'stopped' | Error> {
    // Answers come first: GitHub waits for them, and for nothing that is done here.
    await (options.isAnswering?.() ? wait(whileAnsweringMs) : nextTurn());
    // It may have waited for its slot until after `close`.
    if (stopping.signal.aborted) return 'stopped';
    try {
      const payload = await deliveries.payload(id);
      if (payload !== undefined) await receive({ id, name, payload: JSON.parse(payload) });
      return 'done';
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  return {
    start() {
      started = true;
      wake();
    },
    wake,
    takeUp() {
      if (waiting + marks.size === 0) position = 0;
      wake();
    },
    async idle() {
      // Stored while the store was being read: the reading that comes next has it.
      await pumping;
      await pumping;
      await Promise.all(lanes.values());
      await Promise.all(marks);
    },
    async close() {
      stopping.abort();
      await pumping;
      await Promise.all(lanes.values());
      await Promise.all(marks);
    },
  };
}

function wordsOf(error: Error): string {
  return `${error.name}: ${error.message}`.slice(0, 2_000);
}
