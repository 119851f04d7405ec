import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { type End, endOf, open, play, variant } from './play.ts';

/** What an attack review brought about once, each in the way it was done then. */
vi.setConfig({ testTimeout: 60_000 });

const repo = { owner: 'octo-org', name: 'one-line-fix' };
const branch = 'auto-build/1-mean-divides-by-one-too-few';
const label = { do: 'label', name: 'auto-build', by: 'mona' } as const;
const until = (run: string) => ({ do: 'wait-for', run, timeout: 40 }) as never;
const use = (name: string, input: unknown) => ({ content: [{ type: 'tool_use', name, input }] });
const answer = (value: unknown) => ({ content: [{ answer: value }] });
const built = answer({ summary: 'Done.', done: ['T1'], notDone: [] });
const fix = use('edit_file', { path: 'src/mean.js', old: '(values.length - 1)', new: 'values.length' });
const approved = answer({ approved: true, summary: 'Good.', findings: [] });

type Turns = { content: Record<string, unknown>[] }[];
/** What the shipped script of a role answers in its only call. */
function shippedTurns(role: string): Turns {
  const file = new URL(`../../fixtures/scenarios/one-line-fix/model/${role}.yaml`, import.meta.url);
  return parse(readFileSync(file, 'utf8')).calls[0].turns;
}
/** The same scripts for a second run, after the first has ended. */
function twice(over: Record<string, Turns[]> = {}): Record<string, Turns[]> {
  const roles = ['spec-author', 'spec-reviewer', 'test-writer', 'builder', 'reviewer'];
  return {
    ...Object.fromEntries(roles.map((role) => [role, [shippedTurns(role), shippedTurns(role)]])),
    ...over,
  };
}

const facts = (end: End, kind: string) => end.facts.filter((fact) => 'kind' in fact && fact.kind === kind);

test('a /cancel in the middle of the merge counts for what is there afterwards', async () => {
  let said = false;
  const world = await open(await variant({ steps: [label, until('succeeded')] }), {
    onProgress(event) {
      if (said || event.kind !== 'phase-started' || event.phase !== 'deliver' || event.attempt !== 2) return;
      said = true;
      void world.github.as('mona', repo).comment(1, '/cancel');
    },
  });
  const end = await endOf(world, await world.play());
  expect(said).toBe(true);
  expect(end.repository.pulls[0]).toMatchObject({ merged: true });
  expect(end.run).toMatchObject({ state: 'succeeded', outcome: 'merged' });
  expect(end.comments[0]).toContain('Merged with #2');
});

test('a person may quote a contract when rejecting', async () => {
  const body =
    '/reject C1 “it gives back their total shared out equally over all of them” is not what we want.';
  const steps = [
    label,
    until('waiting_approval'),
    { do: 'comment', by: 'mona', on: 'pull-request', body },
    { do: 'wait-for', comment: 'attempt 2', timeout: 40 },
    until('waiting_approval'),
  ] as never;
  const model = {
    builder: [
      [fix, built],
      [use('bash', { command: 'echo "// again" >> src/mean.js' }), built],
    ],
    reviewer: [[approved], [approved]],
  };
  const end = await play(await variant({ config: 'merge: approval\n', model, steps }));
  expect(facts(end, 'patch')).toHaveLength(2);
  expect(end.run).toMatchObject({ state: 'waiting_approval' });
});

test('a commit of ours that a person amended is theirs, and is not overwritten', async () => {
  const steps = [
    label,
    until('waiting_approval'),
    { do: 'comment', by: 'mona', on: 'issue', body: '/cancel' },
    until('canceled'),
  ] as never;
  const world = await open(await variant({ config: 'merge: approval\n', steps, model: twice() }));
  await world.play();
  const person = world.github.as('mona', repo);
  await person.push({
    branch,
    message: 'feat: mine, amended\n\nAuto-Build-Run: x',
    files: { 'precious.txt': 'hours' },
  });
  await person.comment(1, '/retry');
  await newestRun(world, { state: 'failed', words: expect.stringContaining('is not overwritten') });
  expect(await world.github.readFile(repo, branch, 'precious.txt')).toBe('hours');
});

test('a draft of an earlier run is ready when a later one scores for it', async () => {
  const no = answer({
    approved: false,
    summary: 'No.',
    findings: [{ severity: 'major', category: 'design', problem: 'p', suggestion: 's' }],
  });
  const steps = [
    label,
    until('waiting_approval'),
    { do: 'comment', by: 'mona', on: 'issue', body: '/cancel' },
    until('canceled'),
  ] as never;
  const model = twice({ reviewer: [[no], [approved]] });
  const world = await open(await variant({ config: 'budgets: { repairs: 0 }\n', steps, model }));
  await world.play();
  expect((await world.github.snapshot()).repositories[0]!.pulls[0]).toMatchObject({ draft: true });
  await world.github.as('mona', repo).comment(1, '/retry');
  await newestRun(world, { state: 'succeeded', outcome: 'merged' });
  expect((await world.github.snapshot()).repositories[0]!.pulls).toHaveLength(1);
});

test('what the linter says of the sealed tests reaches the test-writer, never the builder', async () => {
  const lint = `import { readdirSync, readFileSync } from 'node:fs';
for (const f of readdirSync('test')) {
  if (/C1\\/1 /.test(readFileSync('test/' + f, 'utf8')) && !/tidy/.test(readFileSync('test/' + f, 'utf8'))) {
    console.log('test/' + f + ': not tidy'); process.exitCode = 1;
  }
}
`;
  const manifest = {
    name: 'mean',
    version: '1.0.0',
    type: 'module',
    exports: './src/mean.js',
    scripts: { test: 'node --test', lint: 'node lint.mjs' },
  };
  const files = { 'lint.mjs': lint, 'package.json': JSON.stringify(manifest) };
  const first = shippedTurns('test-writer');
  const tidy = structuredClone(first);
  const last = tidy.at(-1)!.content.at(-1) as { answer: { content: string } };
  last.answer.content = `// tidy\n${last.answer.content}`;
  const model = { 'test-writer': [first, tidy] };
  const end = await play(await variant({ files, model, steps: [label, until('succeeded')] }));
  const asked = (role: string) => end.world.model.journal().filter((entry) => entry.role === role);
  expect(asked('test-writer').at(-1)!.raw).toContain('not tidy');
  expect(asked('builder').every((entry) => !entry.raw.includes('not tidy'))).toBe(true);
});

async function newestRun(world: Awaited<ReturnType<typeof open>>, expected: object): Promise<void> {
  await vi.waitFor(
    async () => {
      const runs = await world.store.runs({ limit: 2 });
      expect(runs).toHaveLength(2);
      expect(runs[0], runs[0]!.words).toMatchObject(expected);
    },
    { timeout: 40_000, interval: 100 },
  );
}
