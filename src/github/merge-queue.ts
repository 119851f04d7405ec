import { z } from 'zod';
import type { Door } from './door.ts';
import { GitHubError } from './github-error.ts';
import { refusalOf } from './merge.ts';
import type { MergeQueue } from './types.ts';

/** REST knows nothing of merge queues. */
const lookQuery = `query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      id
      mergeQueueEntry { id position }
      timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) {
        nodes { ... on RemovedFromMergeQueueEvent { reason } }
      }
    }
  }
}`;
const Looked = z.object({
  repository: z.object({
    pullRequest: z.object({
      id: z.string(),
      mergeQueueEntry: z.object({ id: z.string(), position: z.int() }).nullable(),
      timelineItems: z.object({ nodes: z.array(z.object({ reason: z.string().nullish() }).nullable()) }),
    }),
  }),
});
const enqueueMutation = `mutation ($id: ID!, $sha: GitObjectID!) {
  enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $sha }) { mergeQueueEntry { id } }
}`;
const Enqueued = z.object({
  enqueuePullRequest: z.object({ mergeQueueEntry: z.object({ id: z.string() }) }),
});

export function mergeQueueOf(door: Door): MergeQueue {
  const { read, write, place } = door;
  const look = async (number: number) => {
    const answer = await read({ pull_requests: 'read' }, (octokit) =>
      octokit.graphql(lookQuery, { owner: place.owner, name: place.repo, number }),
    );
    return Looked.parse(answer).repository.pullRequest;
  };
  return {
    async look(number) {
      const { mergeQueueEntry, timelineItems } = await look(number);
      if (mergeQueueEntry) return { queued: true, ...mergeQueueEntry };
      return { queued: false, removedBecause: timelineItems.nodes.at(-1)?.reason ?? null };
    },
    async enqueue({ number, sha }) {
      const { id } = await look(number);
      try {
        const answer = await write('enqueue', { pull_requests: 'write', contents: 'write' }, (octokit) =>
          octokit.graphql(enqueueMutation, { id, sha }),
        );
        return { queued: true, id: Enqueued.parse(answer).enqueuePullRequest.mergeQueueEntry.id };
      } catch (error) {
        if (!(error instanceof GitHubError) || error.kind !== 'unprocessable') throw error;
        const refusal = await refusalOf(door, { number, sha }, error.words);
        // Merged meanwhile: whoever asks next finds it so.
        if (refusal.merged) return { queued: false, refused: 'closed', words: error.words };
        return { queued: false, refused: refusal.refused, words: refusal.words };
      }
    },

    async groups(branch, number) {
      const { data } = await read({ contents: 'read' }, (octokit) =>
        octokit.rest.git.listMatchingRefs({
          ...place,
          ref: `heads/gh-readonly-queue/${branch}/pr-${number}-`,
        }),
      );
      return data.map(({ ref, object }) => ({ sha: object.sha, base: ref.slice(ref.lastIndexOf('-') + 1) }));
    },
  };
}
