import { sharedShingles } from '../gate/shingles.ts';
import type { Repository } from '../github/types.ts';
import type { ArtifactBodies, Known, Phase, PhaseContext, RunIdentity } from '../phases/phase.ts';
import { PhaseFailure } from '../phases/phase.ts';
import { repositoryNotes } from '../phases/repository-notes.ts';
import { issueText } from '../phases/shown.ts';
import type { Source } from '../phases/source.ts';
import type { RoleCall, Roles } from '../roles/role.ts';
import { MoneyError, RoleError, StoppedError } from '../roles/role-error.ts';
import { canonicalJson, type FrozenIssue, type Hash, type SealedTests } from '../run/artifacts.ts';
import type { Decision } from '../run/decide.ts';
import type { ArtifactKind, Policy } from '../run/facts.ts';
import type { History } from '../run/history.ts';
import type { Container, Sandbox } from '../sandbox/sandbox.ts';
import type { Store } from '../store/store.ts';
import type { EffectsOf } from './effects.ts';

type Asked = Extract<Decision, { do: 'make' }>;
type Progress = PhaseContext<ArtifactKind>['progress'];

export interface ContextPorts {
  store: Store;
  effects: EffectsOf;
  roles: Roles;
  sandbox: Sandbox;
  source(run: RunIdentity, signal: AbortSignal): Promise<Source>;
}

/** What a context needs of the engine that opens it. */
export interface ContextHost extends ContextPorts {
  /** Closes a container in the background. */
  leave(container: Container): void;
}

export interface ContextRequest {
  run: RunIdentity;
  phase: Phase;
  asked: Asked;
  history: History;
  github: Repository;
  policy: Policy;
  since: number;
  progress: Progress;
  /** Shows what preflight has found, before it is a fact. */
  announce: PhaseContext<ArtifactKind>['announce'];
  place: PhaseContext<ArtifactKind>['place'];
  signal: AbortSignal;
}

/** A phase's context, and what it used: the hashes that it read, in order, and the dollars that it spent. */
export interface OpenContext {
  context: PhaseContext<ArtifactKind>;
  inputs(): Hash[];
  usd(): number;
}

/** Not the call's own limit but what the run has left was too little. */
export class RunMoneyError extends Error {
  constructor(cause: MoneyError) {
    super(cause.message, { cause });
  }
}

/**
 * Isolation by construction: the only ways out of a phase are here, and each writes down what it was given before
 * anything leaves. What a phase did not declare it cannot read; what it did not read it cannot show.
 */
export function openContext(ports: ContextHost, request: ContextRequest): OpenContext {
  const { run, phase, asked, history, signal, progress } = request;
  const inputs = new Set<Hash>();
  let usd = 0;

  async function find<K extends ArtifactKind>(kind: K): Promise<Known<K> | undefined> {
    if (!phase.reads.includes(kind)) {
      throw new Error(`phase ${phase.name} read ${kind}, which it does not declare`);
    }
    const made = history.newest[kind];
    const hash = kind === 'issue' ? history.heads.issue.hash : made?.hash;
    if (!hash) return undefined;
    const artifact = await ports.store.artifact(hash, kind);
    if (!artifact) throw new Error(`artifact ${kind} ${hash} is not in the store`);
    inputs.add(hash);
    return { kind, hash, round: made?.round ?? { issue: 1 }, body: artifact.body as ArtifactBodies[K] };
  }

  async function call<T>(
    given: Omit<RoleCall<T>, 'run' | 'attempt' | 'guard'>,
    stopping: AbortSignal = signal,
  ) {
    for (const part of given.parts) {
      if (part.from === 'words') continue;
      const unread = part.from.find((hash) => !inputs.has(hash));
      if (unread) throw new Error(`${given.role} was to see ${unread}, which ${phase.name} did not read`);
    }
    const secrets = given.role === 'builder' ? await sealedTexts() : undefined;
    const left = request.policy.budgets.usd + history.extraUsd - history.cost.usd - usd;
    const startedAt = Date.now();
    const exposed = [...new Set(given.parts.flatMap((part) => (part.from === 'words' ? [] : part.from)))];
    let assembledText = '';
    try {
      const answer = await ports.roles.call<T>(
        {
          ...given,
          run: run.id,
          attempt: `${phase.name} ${asked.attempt}`,
          limits: { ...given.limits, usd: Math.min(given.limits.usd, left) },
          guard: (assembled) => {
            assembledText = assembled;
            if (secrets) refuseLeaks(assembled, secrets);
          },
        },
        stopping,
      );
      usd += answer.cost.usd;
      progress({
        kind: 'role-called',
        phase: phase.name,
        role: given.role,
        model: answer.model,
        shown: await kindsOf(exposed, given),
        ms: Date.now() - startedAt,
      });
      return answer;
    } catch (error) {
      if (error instanceof RoleError) usd += error.cost.usd;
      if (error instanceof StoppedError) throw error.cause;
      if (error instanceof MoneyError && left < given.limits.usd) throw new RunMoneyError(error);
      throw error;
    } finally {
      // Calls that failed were shown something as well.
      await ports.store.provenance.record({
        run: run.id,
        phase: phase.name,
        kind: 'model',
        label: given.role,
        exposed,
        text: assembledText,
      });
    }
  }

  /** What a builder must never see: contracts and sealed tests of every round; and what it may know anyway. */
  async function sealedTexts(): Promise<{ secrets: string[]; exempt: string[] }> {
    const textOf = async (hash: Hash, kind: ArtifactKind) => {
      const artifact = await ports.store.artifact(hash, kind);
      if (!artifact) throw new Error(`artifact ${kind} ${hash} is not in the store`);
      // Of sealed tests the content is secret; the name of their file repeats the title of the issue.
      if (kind === 'tests') return (artifact.body as SealedTests).content;
      // The issue as the prompt has it: its number before its title is no secret.
      if (kind === 'issue') return `issue ${issueText(artifact.body as FrozenIssue)}`;
      return canonicalJson(artifact.body);
    };
    const all = await ports.store.facts(run.id);
    const made = all.filter((fact) => fact.fact === 'made');
    const every = (kind: ArtifactKind) =>
      Promise.all(made.filter((fact) => fact.kind === kind).map(({ hash }) => textOf(hash, kind)));
    const { hash: issue } = history.heads.issue;
    const { interface: shared } = history.newest;
    // The repository's own notes are in the base, where everybody can read them: asked of the base, not of the call.
    const notes = async () => (await repositoryNotes(await ports.source(run, signal))).text;
    const [contracts, tests, ...exempt] = await Promise.all([
      every('contracts'),
      every('tests'),
      notes(),
      ...(issue ? [textOf(issue, 'issue')] : []),
      ...(shared ? [textOf(shared.hash, 'interface')] : []),
    ]);
    // What people say is exempt, and recorded: they may quote a contract that the pull request shows.
    const said = all.flatMap((fact) =>
      fact.fact === 'said' || (fact.fact === 'saw' && fact.what === 'review') ? [fact.text] : [],
    );
    return { secrets: [...contracts, ...tests], exempt: [...exempt, ...said] };
  }

  async function kindsOf(hashes: Hash[], given: { tools: unknown[]; parts: { name: string }[] }) {
    const kinds = await Promise.all(hashes.map(async (hash) => (await ports.store.artifact(hash))?.kind));
    const words = given.parts.some((part) => part.name === 'harness_card') ? (['harness-card'] as const) : [];
    const tools = given.tools.length > 0 ? (['repository'] as const) : [];
    return [...(kinds.filter((kind) => kind !== undefined) as ArtifactKind[]), ...words, ...tools];
  }

  const context: PhaseContext<ArtifactKind> = {
    run,
    asked,
    find,
    async read(kind) {
      const known = await find(kind);
      if (!known) throw new Error(`phase ${phase.name} needs ${kind}, but there is none yet`);
      return known;
    },
    source: () => ports.source(run, signal),
    call,
    async open(spec, purpose, contents) {
      const labels = { run: run.id, phase: phase.name, purpose };
      const container = await ports.sandbox.open({ ...spec, labels }, signal);
      await ports.store.provenance.record({
        run: run.id,
        phase: phase.name,
        kind: 'container',
        label: `${purpose} ${container.id}`,
        exposed: contents.map((known) => known.hash),
        image: spec.environment?.digest ?? ports.sandbox.imageDigest,
        network: ports.sandbox.kind === 'docker' ? 'none' : 'host',
      });
      return container;
    },
    warm(spec, count) {
      ports.sandbox.warm({ ...spec, labels: { run: run.id, phase: phase.name, purpose: 'spare' } }, count);
    },
    leave: ports.leave,
    announce: request.announce,
    place: request.place,
    sandbox: { kind: ports.sandbox.kind, describe: ports.sandbox.describe },
    image: ports.sandbox.imageDigest,
    github: request.github,
    effects: ports.effects(
      run.id,
      (kind, id) => progress({ kind: 'effect', effect: kind, url: id.startsWith('http') ? id : null }),
      signal,
    ),
    policy: request.policy,
    progress,
    since: request.since,
    signal,
  };
  return { context, inputs: () => [...inputs], usd: () => usd };
}

function refuseLeaks(assembled: string, known: { secrets: string[]; exempt: string[] }): void {
  const leaks = sharedShingles({ text: assembled, ...known });
  if (leaks.length === 0) return;
  throw new PhaseFailure('input', 'Text for the builder repeated sealed text, so it was not sent.', {
    next: 'This is a defect of auto-build or of the plan; `/retry` writes a new spec.',
  });
}
