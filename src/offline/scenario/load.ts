import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Expect, ScenarioFile, type Step } from './format.ts';
import { readYamlFile, YamlError, type YamlProblem } from './yaml-file.ts';

/** A scenario as the runner needs it: paths are absolute, texts are read, everyone who acts is known. */
export interface Scenario {
  /** The scenario's folder. */
  folder: string;
  name: string;
  description: string;
  repo: { folder: string } | { git: string; ref: string };
  people: { login: string; role: ScenarioFile['people'][number]['role'] }[];
  issue: { title: string; body: string; author: string };
  /** Text of `.github/auto-build.yml`; undefined: the repository's own, if it has one. */
  config: string | undefined;
  steps: Step[];
  expect: Expect;
  /** Where the scripts of the model are: one `<role>.yaml` for each role. */
  modelFolder: string;
}

const next = 'Mend the scenario; docs/scenarios.md describes the format.';

/**
 * Loads `<folder>/scenario.yaml` and checks what the schema cannot: paths exist, people are known.
 * The model's scripts are loaded by src/offline/model.
 * Throws UserError whose message names file, line, column and field.
 */
export async function loadScenario(folder: string): Promise<Scenario> {
  const root = path.resolve(folder);
  const file = path.join(root, 'scenario.yaml');
  const { value: scenario, problemAt } = await readYamlFile(file, ScenarioFile, next);
  const problems: YamlProblem[] = [];
  const refuse = (where: (string | number)[], message: string) => problems.push(problemAt(where, message));

  const logins = scenario.people.map((person) => person.login.toLowerCase());
  const known = scenario.people.map((person) => person.login).join(', ');
  logins.forEach((login, index) => {
    if (logins.indexOf(login) < index) refuse(['people', index, 'login'], 'is there twice');
  });
  const mustBeKnown = (login: string, where: (string | number)[]) => {
    if (!logins.includes(login.toLowerCase())) {
      refuse(where, `“${login}” is not among the people, who are ${known}`);
    }
  };
  mustBeKnown(scenario.issue.author, ['issue', 'author']);
  scenario.steps.forEach((step, index) => {
    if ('by' in step) mustBeKnown(step.by, ['steps', index, step.do, 'by']);
  });

  const inFolder = (relative: string) => path.resolve(root, relative);
  const exists = async (target: string, where: (string | number)[], wanted: 'folder' | 'file' | 'either') => {
    const found = await stat(target).catch(() => undefined);
    const fits = wanted === 'either' || (wanted === 'folder' ? found?.isDirectory() : found?.isFile());
    if (found && fits) return true;
    const what = wanted === 'either' ? 'file or folder' : wanted;
    refuse(where, `there is no ${what} ${target}`);
    return false;
  };
  const repo: Scenario['repo'] =
    'folder' in scenario.repo
      ? { folder: inFolder(scenario.repo.folder) }
      : { git: inFolder(scenario.repo.git), ref: scenario.repo.ref };
  if ('folder' in repo) await exists(repo.folder, ['repo', 'folder'], 'folder');
  else await exists(repo.git, ['repo', 'git'], 'either');

  const { bodyFile } = scenario.issue;
  let body = scenario.issue.body ?? '';
  if (bodyFile !== undefined && (await exists(inFolder(bodyFile), ['issue', 'bodyFile'], 'file'))) {
    body = await readFile(inFolder(bodyFile), 'utf8');
  }
  if (problems.length > 0) throw new YamlError(file, problems, next);

  const { name, description, people, config, steps, expect } = scenario;
  const { title, author } = scenario.issue;
  return {
    folder: root,
    name,
    description,
    repo,
    people,
    issue: { title, body, author },
    config,
    steps,
    expect,
    modelFolder: path.join(root, 'model'),
  };
}
