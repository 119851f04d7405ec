import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { Script } from '../../../src/offline/model/script.ts';
import { Expect, ScenarioFile } from '../../../src/offline/scenario/format.ts';
import { stepNames } from '../../../src/offline/scenario/steps.ts';
import { SpecAnswer, TestsAnswer } from '../../../src/roles/answers.ts';

const docs = await readFile(path.resolve(import.meta.dirname, '../../../docs/scenarios.md'), 'utf8');
const examples = [...docs.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  (match) => parse(match[1]!) as Record<string, unknown>,
);
const having = (key: string) => examples.filter((example) => key in example);

test('the examples of the documentation fit the schemas', () => {
  expect(having('name').map((example) => ScenarioFile.parse(example))).toHaveLength(1);
  expect(having('calls').map((example) => Script.parse(example))).toHaveLength(2);
  const [spec, tests] = having('answer').map((example) => example.answer);
  SpecAnswer.parse(spec);
  TestsAnswer.parse(tests);
  const [steps] = examples.filter((example) => Object.keys(example).join() === 'steps');
  z.object({ steps: ScenarioFile.shape.steps }).parse(steps);
});

test('every field and step is documented', () => {
  for (const name of [...Object.keys(ScenarioFile.shape), ...Object.keys(Expect.shape), ...stepNames]) {
    expect(docs).toContain(`\`${name}\``);
  }
});
