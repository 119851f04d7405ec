import type { Repository } from '../github/types.ts';
import { readHistory } from '../run/heads.ts';
import type { RunRow } from '../store/store.ts';
import { type CommandVerb, parseCommand } from './command.ts';
import { type EventPorts, type Of, permission, refOf } from './event-ports.ts';
import { isFinal } from './final-answer.ts';
import { onCommand } from './on-command.ts';
import { onReview, runOfPull } from './on-review.ts';
import { parseEvent } from './parse-event.ts';
import { issueNumber } from './start-run.ts';

type Spoken = Of<'comment-created'> | Of<'review-submitted'>;

/** What these ask for is done at once, or not: they leave no fact, and nothing that a run does depends on their order. */
const leaveNoFact: readonly CommandVerb[] = ['help', 'status', 'auto-build', 'retry'];
const onlyAsk: readonly CommandVerb[] = ['help', 'status'];

/**
 * A person speaks to a run. What was said to it earlier, and was lost on the way or is late, is heard first: an
 * approval that overtakes the rejection before it would merge what somebody had refused. Whoever may say nothing has
 * nothing looked up: strangers could make us ask GitHub all day.
 */
export async function onSpoken(event: Spoken, everyTime: EventPorts): Promise<void> {
  const verb = verbOf(event);
  if (!verb) return;
  const ports = askingOnce(everyTime);
  const run = onlyAsk.includes(verb) ? undefined : await runOf(event, ports);
  if (run && !(await isHeard(run, event, ports)) && (await isAllowed(event, verb, ports))) {
    for (const earlier of await before(event, run, ports)) await hearLate(earlier, ports);
  }
  await hear(event, ports);
}

/** Undefined: it asks for nothing. */
function verbOf(event: Spoken): CommandVerb | undefined {
  if (event.type === 'comment-created') return parseCommand(event.comment.body)?.verb;
  const { state } = event.review;
  if (state === 'approved') return 'approve';
  return state === 'changes_requested' ? 'reject' : undefined;
}

async function isAllowed(event: Spoken, verb: CommandVerb, ports: EventPorts): Promise<boolean> {
  const { author } = event.type === 'comment-created' ? event.comment : event.review;
  return (await permission(verb, author, '', ports.repository(refOf(event)))).allowed;
}

/** The role of each who spoke is asked for once, however much of what they said is heard now. */
function askingOnce(ports: EventPorts): EventPorts {
  const roles = new Map<string, ReturnType<Repository['roleOf']>>();
  return {
    ...ports,
    repository(ref) {
      const repository = ports.repository(ref);
      const roleOf = (login: string) => {
        const role = roles.get(login) ?? repository.roleOf(login);
        roles.set(login, role);
        return role;
      };
      return { ...repository, roleOf };
    },
  };
}

async function before(event: Spoken, run: RunRow, ports: EventPorts): Promise<Spoken[]> {
  const { asked } = readHistory(await ports.store.facts(run.id));
  const { issue, pullRequest } = run;
  const { defaultBranch } = event.repo;
  const request = { issue, pullRequest, since: asked.at, defaultBranch };
  const told = await ports.repository(refOf(event)).spoken(request);
  const spoken = told.flatMap(({ name, payload }): Spoken[] => {
    const each = parseEvent(name, payload);
    if ('ignored' in each || (each.type !== 'comment-created' && each.type !== 'review-submitted')) return [];
    return [each];
  });
  const earlier: Spoken[] = [];
  for (const each of spoken) {
    if (sourceOf(each) === sourceOf(event) || timeOf(each) > timeOf(event)) break;
    const verb = verbOf(each);
    if (!verb || leaveNoFact.includes(verb)) continue;
    if (!(await isHeard(run, each, ports))) earlier.push(each);
  }
  return earlier;
}

function hear(event: Spoken, ports: EventPorts): Promise<void> {
  return event.type === 'comment-created' ? onCommand(event, ports) : onReview(event, ports);
}

/** One that can never be heard must not make the run deaf to all that is said after it. */
async function hearLate(event: Spoken, ports: EventPorts): Promise<void> {
  try {
    await hear(event, ports);
  } catch (error) {
    if (!isFinal(error)) throw error;
    ports.log.info({ said: sourceOf(event), err: error.words }, 'What was said earlier cannot be heard');
  }
}

async function runOf(event: Spoken, ports: EventPorts): Promise<RunRow | undefined> {
  if (event.type === 'review-submitted') return runOfPull(event, ports);
  return ports.store.liveRun(event.repo.id, await issueNumber(event, ports));
}

async function isHeard(run: RunRow, event: Spoken, ports: EventPorts): Promise<boolean> {
  const facts = await ports.store.facts(run.id);
  return facts.some((fact) => 'source' in fact && fact.source === sourceOf(event));
}

/** As it stands in the facts that came of it. */
function sourceOf(event: Spoken): string {
  return event.type === 'comment-created' ? `comment:${event.comment.id}` : `review:${event.review.id}`;
}

function timeOf(event: Spoken): number {
  return event.type === 'comment-created' ? event.comment.createdAt : (event.review.submittedAt ?? 0);
}
