import { GitHubError } from '../github/github-error.ts';
import type { Repository } from '../github/types.ts';
import type { Fact, Verb } from '../run/facts.ts';
import { readHistory } from '../run/heads.ts';
import type { RunRow } from '../store/store.ts';
import { helpComment } from '../text/help.ts';
import { formatMarker } from '../text/markers.ts';
import { type Command, parseCommand } from './command.ts';
import { commentOnce } from './comment-once.ts';
import { type EventPorts, type Of, permission, refOf } from './event-ports.ts';
import { issueNumber, startByComment } from './start-run.ts';

type Commented = Of<'comment-created'>;

/** GitHub gives times of comments to the second. */
const secondMs = 1_000;

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

/** Resolves to whether the command meant anything as things stand. */
async function obey(
  command: Command,
  event: Commented,
  repository: Repository,
  ports: EventPorts,
): Promise<boolean> {
  const issue = await issueNumber(event, ports);
  const run = await ports.store.liveRun(event.repo.id, issue);
  switch (command.verb) {
    case 'help':
      return help(repository, event.issue.number);
    case 'status':
      // The sticky comment says where the newest run stands: it is made true once more, and that is the answer.
      return run !== undefined && ports.engine.refresh(run.id);
    case 'auto-build':
      return run === undefined && startByComment(event, repository, ports);
    case 'retry':
      return run === undefined && startByComment(event, repository, ports);
    default:
      return run !== undefined && say(run, { ...command, verb: command.verb }, event, ports);
  }
}

async function say(
  run: RunRow,
  { verb, text }: { verb: Verb; text: string },
  event: Commented,
  ports: EventPorts,
): Promise<boolean> {
  const facts = await ports.store.facts(run.id);
  // Said to an earlier run, and heard of late.
  if (event.comment.createdAt < readHistory(facts).asked.at) return false;
  const bound = shownAt(facts, event.comment.createdAt);
  if (verb === 'approve' && !isApproval(text, bound)) return false;
  const newest = shownAt(facts, Number.POSITIVE_INFINITY);
  const isStale = newest.head !== bound.head || newest.spec !== bound.spec;
  const heard = await ports.engine.say(run.id, {
    who: event.comment.author.login,
    source: `comment:${event.comment.id}`,
    verb,
    text,
    bound,
  });
  // An approval of something older is kept in the history and changes nothing.
  return heard && !(isStale && (verb === 'approve' || verb === 'reject'));
}

/** `/approve`, of what is there to be approved; the categories are those of side effects (design §7). */
function isApproval(text: string, bound: Bound): boolean {
  switch (text) {
    case '':
      return true;
    case 'spec':
      return bound.spec !== undefined;
    case 'repo.push':
      return bound.head === undefined;
    case 'partial':
    case 'merge':
    case 'repo.merge':
      return bound.head !== undefined;
    default:
      return false;
  }
}

interface Bound {
  spec?: string;
  head?: string;
}

/**
 * What a person who wrote at that time could see: an approval is bound to it and to nothing newer. What was delivered
 * after the comment was written is not approved by it.
 */
export function shownAt(facts: readonly Fact[], at: number): Bound {
  const seen = facts.filter((fact) => fact.at < at + secondMs);
  const delivery = seen.findLast((fact) => fact.fact === 'made' && fact.kind === 'delivery');
  if (delivery?.fact === 'made' && delivery.result.head) return { head: delivery.result.head };
  const spec = seen.findLast((fact) => fact.fact === 'made' && fact.kind === 'spec');
  return spec?.fact === 'made' ? { spec: spec.hash } : {};
}

/** One comment per conversation, however often somebody asks. */
async function help(repository: Repository, number: number): Promise<boolean> {
  const marker = formatMarker({ kind: 'help', issue: number });
  await commentOnce(repository, number, marker, helpComment(marker));
  return true;
}
