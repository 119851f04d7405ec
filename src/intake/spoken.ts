import { readHistory } from '../run/heads.ts';
import type { RunRow } from '../store/store.ts';
import { parseCommand } from './command.ts';
import { type EventPorts, type Of, refOf } from './event-ports.ts';
import { onCommand } from './on-command.ts';
import { onReview, runOfPull } from './on-review.ts';
import { parseEvent } from './parse-event.ts';
import { issueNumber } from './start-run.ts';

type Spoken = Of<'comment-created'> | Of<'review-submitted'>;

/**
 * A person speaks to a run. What was said to it earlier, and was lost on the way or is late, is heard first: an
 * approval that overtakes the rejection before it would merge what somebody had refused.
 */
export async function onSpoken(event: Spoken, ports: EventPorts): Promise<void> {
  if (event.type === 'comment-created' && !parseCommand(event.comment.body)) return;
  const run = await runOf(event, ports);
  if (run && !(await isHeard(run, event, ports))) {
    for (const earlier of await before(event, run, ports)) await hear(earlier, ports);
  }
  await hear(event, ports);
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
    if (!(await isHeard(run, each, ports))) earlier.push(each);
  }
  return earlier;
}

function hear(event: Spoken, ports: EventPorts): Promise<void> {
  return event.type === 'comment-created' ? onCommand(event, ports) : onReview(event, ports);
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
