import { GitHubError } from '../github/github-error.ts';
import type { Repository } from '../github/types.ts';
import type { Phase, RunIdentity } from '../phases/phase.ts';
import { ServerStops } from '../roles/role-error.ts';
import { decideFrom, nextTimer, type Timer, type WaitReason } from '../run/decide.ts';
import { type Fact, phaseNames, type Said, type Saw, type Seen } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import type { History } from '../run/history.ts';
import { deriveState, isTerminal } from '../run/state.ts';
import type { Container } from '../sandbox/sandbox.ts';
import type { NewRun, RunRow } from '../store/store.ts';
import type { ProgressEvent } from '../text/progress.ts';
import { createWorks } from './at-work.ts';
import type { Clock } from './clock.ts';
import { closeDuplicate } from './closing.ts';
import type { ContextPorts } from './context.ts';
import type { Publisher } from './publisher.ts';
import { createQueue } from './queue.ts';
import { type PhaseRun, runPhase } from './run-phase.ts';
import { createSlots } from './slots.ts';

/** The engine's log: as much of pino as it needs. */
export interface EngineLog {
  info(fields: object, words: string): void;
  warn(fields: object, words: string): void;
  error(fields: object, words: string): void;
}

export interface EnginePorts extends ContextPorts {
  phases: readonly Phase[];
  /** @param signal ends waiting for GitHub's limits */
  github(run: RunRow, signal?: AbortSignal): Repository;
  publisher: Publisher;
  /** Why the operator lets nothing go on now, in words for people; asked before each phase. */
  hold(): Promise<string | undefined>;
  /** Tells whoever watches; must not throw. */
  watch(run: RunRow, event: ProgressEvent): void;
  /** A named place at which tests kill the process: `before:<phase>`, `after:<phase>`. */
  crashPoint(at: string): void;
  log: EngineLog;
  clock: Clock;
  /** A timer has run out: looks or asks, and says what came of it. */
  timer(run: RunRow, history: History, timer: Timer): Promise<Seen>;
  /** Runs at work at the same time. */
  concurrency: number;
}

export interface Engine {
  /** Starts a run and queues it, unless the issue has a live one already: then that one comes back. */
  start(start: NewRun & { title: string }): Promise<{ created: boolean; run: RunRow }>;
  /** A person's command becomes a fact; false when the run has ended meanwhile. */
  say(run: string, said: Omit<Said, 'fact' | 'at'>): Promise<boolean>;
  /** Something in the world becomes a fact; false when the run has ended meanwhile. */
  see(run: string, seen: Seen): Promise<boolean>;
  /** At boot, and when the clock was put forward: queues every run that has not ended, or whose last words may not have reached GitHub. */
  resume(): Promise<number>;
  /** What runs of a repository have at work begins anew: they are read from the store again. */
  beginAgain(repoId: number, why: string): Promise<void>;
  /** Something that runs of a repository wait for in preflight may be over: they look again. */
  lookAgain(repoId: number, reason: Extract<WaitReason, 'blocked' | 'queue'>, words: string): Promise<void>;
  /** Writes the comment of a run anew; false when there is no such run. */
  refresh(run: string): Promise<boolean>;
  /** Resolves when no run is at work. */
  idle(): Promise<void>;
  /** Stops phases that are at work, without a trace in their runs, and resolves when all is quiet. */
  close(): Promise<void>;
}

/** Runs that are looked at or go on at the same time; only those with a slot may ask a model or open a container. */
const most = 50;

/** Queue, loop and facts: the one place in which runs go forward. */
export function createEngine(ports: EnginePorts): Engine {
  const { store, publisher, log } = ports;
  const works = createWorks(ports.clock);
  const stopping = new AbortController();
  const queue = createQueue(work, most);
  const slots = createSlots(ports.concurrency);
  const leaving = new Set<Promise<void>>();
  const host = { ...ports, leave };

  function leave(container: Container): void {
    letGo(container.close(), { container: container.id });
  }

  /** In the background; the end of a run, and of the server, wait for it. */
  function letGo(removal: Promise<void>, of: object): void {
    const closing: Promise<void> = removal
      .catch((error) => log.warn({ err: error, ...of }, 'A container could not be removed'))
      .finally(() => leaving.delete(closing));
    leaving.add(closing);
  }

  async function work(id: string): Promise<void> {
    try {
      await advance(id);
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (error instanceof GitHubError && error.kind === 'rate-limited') {
        log.warn({ run: id, err: error.words }, 'GitHub asks for patience; the run goes on afterwards');
        return queue.enqueue(id, Math.max(error.retryAfterMs ?? 0, firstPauseMs));
      }
      log.error({ err: error, run: id }, 'A run could not go on; it is queued again');
      queue.enqueue(id, 30_000);
    }
  }

  /** Goes on until the run waits, ends, or was interrupted. */
  async function advance(id: string): Promise<void> {
    let slot: (() => void) | undefined;
    try {
      await advanceWith(id, async (signal) => {
        slot ??= await slots.take(signal);
      });
    } finally {
      slot?.();
      letGo(ports.sandbox.cool(id), { run: id });
    }
  }

  async function advanceWith(id: string, place: (signal: AbortSignal) => Promise<void>): Promise<void> {
    for (;;) {
      stopping.signal.throwIfAborted();
      const run = await store.run(id);
      const facts = await store.facts(id);
      // Its repository was taken from us, and with it everything that was known of it.
      if (!run || facts.length === 0) return;
      const history = readHistory(facts);
      const decision = decideFrom(history);
      if (decision.do === 'stop') return settle(run, facts);
      if (decision.do === 'wait') {
        ports.watch(run, { at: ports.clock.now(), kind: 'waiting', why: decision.words });
        await publisher.settle(run, facts);
        if (await timerIsDue(run, history)) continue;
        return;
      }
      const phase = ports.phases.find((each) => each.name === decision.phase);
      if (!phase) throw new Error(`there is no phase ${decision.phase}`);
      const held = await ports.hold();
      if (held !== undefined) {
        await append(id, [{ fact: 'saw', at: ports.clock.now(), what: 'operator', held }]);
        continue;
      }
      ports.crashPoint(`before:${phase.name}`);
      publisher.show(run, facts, { phase: phase.name, attempt: decision.attempt });
      const { controller, limitTime, finish } = works.begin(id, decision);
      // What was said meanwhile found nobody at work whom it could have stopped.
      if ((await store.run(id))?.length !== facts.length) {
        finish();
        continue;
      }
      let result: PhaseRun;
      try {
        // Preflight is over in seconds and asks nobody: it must not wait until a model has answered somebody else.
        const signal = AbortSignal.any([controller.signal, stopping.signal]);
        if (phase.name !== 'preflight') await place(signal);
        limitTime(history);
        result = await runPhase(host, {
          run: identityOf(run, history),
          phase,
          asked: decision,
          history,
          github: ports.github(run, signal),
          since: facts.at(-1)?.at ?? run.createdAt,
          progress: (event) => ports.watch(run, event),
          announce: (found) =>
            publisher.show(run, facts, { phase: phase.name, attempt: decision.attempt, found }),
          place: () => place(signal),
          signal,
        });
      } catch (error) {
        finish();
        if (controller.signal.aborted) continue;
        throw error;
      }
      if (result.defect) log.error({ err: result.defect, run: id, phase: phase.name }, 'A phase failed');
      // Who waits for what is delivered or merged waits until it is in the history.
      await append(id, result.facts, result.artifacts).finally(finish);
      ports.crashPoint(`after:${phase.name}`);
      const pause = pauseAfter(result.facts, history);
      if (pause > 0) return queue.enqueue(id, pause);
    }
  }

  async function lookAgain(repoId: number, reason: WaitReason, words: string): Promise<void> {
    const live = (await store.runsNotTerminal()).filter((run) => run.repoId === repoId);
    for (const run of live) {
      const decision = decideFrom(readHistory(await store.facts(run.id)));
      if (decision.do !== 'wait' || decision.reason !== reason) continue;
      await interrupt(run.id, { fact: 'saw', at: ports.clock.now(), what: 'change', words });
    }
  }

  /** What is waited for has a clock too; it is derived from the facts, so that it survives a restart. */
  async function timerIsDue(run: RunRow, history: History): Promise<boolean> {
    const timer = nextTimer(history);
    if (!timer) return false;
    const left = timer.at - ports.clock.now();
    if (left > 0) {
      queue.enqueue(run.id, left);
      return false;
    }
    const seen = await ports.timer(run, history, timer);
    return append(run.id, [{ fact: 'saw', at: ports.clock.now(), ...seen }]);
  }

  async function settle(run: RunRow, facts: readonly Fact[]): Promise<void> {
    letGo(ports.sandbox.cool(run.id), { run: run.id });
    await Promise.all(leaving);
    if (await publisher.isSettled(run)) return;
    const { outcome, words } = deriveState(facts);
    if (outcome === 'duplicate') await closeDuplicate(ports, run, facts);
    await publisher.settle(run, facts);
    await lookAgain(run.repoId, 'queue', `The run for #${run.issue} has ended.`);
    ports.watch(run, { at: ports.clock.now(), kind: 'ended', outcome: outcome ?? '', words });
  }

  /**
   * Adds facts behind whatever was added meanwhile. Facts made for heads that have moved on stay in the history and
   * change nothing (readHistory). Resolves to false when the run has ended: nothing is added then.
   */
  async function append(id: string, facts: Fact[], artifacts: PhaseRun['artifacts'] = []): Promise<boolean> {
    for (;;) {
      const before = await store.facts(id);
      if (isTerminal(deriveState(before).state)) return false;
      if (facts.some((fact) => isHeard(before, fact))) return true;
      const after = [...before, ...facts];
      const derived = { ...deriveState(after), ...deliveredAs(after) };
      const result = await store.append(id, { expected: before.length, facts, artifacts, derived });
      if (result.ok) {
        announce(id, before, after);
        return true;
      }
    }
  }

  /** The pull request of the run, kept as columns for queries. */
  function deliveredAs(facts: readonly Fact[]): { pullRequest?: number } {
    const seen = facts.findLast((fact) => fact.fact === 'made' && fact.kind === 'delivery');
    return seen?.fact === 'made' && seen.result.pullRequest ? { pullRequest: seen.result.pullRequest } : {};
  }

  function announce(id: string, before: readonly Fact[], after: readonly Fact[]): void {
    void store.run(id).then(
      (run) => {
        if (!run) return;
        const [was, is] = [readHistory(before).heads, readHistory(after).heads];
        for (const head of ['spec', 'tests', 'candidate', 'base'] as const) {
          if (is[head].round === was[head].round) continue;
          const because = is[head].because?.words ?? '';
          ports.watch(run, {
            at: ports.clock.now(),
            kind: 'head-advanced',
            head,
            round: is[head].round,
            because,
          });
        }
      },
      (error: unknown) => log.warn({ err: error, run: id }, 'Progress could not be told'),
    );
  }

  /** A fact from outside may make what is at work pointless: then it is stopped, and decided anew. */
  async function interrupt(id: string, fact: Said | Saw): Promise<boolean> {
    const busy = works.of(id);
    // A merge cannot be taken back: what comes in the middle of one counts for what is there afterwards. A review in
    // the middle of a delivery is about what is being delivered.
    await (fact.fact === 'saw' && fact.what === 'review' ? busy?.delivering : busy?.merging);
    if (!(await append(id, [fact]))) return false;
    const working = works.of(id);
    if (working) {
      const decision = decideFrom(readHistory(await store.facts(id)));
      if (JSON.stringify(decision) !== working.asked) working.controller.abort(new Error('decided anew'));
    }
    queue.enqueue(id);
    return true;
  }

  return {
    async start(start) {
      const started = await store.createRun(start);
      if (started.created) {
        const { id, owner, repo } = started.run;
        log.info({ run: id, issue: start.issue }, 'Run started');
        ports.watch(started.run, {
          at: ports.clock.now(),
          kind: 'run-started',
          run: id,
          repository: `${owner}/${repo}`,
          issue: { number: start.issue, title: start.title },
          sandbox: { kind: ports.sandbox.kind, words: ports.sandbox.describe },
        });
      }
      queue.enqueue(started.run.id);
      return started;
    },
    say: (run, said) => interrupt(run, { fact: 'said', at: ports.clock.now(), ...said }),
    see: (run, seen) => interrupt(run, { fact: 'saw', at: ports.clock.now(), ...seen } as Saw),
    async resume() {
      works.stopLate();
      const runs = [...(await store.runsNotTerminal()), ...(await publisher.unsettled())];
      for (const run of runs) queue.enqueue(run.id);
      return runs.length;
    },
    async beginAgain(repoId, why) {
      for (const run of await store.runsNotTerminal()) {
        if (run.repoId !== repoId) continue;
        await works.of(run.id)?.merging;
        works.of(run.id)?.controller.abort(new Error(why));
        queue.enqueue(run.id);
      }
    },
    async refresh(id) {
      const run = await store.run(id);
      if (!run) return false;
      // A run at work shows itself with its next step; one that waits is settled again.
      if (!works.of(id)) queue.enqueue(id);
      return true;
    },
    lookAgain,
    idle: () => queue.idle(),
    async close() {
      stopping.abort(new ServerStops('the server stops'));
      await queue.close();
      await Promise.all(leaving);
      await publisher.close();
    },
  };
}

/** What a webhook told and a refresh finds as well, at the same time even, counts once. */
function isHeard(history: readonly Fact[], fact: Fact): boolean {
  const source = 'source' in fact ? fact.source : undefined;
  return source !== undefined && history.some((each) => 'source' in each && each.source === source);
}

function identityOf(run: RunRow, history: History): RunIdentity {
  if (!run.branch || !history.heads.base.hash) throw new Error(`run ${run.id} has no branch or no base`);
  return {
    id: run.id,
    owner: run.owner,
    repo: run.repo,
    issue: run.issue,
    branch: run.branch,
    base: history.heads.base.hash,
    baseBranch: history.policy.baseBranch,
    byLabel: history.asked.by === 'label',
  };
}

const firstPauseMs = 2_000;
const longestPauseMs = 60_000;

/** After a fault of the world it is not tried again at once: rate limits and restarts take their time. */
function pauseAfter(facts: readonly Fact[], before: History): number {
  const [fact] = facts;
  if (fact?.fact !== 'failed' || fact.blame !== 'fault') return 0;
  const faults = before.spent.faults[fact.phase] ?? 0;
  return Math.min(longestPauseMs, firstPauseMs * 4 ** faults);
}

/** For the composition root: every phase must be there, once, in order. */
export function requirePhases(phases: readonly Phase[]): readonly Phase[] {
  const names = phases.map((phase) => phase.name).join();
  if (names !== phaseNames.join()) throw new Error(`phases are ${names}, expected ${phaseNames.join()}`);
  return phases;
}
