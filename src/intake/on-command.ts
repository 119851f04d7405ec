import type { Repository } from '../github/types.ts';
import type { RunRow } from '../store/store.ts';
import { type Command, parseCommand } from './command.ts';
import { type EventPorts, type Of, permission, refOf } from './event-ports.ts';
import { issueNumber, startByComment } from './start-run.ts';

/** A comment may hold a command: it is obeyed if its author may give it, and answered with a reaction. */
export async function onCommand(event: Of<'comment-created'>, ports: EventPorts): Promise<void> {
  const parsed = parseCommand(event.comment.body);
  if (!parsed) return;
  const { author, id } = event.comment;
  const repository = ports.repository(refOf(event));
  const may = await permission(parsed.verb, author, '', repository);
  if (!may.allowed) return;
  const done = await obey(parsed, event, repository, ports);
  await repository.reactions.add({ comment: id }, done ? '+1' : 'confused');
}

/** Resolves to whether the command meant anything as things stand. */
async function obey(
  { verb, text }: Command,
  event: Of<'comment-created'>,
  repository: Repository,
  ports: EventPorts,
): Promise<boolean> {
  const who = event.comment.author.login;
  const run = await ports.store.liveRun(event.repo.id, await issueNumber(event, repository));
  switch (verb) {
    case 'status':
    case 'help':
      // The sticky comment says where the run stands and what can be said next.
      return run !== undefined;
    case 'auto-build':
    case 'retry':
      return run === undefined && startByComment(event, repository, ports);
    default:
      return (
        run !== undefined && ports.engine.say(run.id, { who, verb, text, bound: await shownTo(run, ports) })
      );
  }
}

/** What a person who looks at the run sees: an approval is bound to it and to nothing newer. */
async function shownTo(run: RunRow, ports: EventPorts): Promise<{ spec?: string; head?: string }> {
  const facts = await ports.store.facts(run.id);
  const delivery = facts.findLast((fact) => fact.fact === 'made' && fact.kind === 'delivery');
  if (delivery?.fact === 'made' && delivery.result.head) return { head: delivery.result.head };
  const spec = facts.findLast((fact) => fact.fact === 'made' && fact.kind === 'spec');
  return spec?.fact === 'made' ? { spec: spec.hash } : {};
}
