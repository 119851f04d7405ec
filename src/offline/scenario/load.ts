import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Expect, ScenarioFile } from './format.ts';
import { firstIssue, type Step } from './steps.ts';
import { readYamlFile, YamlError, type YamlProblem } from './yaml-file.ts';

/** A scenario as the runner needs it: paths are absolute, texts are read, everyone who acts is known. */
export interface Scenario {
  /** The scenario's folder. */
  folder: string;
  name: string;
  description: string;
  repo: { folder: string } | { git: string; ref: string };
  people: { login: string; role: ScenarioFile['people'][number]['role'] }[];
  issue: { title: string; body: string; author: string; labels?: string[] | undefined };
  /** Text of `.github/auto-build.yml`; undefined: the repository's own, if it has one. */
  config: string | undefined;
  steps: Step[];
  expect: Expect;
  /** Where the scripts of the model are, one `<role>.yaml` for each role; the first folder that has a role wins. */
  modelFolders: string[];
}

const next = 'Mend the scenario; docs/scenarios.md describes the format.';

/**
 * Loads `<folder>/scenario.yaml` and checks what the schema cannot: paths exist, people and issues are known.
 * The model's scripts are loaded by src/offline/model.
 * Throws UserError whose message names file, line, column and field.
 */
export async function loadScenario(folder: string): Promise<Scenario> {
  const root = path.resolve(folder);
  const file = path.join(root, 'scenario.yaml');
  const { value: scenario, problemAt } = await readYamlFile(file, ScenarioFile, next);
  const problems: YamlProblem[] = [];
  const refuse = (where: (string | number)[], message: string) => problems.push(problemAt(where, message));
  checkPeople(scenario, refuse);
  checkIssues(scenario, refuse);

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

  const modelFolders = [path.join(root, 'model')];
  if (scenario.model !== undefined) {
    modelFolders.push(inFolder(scenario.model));
    await exists(inFolder(scenario.model), ['model'], 'folder');
  }

  const { bodyFile } = scenario.issue;
  let body = scenario.issue.body ?? '';
  if (bodyFile !== undefined && (await exists(inFolder(bodyFile), ['issue', 'bodyFile'], 'file'))) {
    body = await readFile(inFolder(bodyFile), 'utf8');
  }
  if (problems.length > 0) throw new YamlError(file, problems, next);

  const { name, description, people, config, steps, expect } = scenario;
  const { title, author, labels } = scenario.issue;
  return {
    folder: root,
    name,
    description,
    repo,
    people,
    issue: { title, body, author, ...(labels && { labels }) },
    config,
    steps,
    expect,
    modelFolders,
  };
}

type Refuse = (where: (string | number)[], message: string) => void;

function checkPeople({ people, issue, steps }: ScenarioFile, refuse: Refuse): void {
  const logins = people.map((person) => person.login.toLowerCase());
  const known = people.map((person) => person.login).join(', ');
  logins.forEach((login, index) => {
    if (logins.indexOf(login) < index) refuse(['people', index, 'login'], 'is there twice');
  });
  const mustBeKnown = (login: string, where: (string | number)[]) => {
    if (!logins.includes(login.toLowerCase())) {
      refuse(where, `“${login}” is not among the people, who are ${known}`);
    }
  };
  mustBeKnown(issue.author, ['issue', 'author']);
  steps.forEach((step, index) => {
    if ('by' in step) mustBeKnown(step.by, ['steps', index, step.do, 'by']);
  });
}

/** An issue has a name once `new-issue` has given it one. */
function checkIssues({ steps, expect }: ScenarioFile, refuse: Refuse): void {
  const opened = [firstIssue];
  const unknown = (name: string) => `there is no issue “${name}” here, only ${opened.join(', ')}`;
  steps.forEach((step, index) => {
    if (step.do === 'new-issue') {
      if (opened.includes(step.as)) refuse(['steps', index, step.do, 'as'], 'is there twice');
      opened.push(step.as);
    } else if ('issue' in step && step.issue !== undefined && !opened.includes(step.issue)) {
      refuse(['steps', index, step.do, 'issue'], unknown(step.issue));
    }
  });
  for (const name of Object.keys(expect.issues ?? {})) {
    if (!opened.includes(name)) refuse(['expect', 'issues', name], unknown(name));
  }
}
