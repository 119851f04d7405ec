import { ScoreReport } from '../gate/score.ts';
import {
  Contracts,
  FrozenIssue,
  type Hash,
  Patch,
  PostMortem,
  Preflight,
  ReviewVerdict,
  SealedTests,
  Spec,
} from '../run/artifacts.ts';
import { decideFrom } from '../run/decide.ts';
import type { ArtifactKind, Fact, Made } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import { evidenceFor, type History } from '../run/history.ts';
import { requirements } from '../run/requirements.ts';
import { deriveState } from '../run/state.ts';
import { contractViews, type Evidence, proofView } from './contract-views.ts';
import { advancesOf, candidateViews, phaseViews } from './phase-views.ts';
import { scoreTable } from './score-table.ts';
import { suiteView } from './suite-view.ts';
import type { RunView } from './view.ts';

export interface ViewInput {
  run: { id: string; owner: string; repo: string; branch: string };
  /** Of the repository, for people. */
  url: string;
  facts: readonly Fact[];
  /** Bodies of the artifacts that `artifactsShown` names. */
  bodies: ReadonlyMap<Hash, unknown>;
  /** Is a phase at work right now? Facts only know what is over. */
  atWork: boolean;
  /** The commit that is being delivered, before there is a fact of it. */
  head?: string;
  /** What preflight has found, before it is a fact. */
  found?: Preflight;
  links?: { label: string; url: string }[];
}

const shownKinds: ArtifactKind[] = [
  'preflight',
  'spec',
  'post-mortem',
  'contracts',
  'tests',
  'red-proof',
  'acceptance',
  'suite',
  'review',
  'score',
];

/** The artifacts that a view of these facts is made from. */
export function artifactsShown(facts: readonly Fact[]): { kind: ArtifactKind; hash: Hash }[] {
  const { heads, newest } = readHistory(facts);
  const issue = heads.issue.hash === null ? [] : [{ kind: 'issue' as const, hash: heads.issue.hash }];
  const patches = facts.filter((fact): fact is Made => fact.fact === 'made' && fact.kind === 'patch');
  const last = shownKinds.flatMap((kind) => newest[kind] ?? []);
  return [...issue, ...[...patches, ...last].map(({ kind, hash }) => ({ kind, hash }))];
}

/** What the texts of a run say, from its history alone: the same facts and bodies give the same view. */
export function viewOf(input: ViewInput): RunView {
  const { facts, run } = input;
  const history = readHistory(facts);
  const decision = decideFrom(history);
  const derived = deriveState(facts);
  const body = (hash: Hash): unknown => {
    const found = input.bodies.get(hash);
    if (found === undefined) throw new Error(`The view of run ${run.id} needs artifact ${hash}.`);
    return found;
  };
  const newest = (kind: ArtifactKind): unknown => {
    const made = history.newest[kind];
    return made && body(made.hash);
  };
  // A report on an older candidate says nothing about the one that stands.
  const current = (kind: ArtifactKind): unknown => {
    const made = currentEvidence(kind, history);
    return made && body(made.hash);
  };

  const advances = advancesOf(facts);
  const doing = decision.do === 'make' ? { phase: decision.phase, merge: decision.kind === 'merge' } : null;
  const patch = optional(Patch, current('patch'));
  const score = optional(ScoreReport, current('score'));
  const evidence: Evidence = {
    contracts: optional(Contracts, newest('contracts'))?.contracts ?? [],
    tests: optional(SealedTests, newest('tests')),
    redProof: current('red-proof'),
    acceptance: current('acceptance'),
  };
  const contracts = contractViews(evidence);
  const suite = current('suite');
  const preflight = optional(Preflight, newest('preflight')) ?? input.found;
  const delivered = history.newest.delivery?.result;
  return {
    run: run.id,
    repository: { owner: run.owner, name: run.repo, url: input.url },
    issue: FrozenIssue.parse(body(history.heads.issue.hash ?? '')),
    state: derived.state === 'created' && input.atWork ? 'running' : derived.state,
    outcome: derived.outcome,
    words: derived.words,
    wait: decision.do === 'wait' ? decision.reason : null,
    doing,
    startedAt: facts[0]?.at ?? 0,
    cost: history.cost,
    budgetUsd: history.policy.budgets.usd + history.extraUsd,
    quote: preflight?.quote ?? null,
    feasibility: preflight?.feasibility ?? null,
    similar: preflight?.similar ?? [],
    warnings: preflight?.warnings ?? [],
    phases: phaseViews({ facts, history, advances, doing, ended: derived.outcome !== null }),
    candidates: candidateViews({
      facts,
      advances,
      modelOf: (hash) => Patch.parse(body(hash)).model,
      route: score?.route ?? null,
    }),
    postMortem: optional(PostMortem, newest('post-mortem')) ?? null,
    questions: decision.do === 'wait' ? (optional(Spec, newest('spec'))?.openQuestions ?? []) : [],
    contracts,
    proof: proofView(evidence),
    suite: suite === undefined ? null : suiteView(suite, preflight?.commands.test ?? ''),
    commands: preflight ? Object.values(preflight.commands).filter((command) => command !== '') : [],
    score: score ? scoreTable(score.signals, score.score) : null,
    review: optional(ReviewVerdict, current('review')) ?? null,
    patch: patch ?? null,
    notDone: contracts
      .filter(({ proven }) => proven === false)
      .map(({ id, title, reason }) => `${id} ${title}${reason ? ` (${reason})` : ''}`),
    branch: run.branch,
    head: input.head ?? delivered?.head ?? null,
    pullRequest:
      delivered?.pullRequest === undefined
        ? null
        : { number: delivered.pullRequest, url: `${input.url}/pull/${delivered.pullRequest}` },
    links: input.links ?? [],
  };
}

function currentEvidence(kind: ArtifactKind, history: History): Made | undefined {
  const requirement = requirements.find((each) => each.kind === kind);
  return requirement && evidenceFor(requirement, history);
}

function optional<T>(schema: { parse(value: unknown): T }, value: unknown): T | undefined {
  return value === undefined ? undefined : schema.parse(value);
}
