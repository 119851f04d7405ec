import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal } from '../../run/state.ts';
import { UserError } from '../../run/user-error.ts';
import type { RunRow, Store } from '../../store/store.ts';
import type { LocalGitHub, RepositorySnapshot } from '../github/public-types.ts';
import type { StepPorts } from './play-steps.ts';
import { firstIssue } from './steps.ts';

type Condition = Parameters<StepPorts['waitFor']>[0];

/** Where a condition looks. */
export interface Watched {
  github: LocalGitHub;
  store: Store;
  repository(): Promise<RepositorySnapshot>;
  /** Number of the issue that steps call so. */
  issue(name: string): number;
}

const pollMs = 50;
/** The app, as GitHub calls it where it writes. */
export const appLogin = 'auto-build[bot]';

/** Resolves when all of it is so at the same time; throws UserError, saying what was not, when the time is up. */
export async function waitFor(condition: Condition, watched: Watched): Promise<void> {
  const deadline = Date.now() + condition.timeout * 1_000;
  for (;;) {
    const missing = await missingOf(condition, watched);
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      throw new UserError(`After ${condition.timeout} s still waiting: ${missing.join('; ')}.`);
    }
    await sleep(pollMs);
  }
}

/** The newest run of an issue. */
export async function runOf(store: Store, issue: number): Promise<RunRow | undefined> {
  return (await store.runs({ limit: 50 })).find((run) => run.issue === issue);
}

/** The run's own pull request, or the only one there is. */
export function pullOf(
  pulls: RepositorySnapshot['pulls'],
  run: { pullRequest?: number | undefined | null } | undefined,
) {
  const own = run?.pullRequest ?? undefined;
  if (own !== undefined) return pulls.find(({ number }) => number === own);
  return pulls.length === 1 ? pulls[0] : undefined;
}

/** What is not so yet, in words. */
async function missingOf(condition: Condition, watched: Watched): Promise<string[]> {
  const run = await runOf(watched.store, watched.issue(condition.issue ?? firstIssue));
  return [
    ...(await missingOfRun(condition, run, watched.store)),
    ...(await missingOnGitHub(condition, run, watched)),
    ...(condition.quiet && !(await isQuiet(watched)) ? ['webhooks are still being dealt with'] : []),
  ];
}

async function missingOfRun(condition: Condition, run: RunRow | undefined, store: Store): Promise<string[]> {
  if (condition.run === undefined && condition.outcome === undefined) return [];
  if (condition.run !== undefined && run?.state !== condition.run) {
    const missing = `the run is ${run ? `${run.state} (${run.words})` : 'not there'}, not ${condition.run}`;
    if (run && isTerminal(run.state)) throw new UserError(`The run has ended: ${missing}.`);
    return [missing];
  }
  if (condition.outcome !== undefined && run?.outcome !== condition.outcome) {
    const missing = `the outcome is ${run?.outcome ?? 'not there'}, not ${condition.outcome}`;
    if (run && isTerminal(run.state)) throw new UserError(`The run has ended: ${missing} (${run.words}).`);
    return [missing];
  }
  return run && !(await isShown(store, run)) ? ['the comment does not show it yet'] : [];
}

async function missingOnGitHub(
  { pullRequest, comment, check }: Condition,
  run: RunRow | undefined,
  { repository }: Watched,
): Promise<string[]> {
  if (pullRequest === undefined && comment === undefined && check === undefined) return [];
  const missing: string[] = [];
  const { issues, pulls } = await repository();
  const pull = pullOf(pulls, run);
  if (pullRequest !== undefined) {
    const state = pull ? (pull.merged ? 'merged' : pull.state) : 'not there';
    if (state !== pullRequest) missing.push(`the pull request is ${state}, not ${pullRequest}`);
  }
  if (comment !== undefined) {
    const byApp = [...issues, ...pulls]
      .flatMap((each) => each.comments)
      .filter(({ user }) => user.login === appLogin);
    if (!byApp.some(({ body }) => body.includes(comment))) missing.push(`no comment contains “${comment}”`);
  }
  if (check !== undefined) {
    const found = pull?.checks.findLast(({ name }) => name === check.name);
    if (found?.conclusion !== check.conclusion) {
      missing.push(`the check ${check.name} is ${found?.conclusion ?? 'not there'}, not ${check.conclusion}`);
    }
  }
  return missing;
}

/** Everything that GitHub sent has arrived, and the app is through with it. */
async function isQuiet({ github, store }: Watched): Promise<boolean> {
  await github.webhooksIdle();
  return (await store.deliveries.take({ after: 0, limit: 1 })).length === 0;
}

/** A run that waits or has ended counts once people can read so. */
async function isShown(store: Store, run: RunRow): Promise<boolean> {
  if (!isTerminal(run.state) && !run.state.startsWith('waiting_')) return true;
  const effects = await store.effects.list(run.id);
  return effects.some(({ key, state }) => key === `settled:${run.length}` && state === 'done');
}
