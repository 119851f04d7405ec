import type { FrozenIssue, Patch, PostMortem, Preflight, ReviewVerdict } from '../run/artifacts.ts';
import type { WaitReason } from '../run/decide.ts';
import type { Cause, Cost, PhaseName, Route } from '../run/facts.ts';
import type { Outcome } from '../run/history.ts';
import type { RunState } from '../run/state.ts';
import type { ScoreTable } from './score-table.ts';

/**
 * Everything that the texts of a run are written from, as plain data: made by `viewOf` (view-of.ts) from facts and
 * artifacts. Strings in here may come from anybody; src/text/markdown.ts makes them harmless. Times are milliseconds
 * since the epoch, durations milliseconds.
 */
export interface RunView {
  run: string;
  repository: { owner: string; name: string; url: string };
  issue: FrozenIssue;
  state: RunState;
  outcome: Outcome | null;
  /** Why it waits or stopped; empty while it runs. */
  words: string;
  wait: WaitReason | null;
  /** What is being worked on; null while it waits and after the end. `merge` is after the ten phases. */
  doing: { phase: PhaseName; merge: boolean } | null;
  startedAt: number;
  cost: Cost;
  budgetUsd: number;
  quote: Quote | null;
  feasibility: Preflight['feasibility'];
  /** What may ask for the same, most alike first. */
  similar: Preflight['similar'];
  /** What people should know although it stops nothing. */
  warnings: string[];
  phases: PhaseView[];
  candidates: CandidateView[];
  /** Only after the rounds of the spec were used up. */
  postMortem: PostMortem | null;
  questions: string[];
  contracts: ContractView[];
  /** What the acceptance evidence is bound to; null before there is any. */
  proof: ProofView | null;
  suite: SuiteView | null;
  /** What a person types to install, test and check this repository. */
  commands: string[];
  score: ScoreTable | null;
  review: ReviewVerdict | null;
  patch: Patch | null;
  /** What the evidence shows to be missing. */
  notDone: string[];
  branch: string;
  /** The commit that was pushed; null before there is one. */
  head: string | null;
  pullRequest: { number: number; url: string } | null;
  links: { label: string; url: string }[];
}

/** What a run is expected to take: from this repository's history, with a range. */
export interface Quote {
  usd: { low: number; high: number };
  minutes: { low: number; high: number };
  /** Runs of this repository that it rests on; 0: a guess. */
  runs: number;
}

export interface PhaseView {
  name: PhaseName;
  /** `redo`: there was evidence, and the heads have moved on since. `error`: the last attempt ended without any. */
  status: 'waiting' | 'running' | 'passed' | 'failed' | 'error' | 'redo' | 'not-reached';
  attempts: number;
  cost: Cost;
  /** Of the newest attempt. */
  startedAt: number | null;
  endedAt: number | null;
  /** Why there was another attempt, in order; `what` is ours, `words` may be anybody's. */
  again: { what: string; words: string }[];
  /** What the newest attempt came to, when it did not pass. */
  words: string;
}

/** One candidate patch and what became of it. */
export interface CandidateView {
  round: number;
  model: string;
  /** Why there had to be another one; null for the one that stands. */
  replacedFor: Cause | null;
  /** Only the newest can have one. */
  route: Route | null;
}

export interface ContractView {
  id: string;
  title: string;
  kind: 'new' | 'keep';
  tests: string[];
  /** Tests that behaved on the base as the kind asks; null while not known. */
  onBase: number | null;
  /** Fresh runs in which all tests of the contract passed; null while not known. */
  greenRuns: number | null;
  /** Tests of which a copy with a wrong expectation passed: they prove nothing. */
  twinsSurvived: string[] | null;
  proven: boolean | null;
  /** Why it is not proven. */
  reason: string | null;
}

export interface ProofView {
  tree: string;
  image: string;
  /** Fresh runs that had to agree. */
  runs: number;
  mode: 'data' | 'in-process';
  twins: { killed: number; total: number };
  tampering: string[];
}

export interface SuiteView {
  /** `ok` null: neither for nor against the candidate. */
  checks: { name: string; command: string; ok: boolean | null; words: string }[];
  regressions: { id: string; now: string; message: string }[];
  findings: FindingView[];
  newDependencies: string[];
}

/** Something that a program found in the added lines. */
export interface FindingView {
  rule: string;
  path: string;
  line: number | null;
  words: string;
  level: 'warning' | 'failure';
}
