import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Step } from '../../src/offline/scenario/steps.ts';
import { replacesTheReport } from '../stacks/suite-cheats.ts';
import { play, variant, writes } from './play.ts';

vi.setConfig({ testTimeout: 60_000 });

const steps: Step[] = [
  { do: 'label', name: 'auto-build', by: 'mona' },
  { do: 'wait-for', run: 'failed', timeout: 40 },
];
const use = (name: string, input: unknown) => ({ content: [{ type: 'tool_use', name, input }] });
const edit = (old: string, text: string) => use('edit_file', { path: 'src/mean.js', old, new: text });
const done = { content: [{ answer: { summary: 'Done.', done: ['T1'], notDone: [] } }] };
const fix = edit('(values.length - 1)', 'values.length');

test('a source that a NUL byte would hide from every look at it is refused, in words', async () => {
  const hide = use('bash', {
    command: `printf 'const awsKey = "AKIAABCDEFGHIJKLMNOP"; eval("0"); // TODO \\0 not implemented\\n' >> src/mean.js`,
  });
  const builder = Array.from({ length: 3 }, () => [fix, hide, done]);
  const end = await play(await variant({ model: { builder }, steps }));
  expect(end.run?.words).toContain('"src/mean.js": it holds a NUL byte');
  expect(writes(end.world)).not.toHaveProperty('git/receive-pack');
});

test('a module that writes the suite’s report is not believed, whatever the size of its source', async () => {
  const original = await readFile(
    path.join(import.meta.dirname, '../../fixtures/scenarios/one-line-fix/repo/src/mean.js'),
    'utf8',
  );
  const padding = `/*\n${`${'x'.repeat(99)}\n`.repeat(6_000)}*/\n`;
  const cheat = edit(
    'export function sum(values) {',
    `${replacesTheReport(['sum', 'mean of zeros'], 'test/mean.test.js')}export function sum() { return -1; }\nfunction add(values) {`,
  );
  const builder = [[fix, edit('sum(values) /', 'add(values) /'), cheat, done]];
  const end = await play(
    await variant({
      files: { 'src/mean.js': original + padding },
      config: 'budgets: { repairs: 0 }\n',
      model: { builder },
      steps,
    }),
  );
  const made = end.facts.findLast((fact) => fact.fact === 'made' && fact.kind === 'suite');
  if (made?.fact !== 'made') throw new Error(`there is no suite: ${end.run?.words}`);
  expect((await end.world.store.artifact(made.hash, 'suite'))?.body).toMatchObject({
    tests: { ok: false, regressions: [{ id: 'test/mean.test.js > sum', now: 'failed' }] },
    tamper: expect.arrayContaining([expect.objectContaining({ kind: 'detection', path: 'src/mean.js' })]),
  });
  expect(end.run?.outcome).toBe('rejected');
  expect(writes(end.world)).not.toHaveProperty('git/receive-pack');
});
