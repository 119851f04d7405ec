import { z } from 'zod';
import type { Door } from './door.ts';
import type { IssueEdit } from './types.ts';

/** REST tells of new titles only; who changed the text, and when, is in GraphQL. */
const query = `query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      createdAt
      userContentEdits(first: 100) { nodes { editedAt editor { login } } }
      timelineItems(last: 100, itemTypes: [RENAMED_TITLE_EVENT]) {
        nodes { ... on RenamedTitleEvent { createdAt actor { login } } }
      }
    }
  }
}`;
const Who = z.object({ login: z.string() }).nullable();
const Answer = z.object({
  repository: z.object({
    issue: z.object({
      createdAt: z.string(),
      userContentEdits: z
        .object({ nodes: z.array(z.object({ editedAt: z.string(), editor: Who }).nullable()) })
        .nullable(),
      timelineItems: z.object({
        nodes: z.array(z.object({ createdAt: z.string(), actor: Who }).nullable()),
      }),
    }),
  }),
});

export async function issueEdits({ read, place }: Door, number: number): Promise<IssueEdit[]> {
  const answer = await read({ issues: 'read' }, (octokit) =>
    octokit.graphql(query, { owner: place.owner, name: place.repo, number }),
  );
  const { createdAt, userContentEdits, timelineItems } = Answer.parse(answer).repository.issue;
  const edit = (what: IssueEdit['what'], at: string, who: z.infer<typeof Who>): IssueEdit => ({
    what,
    at: Date.parse(at),
    by: who?.login ?? null,
  });
  const versions = (userContentEdits?.nodes ?? []).filter((each) => each !== null);
  // Once there is an edit, the text that the issue was opened with is listed too, as the oldest.
  const opened = versions.findLastIndex(({ editedAt }) => editedAt === createdAt);
  const texts = versions
    .filter((_, at) => at !== opened)
    .map(({ editedAt, editor }) => edit('text', editedAt, editor));
  const titles = timelineItems.nodes
    .filter((each) => each !== null)
    .map((each) => edit('title', each.createdAt, each.actor));
  return [...texts, ...titles].sort((a, b) => a.at - b.at);
}
