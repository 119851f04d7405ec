import type { Candidate } from '../git/types.ts';
import { BuildAnswer } from '../roles/answers.ts';
import type { Part } from '../roles/role.ts';
import type { Patch } from '../run/artifacts.ts';
import { UserError } from '../run/user-error.ts';
import { counted } from '../text/markdown.ts';
import { openAhead, warmGates } from './container-run.ts';
import {
  type Known,
  type Phase,
  type PhaseContext,
  PhaseFailure,
  type PhaseOutcome,
  phase,
} from './phase.ts';
import { repositoryNotes } from './repository-notes.ts';
import { shown } from './shown.ts';
import type { Source } from './source.ts';
import { baseSuiteAhead } from './suite-run.ts';
import { openWorkingCopy } from './working-copy.ts';
import { workspaceTools } from './workspace-tools.ts';

type Reads = 'issue' | 'interface' | 'plan' | 'patch' | 'symptoms';

/**
 * The builder writes a candidate in a container, seeing the issue, the interface, the plan and symptoms, and never a
 * contract or a sealed test. A candidate whose base moved is replayed by git, without a model.
 */
export const build: Phase<Reads> = phase<Reads>({
  name: 'build',
  reads: ['issue', 'interface', 'plan', 'patch', 'symptoms'],
  async run(context) {
    const source = await context.source();
    const previous = await context.find('patch');
    if (previous && isReplay(context, previous)) return replay(context, source, previous.body);
    return write(context, source, previous);
  },
});

/** The same candidate round as the patch that is there: only the base is another. */
function isReplay(context: PhaseContext<Reads>, previous: Known<'patch'>): boolean {
  return (
    previous.body.base !== context.run.base &&
    previous.round.candidate === context.asked.round.candidate &&
    previous.round.spec === context.asked.round.spec
  );
}

async function replay(context: PhaseContext<Reads>, source: Source, patch: Patch): Promise<PhaseOutcome> {
  const { mirror } = source;
  const onto = context.run.base;
  const replayed = await mirror.replay({ candidate: patch.tree, from: patch.base, onto });
  if (!replayed.clean) {
    const words = `The base moved and the change conflicts with it in ${replayed.conflicts.join(', ')}.`;
    throw new PhaseFailure('answer', words, { next: 'The builder tries again on the new base.' });
  }
  const diff = await mirror.diff(onto, replayed.tree);
  const body: Patch = { ...patch, base: onto, tree: replayed.tree, diff };
  return { made: [{ kind: 'patch', body, result: { pass: true } }] };
}

async function write(
  context: PhaseContext<Reads>,
  source: Source,
  previous: Known<'patch'> | undefined,
): Promise<PhaseOutcome> {
  const { asked } = context;
  const issue = await context.read('issue');
  const shared = await context.read('interface');
  const plan = await context.read('plan');
  const again =
    previous !== undefined &&
    asked.because !== null &&
    previous.round.spec === asked.round.spec &&
    previous.body.base === context.run.base;
  const tree = again ? previous.body.tree : (await source.mirror.commitInfo(source.commit)).tree;
  const contents = again ? [issue, shared, plan, previous] : [issue, shared, plan];
  // Made ready while the model reads its task. Without it there is no use in asking on.
  await using desk = openAhead(context, source, tree, 'work', 'builder', contents);
  const useless = new AbortController();
  desk.ready().catch((error) => useless.abort(error));
  // The candidate is judged as soon as it is there: three runs, their twins, and the suite.
  warmGates(context, source, 5);
  await using _before = baseSuiteAhead(context, source);

  const parts: Part[] = [
    shown('issue', issue),
    shown('interface', shared),
    shown('plan', plan),
    await repositoryNotes(source),
  ];
  // Also a builder that left nothing usable behind is told why; it begins at the base again.
  const told = again || asked.because?.evidence === null;
  if (told) parts.push(await symptoms(context));
  const copy = openWorkingCopy({
    mirror: source.mirror,
    tree,
    container: async () => (await desk.ready()).container,
  });
  const tools = workspaceTools(copy, (command, exitCode, ms) =>
    context.progress({ kind: 'command-ran', phase: 'build', command, exitCode, ms }),
  );
  const answer = await context.call(
    {
      role: 'builder',
      prompt: told ? 'builder/repair' : 'builder/build',
      tier: asked.tier,
      parts,
      schema: BuildAnswer,
      tools,
      limits: { turns: 80, usd: 6, idleMs: 180_000, activeMs: 45 * 60_000 },
    },
    AbortSignal.any([context.signal, useless.signal]),
  );

  const candidate = await intake(source, await copy.tar());
  if (candidate.files.length === 0) {
    throw new PhaseFailure('answer', 'The builder changed nothing.', {
      next: 'If the issue is done already, close it; otherwise say in it what is still missing.',
    });
  }
  const body: Patch = {
    base: source.commit,
    tree: candidate.tree,
    files: candidate.files,
    diff: candidate.diff,
    summary: summary(answer.value),
    model: answer.model,
  };
  const words = `${counted(candidate.files.length, 'file')}, +${candidate.insertions} −${candidate.deletions}`;
  return { made: [{ kind: 'patch', body, result: { pass: true } }], words };
}

/** What the container holds is data until every edit passed the checks of patch intake. */
async function intake({ mirror, commit }: Source, tar: Buffer): Promise<Candidate> {
  try {
    const edits = await mirror.editsFromTar({ base: commit, tar });
    return await mirror.applyEdits({ base: commit, edits });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new PhaseFailure('answer', error.message, { next: error.next, cause: error });
  }
}

async function symptoms(context: PhaseContext<Reads>): Promise<Part> {
  const because = context.asked.because!;
  const known = because.evidence === null ? undefined : await context.find('symptoms');
  if (!known) return { name: 'symptoms', from: 'words', text: because.words };
  const { seen, silent } = known.body;
  const lines = seen.map((each) => `- ${each}`);
  if (silent > 0) lines.push(`- ${silent} more failed; nothing is told about them.`);
  return shown('symptoms', known, lines.join('\n'));
}

function summary({ summary, notDone }: BuildAnswer): string {
  return notDone.length === 0
    ? summary
    : `${summary}\n\nNot done:\n${notDone.map((line) => `- ${line}`).join('\n')}`;
}
