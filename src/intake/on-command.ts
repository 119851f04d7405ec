import { GitHubError } from '../github/github-error.ts';
import type { Repository } from '../github/types.ts';
import { shownAt } from '../run/approval.ts';
import type { Asked, Verb } from '../run/facts.ts';
import { meant, readHistory } from '../run/heads.ts';
import type { RunRow } from '../store/store.ts';
import { helpComment } from '../text/help.ts';
import { formatMarker } from '../text/markers.ts';
import { type Command, parseCommand } from './command.ts';
import { commentOnce } from './comment-once.ts';
import { type EventPorts, type Of, permission, refOf } from './event-ports.ts';
import { isFinal } from './final-answer.ts';
import { issueNumber, startByComment } from './start-run.ts';

type Commented = Of<'comment-created'>;

/** A comment may hold a command: it is obeyed if its author may give it, and answered with a reaction. */
export async function onCommand(event: Commented, ports: EventPorts): Promise<void> {
  const parsed = parseCommand(event.comment.body);
  if (!parsed) return;
  const { author, id } = event.comment;
  const repository = ports.repository(refOf(event));
  const asks = parsed.verb === 'help' || parsed.verb === 'status';
  const issueAuthor = asks ? (await repository.issue(event.issue.number)).author : '';
  const may = await permission(parsed.verb, author, issueAuthor, repository);
  if (!may.allowed) return;
  const done = await obey(parsed, event, repository, ports);
  await react(repository, id, done, ports);
}

/** The answer is a courtesy: that it could not be given must not have the command obeyed a second time. */
async function react(
  repository: Repository,
  comment: number,
  done: boolean,
  ports: EventPorts,
): Promise<void> {
  try {
    await repository.reactions.add({ comment }, done ? '+1' : 'confused');
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    ports.log.info({ comment, err: error.words }, 'A command was obeyed, but could not be answered');
  }
}

/** Resolves to whether the command meant anything as things stood when it was heard first. */
async function obey(
  command: Command,
  event: Commented,
  repository: Repository,
  ports: EventPorts,
): Promise<boolean> {
  const issue = await issueNumber(event, ports);
  switch (command.verb) {
    case 'help':
      return help(repository, event.issue.number, ports);
    case 'status': {
      // The sticky comment says where the newest run stands: it is made true once more, and that is the answer.
      const run = await ports.store.liveRun(event.repo.id, issue);
      return run !== undefined && ports.engine.refresh(run.id);
    }
    case 'auto-build':
    case 'retry': {
      // A run begins with its first phase: what somebody wants begun elsewhere is not done as if it had been.
      if (command.text !== '') return false;
      const to = await spokenTo(event, issue, ports);
      if (to?.asked.by === 'comment' && to.asked.at === event.comment.createdAt) return true;
      const run = await ports.store.liveRun(event.repo.id, issue);
      return run === undefined && startByComment(event, repository, ports);
    }
    default: {
      const to = await spokenTo(event, issue, ports);
      return to !== undefined && say(to.run, { ...command, verb: command.verb }, event, ports);
    }
  }
}

/** The run that a comment was written to: the newest that had been asked for by then, even if it has ended since. */
async function spokenTo(
  event: Commented,
  issue: number,
  ports: EventPorts,
): Promise<{ run: RunRow; asked: Asked } | undefined> {
  const runs = await ports.store.runsOfIssue(event.repo.id, issue);
  for (const run of runs.toReversed()) {
    const { asked } = readHistory(await ports.store.facts(run.id));
    if (asked.at <= event.comment.createdAt) return { run, asked };
  }
  return undefined;
}

async function say(
  run: RunRow,
  { verb, text }: { verb: Verb; text: string },
  event: Commented,
  ports: EventPorts,
): Promise<boolean> {
  const facts = await ports.store.facts(run.id);
  const source = `comment:${event.comment.id}`;
  await ports.engine.say(run.id, {
    who: event.comment.author.login,
    source,
    verb,
    text,
    bound: shownAt(facts, event.comment.createdAt),
  });
  // What became of it, and not what was to be expected: meanwhile the run may have gone on.
  return meant(await ports.store.facts(run.id), source);
}

/** One comment per conversation, however often somebody asks. */
async function help(repository: Repository, number: number, { log }: EventPorts): Promise<boolean> {
  const marker = formatMarker({ kind: 'help', issue: number });
  try {
    await commentOnce(repository, number, marker, helpComment(marker));
    return true;
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.info({ issue: number, err: error.words }, 'Somebody asked for help, and cannot be answered');
    return false;
  }
}
