import { z } from 'zod';
import type { Contract, Contracts, SealedTests } from '../run/artifacts.ts';
import { KillRate } from './mutation.ts';
import type { TestReport } from './test-report.ts';

const ContractProof = z.object({
  id: z.string(),
  kind: z.enum(['new', 'keep']),
  title: z.string(),
  proven: z.boolean(),
  /** `in-process`: code and tests shared a process, so the proof is weaker, labelled and capped. */
  mode: z.enum(['data', 'in-process']),
  tests: z.array(
    z.object({ id: z.string(), visibility: z.enum(['visible', 'silent']), passedRuns: z.int().min(0) }),
  ),
  /** Why it is not proven, for people. */
  reason: z.string().nullable(),
});

const RunSummary = z.object({
  of: z.enum(['tests', 'twins']),
  exitCode: z.int().nullable(),
  report: z.enum(['ok', 'missing', 'malformed']),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  durationMs: z.number(),
  tree: z.string(),
  image: z.string(),
  /** Why this run proves nothing; null when exit code, ids and report agree. */
  trouble: z.string().nullable(),
});

/** What the sealed tests showed about a candidate. Only programs write it. */
export const AcceptanceReport = z.object({
  contracts: z.array(ContractProof),
  proven: z.int().min(0),
  total: z.int().min(1),
  runs: z.array(RunSummary),
  twins: z.object({
    total: z.int().min(0),
    killed: z.int().min(0),
    /** Sealed tests with a twin that passed: weak tests, for the test-writer. */
    survivors: z.array(z.string()),
  }),
  /** Signs that somebody patched the runner or the assertions; empty is no acquittal. */
  tampering: z.array(z.string()),
  mutation: KillRate.nullable(),
  words: z.string(),
});
export type AcceptanceReport = z.infer<typeof AcceptanceReport>;

/** How many fresh runs must agree. */
export const runsNeeded = 3;

export interface TwinRun {
  report: TestReport;
  /** `of` is the sealed test, or `control` for the test of ours that always fails. */
  twins: readonly { name: string; of: string }[];
}

/**
 * A contract is proven when exit code, exact set of test ids, twins and a readable report all agree, three times.
 * Whatever is missing, late or unreadable proves nothing.
 */
export function proveContracts(given: {
  sealed: SealedTests;
  contracts: Contracts;
  runs: readonly TestReport[];
  twinRuns: readonly TwinRun[];
  mutation?: KillRate | null;
}): AcceptanceReport {
  const { sealed, runs, twinRuns } = given;
  const ids = sealed.tests.map((test) => test.id);
  const runTroubles = runs.map((run) => troubleOf(run, ids));
  const twinTroubles = twinRuns.map(troubleOfTwins);
  const fates = twinRuns.flatMap(({ report, twins }) =>
    twins.map((twin) => ({ ...twin, status: report.tests.find((test) => test.id === twin.name)?.status })),
  );
  const twins = fates.filter((twin) => twin.of !== 'control');
  const survivors = new Set(twins.filter((twin) => twin.status === 'passed').map((twin) => twin.of));
  const killed = new Set(twins.filter((twin) => twin.status === 'failed').map((twin) => twin.of));

  const wholeTrouble =
    runTroubles.find((trouble) => trouble !== null) ??
    (runs.length < runsNeeded ? `only ${runs.length} of ${runsNeeded} runs` : undefined) ??
    twinTroubles.find((trouble) => trouble !== null) ??
    (twinRuns.length === 0 ? 'no twins were run' : undefined) ??
    null;

  const proofs = given.contracts.contracts.map((contract) => {
    const tests = sealed.tests
      .filter((test) => test.contract === contract.id)
      .map(({ id, visibility }) => ({ id, visibility, passedRuns: passes(runs, id) }));
    const reason = wholeTrouble ?? reasonFor(contract, tests, runs.length, { survivors, killed });
    return { ...named(contract), proven: reason === null, mode: sealed.mode, tests, reason };
  });
  const proven = proofs.filter((proof) => proof.proven).length;
  const tampering = tamperingIn(twinRuns);
  return {
    contracts: proofs,
    proven,
    total: proofs.length,
    runs: [
      ...runs.map((run, index) => summaryOf('tests', run, runTroubles[index]!)),
      ...twinRuns.map(({ report }, index) => summaryOf('twins', report, twinTroubles[index]!)),
    ],
    twins: {
      total: twins.length,
      killed: twins.filter((twin) => twin.status === 'failed').length,
      survivors: [...survivors],
    },
    tampering,
    mutation: given.mutation ?? null,
    words:
      `${proven} of ${proofs.length} contracts proven in ${runs.length} fresh runs` +
      (sealed.mode === 'in-process' ? ', in the same process as the code' : '') +
      (wholeTrouble === null ? '' : `: ${wholeTrouble}`) +
      (tampering.length === 0 ? '' : `; tampering: ${tampering.join('; ')}`),
  };
}

const named = ({ id, kind, title }: Contract) => ({ id, kind, title });
const passes = (runs: readonly TestReport[], id: string) =>
  runs.filter((run) => run.tests.some((test) => test.id === id && test.status === 'passed')).length;

function reasonFor(
  contract: Contract,
  tests: readonly { id: string; passedRuns: number }[],
  runs: number,
  twins: { survivors: ReadonlySet<string>; killed: ReadonlySet<string> },
): string | null {
  if (tests.length === 0) return `no sealed test of ${contract.id}`;
  const red = tests.filter((test) => test.passedRuns < runs);
  if (red.length > 0) {
    return red.map(({ id, passedRuns }) => `${id} passed in ${passedRuns} of ${runs} runs`).join(', ');
  }
  const weak = tests.filter(({ id }) => twins.survivors.has(id));
  if (weak.length > 0) return `a twin of ${weak.map(({ id }) => id).join(', ')} passed: a weak test`;
  const bare = tests.filter(({ id }) => !twins.killed.has(id));
  return bare.length > 0 ? `no twin of ${bare.map(({ id }) => id).join(', ')} failed` : null;
}

/** What is wrong with the run as a whole, whatever its tests say. */
function broken(run: TestReport): string | null {
  if (run.timedOut) return 'the run did not end in its time';
  if (run.outOfMemory) return 'the run ran out of memory';
  if (run.report !== 'ok') return `the runner's report is ${run.report} (exit code ${run.exitCode})`;
  if (run.exitCode === null) return 'the runner was killed';
  return null;
}

function troubleOf(run: TestReport, ids: readonly string[]): string | null {
  const trouble = broken(run);
  if (trouble !== null) return trouble;
  const ran = run.tests.map((test) => test.id);
  const missing = ids.filter((id) => !ran.includes(id));
  const extra = ran.filter((id) => !ids.includes(id));
  if (missing.length > 0) return `sealed tests that did not run: ${missing.join(', ')}`;
  if (extra.length > 0) return `results of tests that are not sealed: ${extra.slice(0, 3).join(', ')}`;
  const allPassed = run.tests.every((test) => test.status === 'passed');
  const anyFailed = run.tests.some((test) => test.status === 'failed');
  if ((run.exitCode === 0 && anyFailed) || (run.exitCode !== 0 && allPassed)) {
    return `exit code ${run.exitCode} contradicts the report`;
  }
  return null;
}

function troubleOfTwins({ report, twins }: TwinRun): string | null {
  const trouble = broken(report);
  if (trouble !== null) return `twins: ${trouble}`;
  const missing = twins.filter((twin) => !report.tests.some((test) => test.id === twin.name));
  if (missing.length > 0) return `twins that did not run: ${missing.map((twin) => twin.of).join(', ')}`;
  if (report.exitCode === 0) return 'twins: exit code 0, although one test in them always fails';
  return null;
}

function tamperingIn(twinRuns: readonly TwinRun[]): string[] {
  return twinRuns.flatMap(({ report, twins }) => {
    const passed = (name: string) =>
      report.tests.some((test) => test.id === name && test.status === 'passed');
    const real = twins.filter((twin) => twin.of !== 'control');
    const signs: string[] = [];
    if (twins.some((twin) => twin.of === 'control' && passed(twin.name))) {
      signs.push('a test that always fails was reported as passed');
    }
    if (real.length > 1 && real.every((twin) => passed(twin.name))) {
      signs.push(`all ${real.length} tests with a wrong expectation passed`);
    }
    return signs;
  });
}

function summaryOf(
  of: 'tests' | 'twins',
  run: TestReport,
  trouble: string | null,
): z.infer<typeof RunSummary> {
  const count = (status: string) => run.tests.filter((test) => test.status === status).length;
  const { exitCode, report, durationMs, tree, image } = run;
  return {
    of,
    exitCode,
    report,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    durationMs,
    tree,
    image,
    trouble,
  };
}
