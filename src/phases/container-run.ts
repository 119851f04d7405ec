import { randomUUID } from 'node:crypto';
import type { CheckResult, TestReport } from '../gate/test-report.ts';
import { endOfTar, writeMember } from '../git/tar-format.ts';
import type { ArtifactKind } from '../run/facts.ts';
import type { Container } from '../sandbox/sandbox.ts';
import type { Check, Places, Run, RunFile, RunOutput } from '../stacks/stack.ts';
import type { Known, PhaseContext } from './phase.ts';
import { commitOfTree } from './scored-tree.ts';
import type { Source } from './source.ts';

/** The user that the code under test runs as behind the proxy; `nobody` in every image. */
const codeUser = { uid: 65534, gid: 65534 };
/** The container's ordinary user: what is unpacked belongs to it. */
export const treeOwner = { uid: 1000, gid: 1000 };

/** The tree that was packed last, for each source: often it goes into several containers. */
const packed = new WeakMap<Source, { tree: string; tar: Promise<Buffer> }>();

function tarOf(source: Source, tree: string, signal: AbortSignal): Promise<Buffer> {
  const last = packed.get(source);
  if (last?.tree === tree) return last.tar;
  const tar = commitOfTree(source.mirror, tree, source.commit)
    .then((commit) => source.mirror.sourceTar(commit, signal))
    .then((result) => result.tar);
  packed.set(source, { tree, tar });
  tar.catch(() => packed.get(source)?.tar === tar && packed.delete(source));
  return tar;
}

/** A container that holds one tree, its dependencies and nothing else yet. */
export interface Workplace extends AsyncDisposable {
  container: Container;
  places: Places;
  tree: string;
}

/** A workplace that is being opened. */
export interface Ahead extends AsyncDisposable {
  /** Rejects when it could not be opened. */
  ready(): Promise<Workplace>;
}

/**
 * Opens a fresh container with a tree of the repository in it.
 * @param tree in the mirror
 * @param contents the artifacts that go into it now or later: recorded as what this container could read
 */
export async function openWorkplace(
  context: PhaseContext<ArtifactKind>,
  source: Source,
  tree: string,
  purpose: 'work' | 'gate',
  label: string,
  contents: readonly Known[],
): Promise<Workplace> {
  const tar = tarOf(source, tree, context.signal);
  // Told where it is needed.
  tar.catch(() => undefined);
  const environment = await source.environment(context.signal);
  const container = await context.open({ environment, purpose }, label, contents);
  try {
    await container.putTar(await tar, container.workdir);
    const places: Places = {
      work: container.workdir,
      gate: container.gatedir,
      modules: environment?.modules ?? null,
      scratch: `${container.tempdir}/${randomUUID()}`,
      codeUser: context.sandbox.kind === 'docker' && purpose === 'gate' ? codeUser : null,
    };
    return { container, places, tree, [Symbol.asyncDispose]: async () => context.leave(container) };
  } catch (error) {
    context.leave(container);
    throw error;
  }
}

/** Containers for the code of this repository, opened while a model thinks and everything else waits. */
export function warmGates(context: PhaseContext<ArtifactKind>, source: Source, count: number): void {
  source.environment(context.signal).then(
    (environment) => context.warm({ environment, purpose: 'gate' }, count),
    // Told by whoever needs it.
    () => undefined,
  );
}

/**
 * Opens a workplace while something else goes on (a model writes). It is closed with what it was opened for, whether
 * anybody asked for it or not.
 */
export function openAhead(...given: Parameters<typeof openWorkplace>): Ahead {
  const opening = openWorkplace(...given);
  // Told to whoever asks for it.
  opening.catch(() => undefined);
  return {
    ready: () => opening,
    [Symbol.asyncDispose]: () =>
      opening.then(
        (workplace) => workplace[Symbol.asyncDispose](),
        () => undefined,
      ),
  };
}

/**
 * Puts a run's files into the container, starts it and reads its result. Never rejects for a red run.
 * @param turn when the command may run; what is before and after it need not wait
 */
export async function runTests(
  context: PhaseContext<ArtifactKind>,
  { container, places }: Workplace,
  run: Run,
  bound: { tree: string; image: string },
  turn: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Promise<TestReport> {
  await putFiles(container, places, run.files);
  const output = await turn(() => execute(context, container, run));
  const report = run.report === null ? undefined : await readReport(container, run, context.signal);
  return { ...run.read({ ...output, report }), ...bound };
}

/** Which checks the repository has, before there is a container for them. */
export function checkNames({ stack }: Source): CheckResult['name'][] {
  const nowhere: Places = { work: '/w', gate: '/gate', modules: null, scratch: '/tmp', codeUser: null };
  return stack.checks(nowhere).map((check) => check.name);
}

/** Runs a command that only has an exit code. */
export async function runCheck(
  context: PhaseContext<ArtifactKind>,
  { container }: Workplace,
  check: Check,
): Promise<ReturnType<Check['read']>> {
  return check.read(await execute(context, container, check));
}

/** Writes one file of the tree, by its path relative to the root. */
export async function putText(
  { container, places }: Workplace,
  path: string,
  content: string,
): Promise<void> {
  await putFiles(container, places, [{ path: `${places.work}/${path}`, content, mode: 0o644 }]);
}

async function execute(
  context: PhaseContext<ArtifactKind>,
  container: Container,
  command: Pick<Run, 'argv' | 'env' | 'cwd' | 'user' | 'timeoutMs'>,
): Promise<RunOutput> {
  const { argv, env, cwd, user, timeoutMs } = command;
  const result = await container.exec({ argv, env, cwd, user, timeoutMs }, context.signal);
  context.progress({
    kind: 'command-ran',
    phase: context.asked.phase,
    command: argv.join(' '),
    exitCode: result.exitCode,
    ms: result.durationMs,
  });
  return result;
}

async function readReport(container: Container, run: Run, signal: AbortSignal): Promise<string | undefined> {
  const result = await container.exec(
    { argv: ['cat', '--', run.report!], user: run.user, outputBytes: run.reportBytes, leavesNothing: true },
    signal,
  );
  return result.exitCode === 0 && !result.truncated ? result.stdout : undefined;
}

/** Files are absolute inside the container; each goes in below the place it belongs to. */
async function putFiles(container: Container, places: Places, files: readonly RunFile[]): Promise<void> {
  const roots = [places.gate, places.scratch, places.work];
  await Promise.all(
    roots.map(async (root) => {
      // The sandbox links dependencies itself, into every tree that it is given.
      const below = files.filter((file) => file.path.startsWith(`${root}/`) && !('link' in file));
      if (below.length === 0) return;
      await container.putTar(pack(root, below), root, root === places.gate ? 'root' : 'user');
    }),
  );
}

function pack(root: string, files: readonly RunFile[]): Buffer {
  const date = new Date(0);
  const blocks = files.flatMap((file) => {
    const path = file.path.slice(root.length + 1);
    return 'link' in file
      ? writeMember({ path, type: 'symlink', mode: 0o777, target: Buffer.from(file.link) }, date)
      : writeMember({ path, type: 'file', mode: file.mode, content: Buffer.from(file.content) }, date);
  });
  return Buffer.concat([...blocks, endOfTar()]);
}
