import type { Store } from '../../store/store.ts';
import type { LocalGitHub, RepositorySnapshot } from '../github/public-types.ts';
import type { ScriptedModel } from '../model/scripted-model.ts';
import type { EndOfScenario } from './expect.ts';
import type { Scenario } from './load.ts';
import { summarise } from './summarise.ts';
import { appLogin, runOf } from './wait-for.ts';

/** Where the end of a scenario is read from. */
export interface Ended {
  github: LocalGitHub;
  model: ScriptedModel;
  store: Store;
  repo: { owner: string; name: string };
  /** The repository as it was when it was deleted. */
  deleted?: RepositorySnapshot;
}

/** What there is at the end, seen from one issue. */
export async function endOf(scenario: Scenario, ended: Ended, issue: number): Promise<EndOfScenario> {
  const { store, model } = ended;
  const run = await runOf(store, issue);
  return {
    repository: await snapshotOf(ended),
    issue,
    app: appLogin,
    run: run && summarise(run, await store.facts(run.id), await store.effects.list(run.id), model.journal()),
    files: await filesNamed(scenario, ended),
  };
}

/** The repository of the scenario as it is now. */
export async function snapshotOf({
  github,
  repo,
  deleted,
}: Pick<Ended, 'github' | 'repo' | 'deleted'>): Promise<RepositorySnapshot> {
  const { repositories } = await github.snapshot();
  const found = repositories.find((each) => each.owner === repo.owner && each.name === repo.name);
  if (!found && deleted) return deleted;
  if (!found) throw new Error(`the local GitHub lost ${repo.owner}/${repo.name}`);
  return found;
}

async function filesNamed(scenario: Scenario, { github, repo }: Ended): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const file of Object.keys(scenario.expect.files ?? {})) {
    const content = await github.readFile(repo, 'main', file);
    if (content !== undefined) files[file] = content;
  }
  return files;
}
