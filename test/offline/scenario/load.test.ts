import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadScenario } from '../../../src/offline/scenario/load.ts';
import { stepNames } from '../../../src/offline/scenario/steps.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scenario-'));
  await mkdir(path.join(folder, 'repo'));
});
afterEach(() => rm(folder, { recursive: true }));

const valid = `name: small
repo: { folder: repo }
people:
  - { login: mona, role: write }
issue: { title: Add it, body: Please., author: mona }
steps:
  - label: { by: mona }
  - wait-for: { run: succeeded }
expect:
  outcome: merged
`;

async function load(yaml: string) {
  await writeFile(path.join(folder, 'scenario.yaml'), yaml);
  return loadScenario(folder);
}

/** The words of the error, with the scenario's folder taken out. */
async function wordsFor(yaml: string): Promise<string> {
  const error = await load(yaml).then(
    () => new Error('no error'),
    (caught: Error) => caught,
  );
  return error.message.replaceAll(`${folder}/`, '');
}

test('loads a scenario, with defaults and absolute paths', async () => {
  expect(await load(valid)).toEqual({
    folder,
    name: 'small',
    description: '',
    repo: { folder: path.join(folder, 'repo') },
    people: [{ login: 'mona', role: 'write' }],
    issue: { title: 'Add it', body: 'Please.', author: 'mona' },
    config: undefined,
    steps: [
      { do: 'label', name: 'auto-build', by: 'mona' },
      { do: 'wait-for', run: 'succeeded', timeout: 120 },
    ],
    expect: { outcome: 'merged' },
    modelFolders: [path.join(folder, 'model')],
  });
});

test('a git repository elsewhere on disk, and the issue in a file', async () => {
  await writeFile(path.join(folder, 'issue.md'), '# Words\n');
  const yaml = valid
    .replace('{ folder: repo }', `{ git: ${folder}, ref: v1.2.3 }`)
    .replace('body: Please.', 'bodyFile: issue.md');
  const scenario = await load(yaml);
  expect(scenario.repo).toEqual({ git: folder, ref: 'v1.2.3' });
  expect(scenario.issue.body).toBe('# Words\n');
});

test.each<[string, string | RegExp, string, string]>([
  [
    'a step there is not',
    'label: { by: mona }',
    'lable: { by: mona }',
    `scenario.yaml:7:5 steps[0].lable: there is no step “lable”; steps are ${stepNames.join(', ')}`,
  ],
  [
    'two steps in one',
    'wait-for: { run: succeeded }',
    'wait-for: { run: succeeded }\n    kill: { at: before:build }',
    `scenario.yaml:8:5 steps[1]: a step has exactly one key, its name: one of ${stepNames.join(', ')}`,
  ],
  [
    'a field there is not',
    '{ by: mona }',
    '{ by: mona, colour: red }',
    'scenario.yaml:7:24 steps[0].label.colour: there is no such field',
  ],
  [
    'a field that is missing',
    '{ by: mona }',
    '{ name: auto-build }',
    'scenario.yaml:7:5 steps[0].label.by: is missing; expected string',
  ],
  [
    'a value that is not allowed',
    'outcome: merged',
    'outcome: won',
    'scenario.yaml:10:3 expect.outcome: must be one of merged, handed_over, rejected, infeasible, duplicate, closed, canceled',
  ],
  [
    'a wrong type',
    'title: Add it',
    'title: 12',
    'scenario.yaml:5:10 issue.title: must be string, but is number',
  ],
  [
    'a form',
    'name: small',
    'name: Small One',
    'scenario.yaml:1:1 name: must be kebab-case, e.g. slugify-feature',
  ],
  [
    'a crash point',
    'wait-for: { run: succeeded }',
    'kill: { at: before:lunch }',
    'scenario.yaml:8:13 steps[1].kill.at: must be before:<phase> or after:<phase>, with a phase of preflight, spec, spec-review, tests, build, acceptance, suite, review, score, deliver; or before-intent:, after-intent:, after-call: or after-record:<kind of effect>',
  ],
  [
    'a wait for nothing',
    'run: succeeded',
    'timeout: 5',
    'scenario.yaml:8:5 steps[1].wait-for: needs at least one of run, outcome, pullRequest, comment, check and quiet',
  ],
  [
    'an empty issue',
    'body: Please., ',
    '',
    'scenario.yaml:5:1 issue: needs exactly one of body and bodyFile',
  ],
  [
    'a repository of no kind',
    '{ folder: repo }',
    '{ url: x }',
    'scenario.yaml:2:1 repo: either {folder: <folder of files>} or {git: <repository or bundle>, ref: <branch, tag or commit>}',
  ],
  [
    'a stranger',
    '{ by: mona }',
    '{ by: lisa }',
    'scenario.yaml:7:14 steps[0].label.by: “lisa” is not among the people, who are mona',
  ],
  [
    'a folder that is not there',
    '{ folder: repo }',
    '{ folder: nope }',
    'scenario.yaml:2:9 repo.folder: there is no folder nope',
  ],
  [
    'an issue that nobody opened',
    '{ by: mona }',
    '{ by: mona, issue: second }',
    'scenario.yaml:7:24 steps[0].label.issue: there is no issue “second” here, only first',
  ],
  [
    'expectations of an issue that nobody opened',
    'outcome: merged',
    'issues: { second: { outcome: merged } }',
    'scenario.yaml:10:13 expect.issues.second: there is no issue “second” here, only first',
  ],
  [
    'scripts that are not there',
    'repo: { folder: repo }',
    'repo: { folder: repo }\nmodel: nope',
    'scenario.yaml:3:1 model: there is no folder nope',
  ],
  [
    'the same person twice',
    'people:',
    'people:\n  - { login: Mona, role: read }',
    'scenario.yaml:5:7 people[1].login: is there twice',
  ],
  [
    'a path out of the repository',
    'outcome: merged',
    'files: { ../x: absent }',
    'scenario.yaml:10:12 expect.files["../x"]: must be a path inside the repository, with forward slashes',
  ],
])('refuses %s', async (_name, from, to, words) => {
  expect(await wordsFor(valid.replace(from, to))).toBe(words);
});

test('scripts of its own come before those that it shares', async () => {
  await mkdir(path.join(folder, 'shared'));
  const { modelFolders } = await load(valid.replace('people:', 'model: shared\npeople:'));
  expect(modelFolders).toEqual([path.join(folder, 'model'), path.join(folder, 'shared')]);
});

test('names every problem, not only the first', async () => {
  const words = await wordsFor(valid.replace('role: write', 'role: boss').replace('outcome:', 'outcom:'));
  expect(words.split('\n')).toEqual([
    'scenario.yaml:4:20 people[0].role: must be one of admin, maintain, write, triage, read',
    'scenario.yaml:10:3 expect.outcom: there is no such field',
  ]);
});

test('refuses what is not YAML, with the place', async () => {
  expect(await wordsFor(valid.replace('role: write }', 'role: write'))).toMatch(
    /^scenario\.yaml:5:1 not YAML: /,
  );
});

test('a folder without a scenario is named', async () => {
  await expect(loadScenario(path.join(folder, 'nowhere'))).rejects.toThrow(
    /Cannot read .*nowhere\/scenario\.yaml/,
  );
});
