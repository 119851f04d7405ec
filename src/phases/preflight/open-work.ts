import { isMissing } from '../../github/github-error.ts';
import type { Issue, OpenPullRequest, Repository } from '../../github/types.ts';
import { decide, type WaitReason } from '../../run/decide.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { issueOfBranch } from '../../text/branch.ts';
import { closes } from './issue-index.ts';

/** Open pull requests of ours in one repository: more than people can review helps nobody. */
export const openAtMost = 5;
/** Lines "blocked by #n" that are looked up. */
const lookedUp = 10;

/** Someone is at it already: an open pull request that closes the issue, or another person who took it. */
export function openWork(input: {
  issue: Pick<Issue, 'number' | 'assignees'>;
  startedBy: string;
  /** The branch of this run: its pull request is the one that is continued. */
  branch: string;
  pulls: readonly OpenPullRequest[];
}): string[] {
  const { issue, startedBy, branch, pulls } = input;
  const others = pulls.filter((pull) => closes(pull, issue.number) && !(pull.ours && pull.branch === branch));
  const taken = issue.assignees.filter(
    (login) => login.toLowerCase() !== startedBy.toLowerCase() && !login.endsWith('[bot]'),
  );
  return [
    ...others.map(
      ({ number, author }) => `Pull request #${number} by @${author} says that it closes this issue.`,
    ),
    ...(taken.length > 0 ? [`${taken.map((login) => `@${login}`).join(', ')} took this issue already.`] : []),
  ];
}

/** Open issues that have to be closed first: GitHub's dependencies, and lines of the text that say so. */
export async function openBlockers(
  github: Repository,
  issue: { number: number; body: string },
): Promise<{ name: string; title: string }[]> {
  const { owner, name } = github.ref;
  const here = `${owner}/${name}`.toLowerCase();
  const blockers = (await github.around.blockedBy(issue.number)).filter(({ open }) => open);
  const known = new Map(
    blockers.map(({ repository, number, title }) => [
      repository.toLowerCase() === here ? `#${number}` : `${repository}#${number}`,
      title,
    ]),
  );
  for (const number of blockersNamed(issue.body).slice(0, lookedUp)) {
    if (number === issue.number || known.has(`#${number}`)) continue;
    const found = await github.issue(number).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (found?.state === 'open') known.set(`#${number}`, found.title);
  }
  return [...known].map(([name, title]) => ({ name, title }));
}

/** Numbers in lines that begin with "blocked by" or "depends on". */
export function blockersNamed(body: string): number[] {
  const lines = body.match(/^[^\S\n]*(?:[-*+][^\S\n]+)?\**(?:blocked by|depends on)\b.*$/gim) ?? [];
  const numbers = lines.flatMap((line) =>
    [...line.matchAll(/(?<![\w/])#([1-9]\d{0,8})\b/g)].map(([, number]) => Number(number)),
  );
  return [...new Set(numbers)];
}

/** Waiting in preflight takes no place: nothing of it is to be reviewed. */
const outside: readonly WaitReason[] = ['blocked', 'queue', 'edited', 'duplicate'];

/**
 * The place of a run among those that wait for a pull request to be closed; 0: there is room.
 * @param pulls open pull requests of the repository
 */
export async function placeInQueue(
  store: Pick<Store, 'runsNotTerminal' | 'facts'>,
  run: { id: string; issue: number; repoId: number },
  pulls: readonly OpenPullRequest[],
): Promise<number> {
  // Ids sort by time of creation: first come, first served.
  const older = (await store.runsNotTerminal()).filter(
    (each) => each.repoId === run.repoId && each.id < run.id,
  );
  const taken = new Set(
    pulls.filter(({ ours }) => ours).flatMap(({ branch }) => issueOfBranch(branch) ?? []),
  );
  let before = 0;
  for (const each of older) {
    const reason = await waitsFor(store, each);
    if (reason === 'queue') before++;
    else if (reason === null || !outside.includes(reason)) taken.add(each.issue);
  }
  // What continues an open pull request adds none.
  if (taken.has(run.issue)) return 0;
  return taken.size + before >= openAtMost ? before + 1 : 0;
}

async function waitsFor(store: Pick<Store, 'facts'>, run: RunRow): Promise<WaitReason | null> {
  const decision = decide(await store.facts(run.id));
  return decision.do === 'wait' ? decision.reason : null;
}
