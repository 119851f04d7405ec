import { setTimeout as sleep } from 'node:timers/promises';
import type { LifeEvent } from '../../src/offline/scenario/app-process.ts';
import type { ScenarioWorld } from '../../src/offline/scenario/run-scenario.ts';
import { isTerminal } from '../../src/run/state.ts';
import { turnsPaidTwice } from './world-of.ts';

/** One kill, and what the life after it did. Times are milliseconds from the start of that life. */
export interface Kill {
  /** The named place; undefined when the moment was random. */
  at: string | undefined;
  /** The start of the life that died to its death. */
  livedMs: number;
  listeningMs: number | undefined;
  /**
   * To the first new fact, effect or write at GitHub. Undefined when that life, too, was killed before; or there was
   * nothing left to do.
   */
  progressMs: number | undefined;
  /** The run had ended, and the issue said so. */
  nothingLeft: boolean;
  /** Turns of the model that were answered again before the next kill. */
  paidTwice: number;
}

/** What a life can add to: the facts and effects of the newest run, and writes at GitHub. */
interface Mark {
  words: string;
  /** The run has ended, and the issue says so. */
  over: boolean;
}

/** How often progress is looked for, ms: also what a measured time may be too long by. */
const lookMs = 20;

/** Follows the lives of the app, shoots those whose time has come, and measures what the next ones do. */
export class Lives {
  /** Named places in the order in which the lives came to them. */
  readonly places: string[] = [];
  readonly kills: Kill[] = [];
  readonly #afterMs: readonly number[];
  #world: ScenarioWorld | undefined;
  #begunAt = 0;
  #paidTwice = 0;
  /** What there was when the last life died. */
  #before: Promise<Mark> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param afterMs how long each life may take from its start, the first one from the label on; without it none is shot */
  constructor(afterMs: readonly number[] = []) {
    this.#afterMs = afterMs;
  }

  told(told: LifeEvent): void {
    const kill = this.kills.at(-1);
    switch (told.what) {
      case 'begun':
        this.#begunAt = performance.now();
        if (told.life > 0) this.#load(told.life);
        return;
      case 'listening':
        if (kill) kill.listeningMs = this.#age();
        return;
      case 'reached':
        this.places.push(told.place);
        return;
      case 'stopped':
        return;
      case 'killed':
        this.#died(told.at);
        return;
      default:
        told satisfies never;
    }
  }

  /** The clock of the first life begins: the run is about to be asked for. */
  labelled(): void {
    this.#load(0);
  }

  /** Begins to look; the promise of `stop` resolves when it has ended. */
  watch(world: ScenarioWorld): { stop(): Promise<void> } {
    this.#world = world;
    const stopping = new AbortController();
    const looking = this.#look(stopping.signal);
    return {
      stop: async () => {
        clearTimeout(this.#timer);
        stopping.abort();
        await looking;
        this.#account();
      },
    };
  }

  async #look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const kill = this.kills.at(-1);
      const before = await this.#before;
      if (kill && before) {
        const now = await this.#mark();
        if (now.words !== before.words && kill === this.kills.at(-1)) {
          kill.progressMs ??= this.#age();
          this.#before = undefined;
        }
      }
      await sleep(lookMs);
    }
  }

  #load(life: number): void {
    const ms = this.#afterMs[life];
    if (ms === undefined) return;
    this.#timer = setTimeout(async () => {
      const { over } = await this.#mark();
      if (!over) this.#world?.app.signal('SIGKILL');
    }, ms);
  }

  #died(at: string | undefined): void {
    clearTimeout(this.#timer);
    this.#account();
    const kill: Kill = {
      at,
      livedMs: this.#age(),
      listeningMs: undefined,
      progressMs: undefined,
      nothingLeft: false,
      paidTwice: 0,
    };
    this.kills.push(kill);
    this.#before = this.#mark().then((mark) => {
      kill.nothingLeft = mark.over;
      return mark;
    });
  }

  /** Turns that were answered again since the last kill are that kill's. */
  #account(): void {
    const kill = this.kills.at(-1);
    const paidTwice = this.#world ? turnsPaidTwice(this.#world) : 0;
    if (kill) kill.paidTwice = paidTwice - this.#paidTwice;
    this.#paidTwice = paidTwice;
  }

  async #mark(): Promise<Mark> {
    const { store, github } = this.#world!;
    const [run] = await store.runs({ limit: 1 });
    const effects = run ? await store.effects.list(run.id) : [];
    const writes = github
      .ledger()
      .filter(({ operation }) => operation !== 'apps/create-installation-access-token');
    const over = effects.some(({ key, state }) => key === `settled:${run?.length}` && state === 'done');
    return {
      words: JSON.stringify([
        run?.length,
        effects.map(({ key, state, attempts }) => [key, state, attempts]),
        writes.length,
      ]),
      over: over && run !== undefined && isTerminal(run.state),
    };
  }

  #age(): number {
    return Math.round(performance.now() - this.#begunAt);
  }
}
