import { FetchLostError } from '../git/unanswered.ts';
import { GitHubError } from '../github/github-error.ts';
import type { Repository } from '../github/types.ts';
import {
  type Making,
  type Phase,
  type PhaseContext,
  PhaseFailure,
  type RunIdentity,
} from '../phases/phase.ts';
import { AnswerError, BudgetError, ModelFaultError } from '../roles/role-error.ts';
import { type Hash, hashOf } from '../run/artifacts.ts';
import type { Decision } from '../run/decide.ts';
import type { ArtifactKind, Fact, Failed } from '../run/facts.ts';
import type { History } from '../run/history.ts';
import { UserError } from '../run/user-error.ts';
import type { ProgressEvent } from '../text/progress.ts';
import type { Clock } from './clock.ts';
import { type ContextHost, openContext, RunMoneyError } from './context.ts';

type Asked = Extract<Decision, { do: 'make' }>;

export interface PhaseRun {
  facts: Fact[];
  artifacts: { kind: string; body: unknown }[];
  /** Something that is no UserError: for the log, once, with its cause. */
  defect: unknown;
}

export interface PhaseRequest {
  run: RunIdentity;
  phase: Phase;
  asked: Asked;
  history: History;
  github: Repository;
  since: number;
  progress(event: ProgressEvent): void;
  announce: PhaseContext<ArtifactKind>['announce'];
  place: PhaseContext<ArtifactKind>['place'];
  signal: AbortSignal;
}

/**
 * Runs one phase and turns whatever comes of it into facts. Rejects only with the reason of the signal, and with a limit
 * of GitHub's: a phase that was stopped on purpose or put off before it cost anything leaves no fact.
 */
export async function runPhase(
  ports: ContextHost & { clock: Clock },
  request: PhaseRequest,
): Promise<PhaseRun> {
  const { phase, asked, history, progress, signal } = request;
  const startedAt = ports.clock.now();
  const stamped = (event: Parameters<Parameters<typeof openContext>[1]['progress']>[0]) =>
    progress({ at: ports.clock.now(), ...event } as ProgressEvent);
  let waitedMs = 0;
  /** Waiting for a place costs nobody's time. */
  const place = async () => {
    const from = ports.clock.now();
    await request.place();
    waitedMs += ports.clock.now() - from;
  };
  const spentMs = () => ports.clock.now() - startedAt - waitedMs;
  const { context, inputs, usd } = openContext(ports, {
    ...request,
    place,
    policy: history.policy,
    progress: stamped,
  });
  stamped({ kind: 'phase-started', phase: phase.name, attempt: asked.attempt });
  const ended = (result: 'pass' | 'fail' | 'error', words: string) => {
    const ms = spentMs();
    stamped({
      kind: 'phase-ended',
      phase: phase.name,
      attempt: asked.attempt,
      ms,
      usd: usd(),
      result,
      words,
    });
  };
  try {
    // What was finished is recorded, even if somebody asked to stop in the last moment: the world has it already.
    const outcome = await phase.run(context);
    if ('saw' in outcome) {
      ended('error', 'The world has moved.');
      return {
        facts: [{ fact: 'saw', at: ports.clock.now(), ...outcome.saw }],
        artifacts: [],
        defect: undefined,
      };
    }
    const cost = { ms: spentMs(), usd: usd() };
    const facts = outcome.made.map((making, index) =>
      madeFact(ports.clock.now(), asked, making, inputs(), index === 0 ? cost : { ms: 0, usd: 0 }),
    );
    const red = outcome.made.find((making) => !making.result.pass)?.result;
    ended(red ? 'fail' : 'pass', red && !red.pass ? red.words : (outcome.words ?? ''));
    return { facts, artifacts: outcome.made.map(({ kind, body }) => ({ kind, body })), defect: undefined };
  } catch (error) {
    const late = signal.aborted && signal.reason instanceof OutOfTime ? signal.reason : undefined;
    if (signal.aborted && usd() === 0 && !late) throw signal.reason;
    // Nothing is wrong with the phase: the same is asked for again when GitHub answers again.
    if (error instanceof GitHubError && error.kind === 'rate-limited' && usd() === 0) throw error;
    const { why, blame, defect } = signal.aborted ? stoppedOnPurpose : explain(error);
    ended('error', why);
    const cost = { ms: Math.max(spentMs(), late?.leftMs ?? 0), usd: usd() };
    const { kind, round } = asked;
    const failed: Failed = {
      fact: 'failed',
      at: ports.clock.now(),
      phase: phase.name,
      kind,
      round,
      inputs: inputs(),
      why,
      blame,
      cost,
    };
    return { facts: [failed], artifacts: [], defect };
  }
}

function madeFact(
  at: number,
  asked: Asked,
  making: Making,
  inputs: Hash[],
  cost: { ms: number; usd: number },
): Fact {
  return {
    fact: 'made',
    at,
    phase: asked.phase,
    kind: making.kind,
    round: asked.round,
    inputs,
    hash: hashOf(making.body),
    cost,
    result: making.result,
  };
}

/** The active time of a run was over in the middle of a phase: it counts, and there is none left. */
export class OutOfTime extends Error {
  /** Of the run, when the phase began. */
  readonly leftMs: number;

  constructor(leftMs: number) {
    super('the active time of the run is over');
    this.leftMs = leftMs;
  }
}

/** Money that was spent counts, although nothing came of it. */
const stoppedOnPurpose = { why: 'Stopped on purpose.', blame: 'stopped' as const, defect: undefined };

/** Words for people, whose turn it is, and what only the log should hold. */
function explain(error: unknown): { why: string; blame: Failed['blame']; defect: unknown } {
  const words = (user: UserError) => (user.next ? `${user.message} ${user.next}` : user.message);
  if (error instanceof PhaseFailure) return { why: words(error), blame: error.blame, defect: undefined };
  if (error instanceof RunMoneyError) {
    return { why: 'What the run had left did not pay for it.', blame: 'money', defect: undefined };
  }
  if (error instanceof AnswerError) return { why: words(error), blame: 'answer', defect: undefined };
  if (error instanceof ModelFaultError) return { why: words(error), blame: 'fault', defect: undefined };
  if (error instanceof BudgetError) return { why: words(error), blame: 'input', defect: undefined };
  if (error instanceof GitHubError) {
    const passes = error.kind === 'server' || error.kind === 'network' || error.kind === 'rate-limited';
    return { why: `GitHub: ${error.words}`, blame: passes ? 'fault' : 'input', defect: undefined };
  }
  if (error instanceof FetchLostError) return { why: words(error), blame: 'fault', defect: undefined };
  if (error instanceof UserError) return { why: words(error), blame: 'input', defect: undefined };
  const why = 'Something went wrong inside auto-build; the log of the server says what. It is tried again.';
  return { why, blame: 'fault', defect: error };
}
