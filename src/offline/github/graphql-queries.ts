import { authorize, type Caller, type Need } from './auth.ts';
import { ApiError } from './errors.ts';
import type { Field } from './graphql-document.ts';
import { GraphQlError, pullData } from './graphql-mutations.ts';
import type { Host } from './host.ts';
import { dateText, dateTextOrNull } from './shapes-accounts.ts';
import { type Issue, isPullRequest } from './world.ts';

/** What can be read by GraphQL and not by REST: `repository { pullRequest { … } issue { … } }`. */

export function isQuery(name: string): boolean {
  return name === 'repository';
}

const needed: Readonly<Record<string, Need>> = { pullRequest: 'pull_requests:read', issue: 'issues:read' };

function issueData({ number, title, createdAt, editedAt, edits, actor, events }: Issue) {
  // The text that it was opened with is the first edit, but only once there is another.
  const versions = edits.length === 0 ? [] : [{ at: createdAt, by: actor.account }, ...edits];
  const renamed = events.filter(({ event }) => event === 'renamed');
  return {
    number,
    title,
    createdAt: dateText(createdAt),
    lastEditedAt: dateTextOrNull(editedAt),
    userContentEdits: {
      nodes: versions
        .reverse()
        .map(({ at, by }) => ({ editedAt: dateText(at), editor: { login: by.login } })),
    },
    // The only items that can be asked for.
    timelineItems: {
      nodes: renamed.map((event) => ({
        createdAt: dateText(event.createdAt),
        actor: { login: event.actor.account.login },
      })),
    },
  };
}

/** Answers one field of a query, before it is cut down to what was asked. Throws GraphQlError. */
export async function ask(host: Host, caller: Caller, field: Field): Promise<Record<string, unknown>> {
  const { owner, name } = field.args;
  const repo = host.world.repository(String(owner), String(name));
  const missing = (what: string) => new GraphQlError('NOT_FOUND', `Could not resolve to a ${what}.`);
  if (!repo) throw missing(`Repository with the name '${owner}/${name}'`);
  try {
    for (const { name: of } of field.selections)
      authorize(caller, host, repo, [needed[of] ?? 'metadata:read']);
  } catch (error) {
    if (error instanceof ApiError) throw new GraphQlError('FORBIDDEN', error.message);
    throw error;
  }
  const answer: Record<string, unknown> = {};
  for (const selection of field.selections) {
    const number = Number(selection.args.number);
    const issue = repo.issues.get(number);
    if (selection.name === 'issue') {
      if (!issue || issue.pull) throw missing(`Issue with the number of ${number}`);
      answer.issue = issueData(issue);
      continue;
    }
    if (!issue || !isPullRequest(issue)) throw missing(`PullRequest with the number of ${number}`);
    answer[selection.name] = await pullData(host, repo, issue);
  }
  return answer;
}
