import { isMissing } from '../github/github-error.ts';
import type { Issue, Repository } from '../github/types.ts';
import { type FrozenIssue, hashOf } from '../run/artifacts.ts';
import type { Asked, Policy } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import { deriveState } from '../run/state.ts';
import { branchName } from '../text/branch.ts';
import { commandAgain } from '../text/label.ts';
import { formatMarker } from '../text/markers.ts';
import { cleanUntrusted } from '../text/untrusted.ts';
import { commentOnce } from './comment-once.ts';
import type { Repo } from './event.ts';
import { type EventPorts, type Of, permission, refOf } from './event-ports.ts';

/** A label is put on: the issue as it stood in that very event becomes a run, if the right person did it. */
export async function startByLabel(event: Of<'issue-labeled'>, ports: EventPorts): Promise<void> {
  if (event.issue.state !== 'open') return;
  const repository = ports.repository(refOf(event));
  const from = await startingPoint(event.repo, repository, ports);
  if (!from || event.label.name !== from.policy.label) return;
  const { number, author, title, body, url } = event.issue;
  const asked = { by: 'label' as const, at: event.issue.updatedAt };
  if (await isAnswered(event.repo.id, number, asked, ports)) return;
  // The event may be late: what it asks for, nobody may want any more.
  const now = await issueNow(repository, number);
  if (now?.state !== 'open' || !now.labels.includes(event.label.name)) return;
  const may = await permission('label', event.sender, author.login, repository);
  if (!may.allowed) {
    ports.log.info({ issue: number, by: event.sender.login, why: may.why }, 'Label not obeyed');
    if (may.reply) {
      const who = event.sender.login;
      const marker = formatMarker({ kind: 'may-not-start', issue: number, who });
      const words = `@${who}, starting auto-build needs write access to this repository. Somebody who has it can put the label on again.`;
      await commentOnce(repository, number, marker, `${marker}\n${words}`);
    }
    return;
  }
  await start(
    event,
    freeze({ number, author: author.login, title, body, url, askedAt: asked.at }, event.sender.login),
    { ...from, asked },
    ports,
  );
}

interface StartingPoint {
  base: string;
  policy: Policy;
}

/** The tip of the default branch and what the repository says there; undefined for an empty repository. */
async function startingPoint(
  repo: Repo,
  repository: Repository,
  ports: EventPorts,
): Promise<StartingPoint | undefined> {
  const base = await repository.branchTip(repo.defaultBranch);
  if (base === undefined) {
    ports.log.info(
      { repository: `${repo.owner}/${repo.name}` },
      'The repository is empty: nothing to start from',
    );
    return undefined;
  }
  return { base, policy: await ports.policy(repository, repo.defaultBranch, base) };
}

async function start(
  event: { repo: Repo; installationId: number },
  issue: FrozenIssue,
  { base, policy, asked }: StartingPoint & { asked: Asked },
  ports: EventPorts,
): Promise<void> {
  const { owner, name, id } = event.repo;
  const begin = {
    fact: 'saw' as const,
    at: ports.now(),
    what: 'start' as const,
    issue: hashOf(issue),
    base,
    policy,
    by: issue.startedBy,
    asked,
  };
  await ports.engine.start({
    owner,
    repo: name,
    repoId: id,
    installationId: event.installationId,
    issue: issue.number,
    title: issue.title,
    begin: {
      facts: [begin],
      artifacts: [{ kind: 'issue', body: issue }],
      derived: { ...deriveState([begin]), branch: branchName(issue.number, issue.title) },
    },
  });
}

/** The issue as it stands: what was hidden in it is kept for people and never shown to a model. */
function freeze(
  issue: { number: number; title: string; body: string; author: string; url: string; askedAt: number },
  startedBy: string,
): FrozenIssue {
  const title = cleanUntrusted(issue.title);
  const body = cleanUntrusted(issue.body);
  const removed = [...title.removed, ...body.removed];
  return { ...issue, title: title.text, body: body.text, startedBy, removed };
}

/**
 * A person with write access asks for a run in words. What is frozen is the text of the issue as it was with the
 * comment. Where that did not come with it (the comment is on our pull request, or was found by a refresh), the issue as
 * it is now will do if nobody has changed it since; otherwise the person is asked to read it and to ask again.
 */
export async function startByComment(
  event: Of<'comment-created'>,
  repository: Repository,
  ports: EventPorts,
): Promise<boolean> {
  const { issue, comment, repo } = event;
  const about = issue.isPullRequest
    ? await repository.issue(await issueNumber(event, ports))
    : { ...issue, author: issue.author.login, isPullRequest: false };
  const cameWithIt = !issue.isPullRequest && issue.updatedAt <= comment.createdAt;
  const from = await startingPoint(repo, repository, ports);
  if (!from || about.state !== 'open' || about.isPullRequest) return false;
  const { number, title, body, author, url } = about;
  const asked = { by: 'comment' as const, at: comment.createdAt };
  if (await isAnswered(repo.id, number, asked, ports)) return false;
  if ((await issueNow(repository, number))?.state !== 'open') return false;
  if (!cameWithIt && (await isChangedAfter(repository, number, asked.at))) {
    const marker = formatMarker({ kind: 'command-again', issue: number, at: asked.at });
    const words = commandAgain(marker, comment.author.login);
    await commentOnce(repository, issue.number, marker, words);
    return false;
  }
  const frozen = freeze({ number, title, body, author, url, askedAt: asked.at }, comment.author.login);
  await start(event, frozen, { ...from, asked }, ports);
  return true;
}

async function isChangedAfter(repository: Repository, number: number, at: number): Promise<boolean> {
  // GitHub counts in seconds: within one, which of the two came first is not known.
  return (await repository.issueEdits(number)).some((edit) => edit.at >= at);
}

/** Told twice, or found by a refresh as well: it has had its run, even if that has ended meanwhile. */
async function isAnswered(repoId: number, issue: number, asked: Asked, ports: EventPorts): Promise<boolean> {
  const latest = await ports.store.latestRun(repoId, issue);
  return latest !== undefined && readHistory(await ports.store.facts(latest.id)).asked.at >= asked.at;
}

/** Undefined when it is not there any more. */
export async function issueNow(repository: Repository, number: number): Promise<Issue | undefined> {
  try {
    return await repository.issue(number);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The issue that a comment is about: one on a pull request of ours is about the issue that it was made for. */
export async function issueNumber(event: Of<'comment-created'>, ports: EventPorts): Promise<number> {
  const { number, isPullRequest } = event.issue;
  if (!isPullRequest) return number;
  // By the number that we keep, not by the name of a branch: anybody can name a branch.
  const run = await ports.store.runOfPullRequest(event.repo.id, number);
  return run?.issue ?? number;
}
