import { judgeRed, type RedProof } from '../gate/red-proof.ts';
import { TestsAnswer } from '../roles/answers.ts';
import type { Part } from '../roles/role.ts';
import { hashOf, type Interface, type SealedTests } from '../run/artifacts.ts';
import { counted } from '../text/markdown.ts';
import {
  type Ahead,
  checkNames,
  openAhead,
  openWorkplace,
  putText,
  runCheck,
  runTests,
} from './container-run.ts';
import { type Known, type Phase, type PhaseContext, PhaseFailure, phase } from './phase.ts';
import { shown } from './shown.ts';
import type { Source } from './source.ts';

type Reads = 'interface' | 'contracts' | 'tests';

/** How often the test-writer may mend tests that did not prove themselves, before people are asked. */
const mends = 2;

/**
 * The test-writer sees contracts, interface and the harness card, and no code. A program then proves on the base that
 * each `new` test fails by itself and each `keep` test passes; only then are the tests sealed.
 */
export const tests: Phase<Reads> = phase<Reads>({
  name: 'tests',
  reads: ['interface', 'contracts', 'tests'],
  async run(context) {
    const shared = await context.read('interface');
    const contracts = await context.read('contracts');
    const source = await context.source();
    const file = source.stack.sealedTestPath(context.run.issue, slugOf(context.run.branch));
    const mode = crossesAsData(shared.body) ? 'data' : 'in-process';
    const card: Part = {
      name: 'harness_card',
      from: 'words',
      text: `${source.stack.harnessCard}\nYour file: ${file}`,
    };
    const basis = [shown('contracts', contracts), shown('interface', shared), card];

    const voided = context.asked.because?.cause === 'tests-voided' ? await context.find('tests') : undefined;
    let words = voided ? (context.asked.because?.words ?? '') : '';
    let parts = voided ? toMend(basis, [voided.hash], voided.body.content, words) : basis;
    const { tree } = await source.mirror.commitInfo(source.commit);
    for (let attempt = 0; attempt <= mends; attempt += 1) {
      await using gate = openAhead(context, source, tree, 'gate', 'red-proof', [shared, contracts]);
      const { value } = await context.call({
        role: 'test-writer',
        prompt: parts === basis ? 'test-writer/write' : 'test-writer/mend',
        tier: 'standard',
        parts,
        schema: TestsAnswer,
        tools: [],
        limits: { turns: 6, usd: 2, idleMs: 120_000, activeMs: 15 * 60_000 },
      });
      const sealed: SealedTests = { file, mode, ...value };
      const proof = await proveRed(context, source, gate, { sealed, shared, contracts });
      const style = proof.red ? await lintProblems(context, source, sealed) : [];
      if (proof.red && style.length === 0) {
        return {
          words: `${counted(sealed.tests.length, 'sealed test')}, proved on the base`,
          made: [
            { kind: 'tests', body: sealed, result: { pass: true } },
            { kind: 'red-proof', body: proof, result: { pass: true } },
          ],
        };
      }
      words = [...proof.problems, ...style].join('\n');
      context.progress({ kind: 'asked-again', phase: 'tests', role: 'test-writer', why: words });
      parts = toMend(basis, [contracts.hash, shared.hash], value.content, words);
    }
    throw new PhaseFailure('answer', `No acceptance tests could be proved on the base: ${words}`, {
      next: 'Say in the issue more exactly what should be observable afterwards, then put the label on again.',
    });
  },
});

function toMend(basis: readonly Part[], from: string[], content: string, problems: string): Part[] {
  return [
    ...basis,
    { name: 'tests', from, text: content },
    { name: 'problems', from: 'words', text: problems },
  ];
}

async function proveRed(
  context: PhaseContext<Reads>,
  source: Source,
  gate: Ahead,
  given: { sealed: SealedTests; shared: Known<'interface'>; contracts: Known<'contracts'> },
): Promise<RedProof> {
  const { sealed, shared, contracts } = given;
  const problems = await source.stack.lintSealed(sealed, shared.body);
  if (problems.length > 0) {
    const where = (line: number | null) => (line === null ? sealed.file : `${sealed.file}:${line}`);
    return {
      red: false,
      problems: problems.map(({ line, problem }) => `${where(line)}: ${problem}`),
      tests: [],
    };
  }
  const salt = hashOf([context.run.id, sealed]);
  const { without } = await source.stack.twins(sealed, salt);
  if (without.length > 0) {
    const words = `no expected literal that a program could change, so nothing shows that it can fail`;
    return { red: false, problems: without.map((id) => `${id}: ${words}`), tests: [] };
  }
  const workplace = await gate.ready();
  if (sealed.mode === 'in-process') {
    const stubs = await source.stack.stubs(shared.body, source.files);
    for (const { path, content } of stubs) await putText(workplace, path, content);
  }
  const run = await source.stack.sealedRun({
    interface: shared.body,
    sealed,
    places: workplace.places,
    salt,
  });
  const report = await runTests(context, workplace, run, { tree: workplace.tree, image: context.image });
  return judgeRed({ sealed, contracts: contracts.body, report });
}

/**
 * The repository's own linter reads its tests too, and this file becomes one of them. Nobody but the test-writer may
 * see it, so nobody else could mend it.
 */
async function lintProblems(
  context: PhaseContext<Reads>,
  source: Source,
  sealed: SealedTests,
): Promise<string[]> {
  if (!checkNames(source).includes('lint')) return [];
  const { tree } = await source.mirror.commitInfo(source.commit);
  await using workplace = await openWorkplace(context, source, tree, 'work', 'lint of the tests', []);
  const lint = source.stack.checks(workplace.places).find((check) => check.name === 'lint');
  if (!lint) return [];
  const before = await runCheck(context, workplace, lint);
  if (before.exitCode !== 0) return [];
  await putText(workplace, sealed.file, sealed.content);
  const after = await runCheck(context, workplace, lint);
  return after.exitCode === 0
    ? []
    : [`the repository's linter (${lint.command}) refuses the file:\n${after.tail}`];
}

/** Of `auto-build/<issue>-<slug>`. */
const slugOf = (branch: string) => branch.replace(/^auto-build\/\d+-?/, '') || 'acceptance';

/** Classes and callbacks cannot cross as data; their contracts are proven in-process, labelled so, and capped. */
function crossesAsData(shared: Interface): boolean {
  return shared.items.every(
    ({ kind, name, signature }) =>
      (kind !== 'class' || name.endsWith('Error')) &&
      (signature.match(/=>/g)?.length ?? 0) <= 1 &&
      !/\bCallable\b|\blambda\b/.test(signature),
  );
}
