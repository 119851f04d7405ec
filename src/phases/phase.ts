import type { AcceptanceReport } from '../gate/proof.ts';
import type { RedProof } from '../gate/red-proof.ts';
import type { ScoreReport } from '../gate/score.ts';
import type { SuiteReport } from '../gate/suite.ts';
import type { Repository } from '../github/types.ts';
import type { RoleAnswer, RoleCall } from '../roles/role.ts';
import type {
  Contracts,
  Delivery,
  FrozenIssue,
  Hash,
  Interface,
  Merge,
  Patch,
  Plan,
  PostMortem,
  Preflight,
  ReviewVerdict,
  SealedTests,
  Spec,
  SpecReview,
  Symptoms,
} from '../run/artifacts.ts';
import type { Decision } from '../run/decide.ts';
import type { ArtifactKind, PhaseName, Policy, Result, Rounds, Seen } from '../run/facts.ts';
import { UserError } from '../run/user-error.ts';
import type { Container, ContainerSpec } from '../sandbox/sandbox.ts';
import type { ProgressEvent } from '../text/progress.ts';
import type { Effects } from './effects-port.ts';
import type { Source } from './source.ts';

/** The body of each artifact kind. */
export interface ArtifactBodies {
  issue: FrozenIssue;
  policy: Policy;
  preflight: Preflight;
  interface: Interface;
  contracts: Contracts;
  plan: Plan;
  spec: Spec;
  'spec-review': SpecReview;
  'post-mortem': PostMortem;
  tests: SealedTests;
  'red-proof': RedProof;
  patch: Patch;
  symptoms: Symptoms;
  acceptance: AcceptanceReport;
  suite: SuiteReport;
  review: ReviewVerdict;
  score: ScoreReport;
  delivery: Delivery;
  merge: Merge;
}

/** An artifact that a phase was allowed to read. */
export interface Known<K extends ArtifactKind = ArtifactKind> {
  kind: K;
  hash: Hash;
  /** The rounds of the heads that it was made for. */
  round: Rounds;
  body: ArtifactBodies[K];
}

/** What a phase made; the engine turns it into facts for the heads that the phase was asked for. */
export type Making = {
  [K in ArtifactKind]: { kind: K; body: ArtifactBodies[K]; result: Result };
}[ArtifactKind];

/** Artifacts in the order in which they become facts, or something that the world turned out to be. */
export type PhaseOutcome =
  | {
      made: Making[];
      /** What came of it, in a few words for whoever watches; red evidence has words of its own. */
      words?: string;
    }
  | { saw: Seen };

/**
 * All that a phase can reach. There is no way from here to an artifact of a kind that it did not declare, and every
 * model call and container is recorded with the hashes that it was given: isolation by construction.
 */
export interface PhaseContext<Reads extends ArtifactKind> {
  readonly run: RunIdentity;
  readonly asked: Extract<Decision, { do: 'make' }>;
  /** The newest artifact of a kind. Throws when there is none: decide asked for this phase too early. */
  read<K extends Reads>(kind: K): Promise<Known<K>>;
  /** Like read, but undefined when there is none. */
  find<K extends Reads>(kind: K): Promise<Known<K> | undefined>;
  /** The repository at the base head: files, stack, dependencies. */
  source(): Promise<Source>;
  /** Asks a model. Parts may show only artifacts that were read here; builders are checked for leaks. */
  call<T>(call: Omit<RoleCall<T>, 'run' | 'attempt' | 'guard'>, signal?: AbortSignal): Promise<RoleAnswer<T>>;
  /** Resolves when the run has one of the few places for work that a machine feels; every phase but preflight has it. */
  place(): Promise<void>;
  /** Shows people what preflight has found while it goes on; the artifact comes later. */
  announce(found: Preflight): void;
  /** Opens a container and records what goes into it: the artifacts named, the image, the network. */
  open(spec: Omit<ContainerSpec, 'labels'>, purpose: string, contents: readonly Known[]): Promise<Container>;
  /** Has up to `count` such containers opened ahead, for this phase or the next. */
  warm(spec: Omit<ContainerSpec, 'labels'>, count: number): void;
  /** Has a container removed; nobody waits for it but the end of the run. */
  leave(container: Container): void;
  readonly sandbox: { kind: 'docker' | 'process'; describe: string };
  /** Digest of the base image, for reports. */
  readonly image: string;
  readonly github: Repository;
  readonly effects: Effects;
  readonly policy: Policy;
  /** Tells whoever watches; changes nothing. */
  readonly progress: (event: DistributiveOmit<ProgressEvent, 'at'>) => void;
  /** Milliseconds since the epoch at which the newest fact was stored: the same after a crash. */
  readonly since: number;
  readonly signal: AbortSignal;
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface RunIdentity {
  id: string;
  owner: string;
  repo: string;
  issue: number;
  /** A label started it, and so its absence ends it. */
  byLabel: boolean;
  branch: string;
  /** Commit of the base head. */
  base: string;
  /** Name of the branch that the base head is the tip of. */
  baseBranch: string;
}

export interface Phase<Reads extends ArtifactKind = ArtifactKind> {
  readonly name: PhaseName;
  readonly reads: readonly Reads[];
  run(context: PhaseContext<Reads>): Promise<PhaseOutcome>;
}

/** Keeps the declared kinds in the type, so that reading another one does not compile. */
export function phase<Reads extends ArtifactKind>(definition: Phase<Reads>): Phase<Reads> {
  return definition;
}

/** A phase ended without an artifact, in words for people. `blame` decides whether it is tried again (judge.ts). */
export class PhaseFailure extends UserError {
  readonly blame: 'fault' | 'answer' | 'input';

  constructor(
    blame: 'fault' | 'answer' | 'input',
    message: string,
    options?: { next?: string; cause?: unknown },
  ) {
    super(message, options);
    this.blame = blame;
  }
}
