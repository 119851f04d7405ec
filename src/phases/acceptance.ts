import PQueue from 'p-queue';
import { changedLines, parseDiff } from '../gate/diff.ts';
import { type KillRate, killRate } from '../gate/mutation.ts';
import { type AcceptanceReport, proveContracts, runsNeeded, type TwinRun } from '../gate/proof.ts';
import { acceptanceSymptoms } from '../gate/symptoms.ts';
import type { TestReport } from '../gate/test-report.ts';
import type { Edit, Mirror } from '../git/types.ts';
import { hashOf } from '../run/artifacts.ts';
import type { Cause } from '../run/facts.ts';
import type { Mutant, TwinFile } from '../stacks/stack.ts';
import { openWorkplace, putText, runTests, type Workplace } from './container-run.ts';
import { type Known, type Phase, type PhaseContext, type PhaseOutcome, phase } from './phase.ts';
import { commitOfTree } from './scored-tree.ts';
import type { Source } from './source.ts';

type Reads = 'interface' | 'contracts' | 'tests' | 'patch';

/** Commands at the same time: more would only share the cores, and time limits would speak for the machine. */
const parallel = 2;
const mostMutants = 16;

/** The sealed tests on the candidate: three fresh runs, their twins, and mutants of the changed lines. No model. */
export const acceptance: Phase<Reads> = phase<Reads>({
  name: 'acceptance',
  reads: ['interface', 'contracts', 'tests', 'patch'],
  async run(context) {
    const bench = await openBench(context);
    await using gates = openGates(bench);
    const twins = await bench.source.stack.twins(bench.tests.body, bench.salt);
    const mutants = mutantsOf(bench);
    // Told to whoever asks for them.
    mutants.catch(() => undefined);
    const [twinRun, ...runs] = await Promise.all([
      runSealed(bench, await gates.at(0), 'twins', twins),
      ...Array.from({ length: runsNeeded }, async (_, index) =>
        runSealed(bench, await gates.at(index + 1), `run ${index + 1}`),
      ),
    ]);
    const twinRuns: TwinRun[] = [{ report: twinRun, twins: twins.twins }];
    const given = { sealed: bench.tests.body, contracts: bench.contracts.body, runs, twinRuns };
    const proof = proveContracts(given);
    if (proof.proven < proof.total || proof.tampering.length > 0) return red(bench, proof, runs);
    const mutation = await mutate(bench, gates, await mutants);
    const report = proveContracts({ ...given, mutation });
    return { made: [{ kind: 'acceptance', body: report, result: { pass: true } }], words: report.words };
  },
});

/** Everything that the runs of one candidate share. */
interface Bench {
  context: PhaseContext<Reads>;
  source: Source;
  shared: Known<'interface'>;
  contracts: Known<'contracts'>;
  tests: Known<'tests'>;
  patch: Known<'patch'>;
  /** The candidate with the base's own tests and configuration put back. */
  tree: string;
  salt: string;
  /** Commands wait for their turn here. */
  commands: PQueue;
}

async function openBench(context: PhaseContext<Reads>): Promise<Bench> {
  const [shared, contracts, tests, patch, source] = [
    await context.read('interface'),
    await context.read('contracts'),
    await context.read('tests'),
    await context.read('patch'),
    await context.source(),
  ];
  const tree = await restoredTree(source, patch);
  const salt = hashOf([context.run.id, patch.hash, tests.hash]);
  const commands = new PQueue({ concurrency: parallel });
  return { context, source, shared, contracts, tests, patch, tree, salt, commands };
}

/** A candidate may weaken neither tests nor their configuration: for this run they are the base's. */
async function restoredTree({ mirror, commit, stack }: Source, patch: Known<'patch'>): Promise<string> {
  const files = new Map((await mirror.listFiles(commit)).map((file) => [file.path, file]));
  const changed = patch.body.files.map(({ path }) => path);
  const isBase = (path: string) => files.has(path);
  const { put, remove } = stack.restore(
    changed.filter(isBase),
    changed.filter((path) => !isBase(path)),
  );
  const edits: Edit[] = remove.map((path) => ({ kind: 'delete', path }));
  for (const path of put) {
    const { size, mode } = files.get(path)!;
    const content = (await mirror.readFile(commit, path, size)) ?? Buffer.alloc(0);
    edits.push({ kind: 'write', path, content, executable: mode === '100755' });
  }
  if (edits.length === 0) return patch.body.tree;
  const base = await commitOfTree(mirror, patch.body.tree, patch.body.base);
  return (await mirror.applyEdits({ base, edits })).tree;
}

/** Fresh containers, one for each run and one for the twins; the mutants get them afterwards. */
interface Gates extends AsyncDisposable {
  readonly count: number;
  at(index: number): Promise<Workplace>;
}

function openGates(bench: Bench): Gates {
  const { context, source, tree, shared, tests, patch } = bench;
  const labels = ['twins', ...Array.from({ length: runsNeeded }, (_, index) => `run ${index + 1}`)];
  const opening = new PQueue({ concurrency: parallel });
  const gates = labels.map((label) =>
    opening.add(() => openWorkplace(context, source, tree, 'gate', label, [shared, tests, patch])),
  );
  for (const gate of gates) gate.catch(() => undefined);
  return {
    count: gates.length,
    at: (index) => gates[index]!,
    async [Symbol.asyncDispose]() {
      for (const gate of await Promise.allSettled(gates)) {
        if (gate.status === 'fulfilled') await gate.value[Symbol.asyncDispose]();
      }
    },
  };
}

async function runSealed(
  bench: Bench,
  workplace: Workplace,
  label: string,
  twins?: TwinFile,
): Promise<TestReport> {
  const { context, source, shared, tests, tree, salt, commands } = bench;
  const run = await source.stack.sealedRun({
    interface: shared.body,
    sealed: tests.body,
    places: workplace.places,
    salt: hashOf([salt, label]),
    ...(twins && { twins }),
  });
  const bound = { tree, image: context.image };
  return runTests(context, workplace, run, bound, (work) => commands.add(work));
}

/** Do the sealed tests notice small changes of the changed lines? null: there is no line that can be changed. */
async function mutate(bench: Bench, gates: Gates, mutants: readonly Mutant[]): Promise<KillRate | null> {
  const lanes = Array.from({ length: gates.count }, (_, lane) =>
    mutants.filter((_each, at) => at % gates.count === lane),
  );
  const runs = await Promise.all(
    lanes.map(async (lane, index) => runMutants(bench, await gates.at(index), lane)),
  );
  return killRate(
    runs.flat(),
    bench.tests.body.tests.map((test) => test.id),
  );
}

async function mutantsOf({ source, patch, tree, salt }: Bench): Promise<Mutant[]> {
  const { stack, mirror } = source;
  const changed = parseDiff(patch.body.diff).filter(
    (file) => file.change !== 'deleted' && !file.binary && stack.roleOf(file.path) === 'source',
  );
  const byFile: Mutant[][] = [];
  for (const file of changed) {
    const source = await wholeText(mirror, tree, file.path);
    if (source === undefined) continue;
    const given = {
      path: file.path,
      source,
      changedLines: changedLines(file),
      salt,
    };
    byFile.push(await stack.mutants({ ...given, max: mostMutants }));
  }
  // In turns, so that a file with many does not crowd out the others.
  const longest = Math.max(0, ...byFile.map((mutants) => mutants.length));
  const inTurns = Array.from({ length: longest }, (_, turn) =>
    byFile.flatMap((mutants) => mutants[turn] ?? []),
  );
  return inTurns.flat().slice(0, mostMutants);
}

/** A file of a candidate, however large: patch intake set the limit, and a large source is mutated like any other. */
async function wholeText(mirror: Mirror, tree: string, path: string): Promise<string | undefined> {
  const file = (await mirror.listFiles(tree)).find((each) => each.path === path);
  return file && (await mirror.readFile(tree, path, file.size))?.toString('utf8');
}

/**
 * Empties what the code under test can write, as its own user: a mark left in one run must not tell the next that it is
 * being looked at, and so make it fail on purpose.
 */
async function forget({ container, places }: Workplace): Promise<void> {
  if (!places.codeUser) return;
  const { uid, gid } = places.codeUser;
  const wipe = 'rm -rf /tmp/* /tmp/.[!.]* /dev/shm/* /dev/shm/.[!.]* 2>/dev/null; true';
  const as = ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  await container.exec({ argv: [...as, 'sh', '-c', wipe], user: 'root', leavesNothing: true });
}

/** One container for several: the code under test runs as a user that cannot write to the tree. */
async function runMutants(bench: Bench, workplace: Workplace, mutants: readonly Mutant[]) {
  const results: { mutant: Mutant; report: TestReport }[] = [];
  for (const [index, mutant] of mutants.entries()) {
    await forget(workplace);
    await putText(workplace, mutant.path, mutant.content);
    results.push({ mutant, report: await runSealed(bench, workplace, mutant.id) });
    const next = mutants[index + 1];
    if (!next || next.path === mutant.path) continue;
    const original = await wholeText(bench.source.mirror, bench.tree, mutant.path);
    await putText(workplace, mutant.path, original ?? '');
  }
  return results;
}

function red(bench: Bench, report: AcceptanceReport, runs: readonly TestReport[]): PhaseOutcome {
  const symptoms = acceptanceSymptoms({ sealed: bench.tests.body, runs });
  const allPassed = runs.every((run) => run.exitCode === 0);
  // Tests that hold for wrong expectations too are the test-writer's fault, not the builder's.
  const weak = allPassed && report.tampering.length === 0 && report.twins.survivors.length > 0;
  const cause: Cause = weak ? 'tests-voided' : 'acceptance-red';
  const words = weak
    ? `Weak tests: ${report.twins.survivors.join(', ')} pass with a wrong expectation.`
    : report.words;
  return {
    made: [
      { kind: 'symptoms', body: symptoms, result: { pass: true } },
      { kind: 'acceptance', body: report, result: { pass: false, cause, words } },
    ],
  };
}
